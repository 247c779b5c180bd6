//! What platforms, and operators on the command line, say about the network of a machine.

use keel_init::core::codec::dracut::network_of_words;
use keel_init::core::config::{MINORS, accept};
use keel_init::core::platform_network::{Format, PlatformNetwork, read};
use serde_json::{Map, Value, json};

/// A config that needs a network.
const WORKER: &str = include_str!("../../../../fixtures/machine/ok/a-worker-by-token.json");

/// cloud-init's network-config.
pub fn network_config(bytes: &[u8]) {
    check(read(Format::NetworkConfig, bytes));
}

/// OpenStack's network_data.json. JSON is YAML, and neither form is the other.
pub fn network_data(bytes: &[u8]) {
    check(read(Format::NetworkData, bytes));
}

/// The metadata of DigitalOcean and of Vultr.
pub fn platform_metadata(bytes: &[u8]) {
    check(read(Format::DigitalOcean, bytes));
    check(read(Format::Vultr, bytes));
}

/// Words of dracut. What is understood is taken over, but for the name of the machine.
pub fn dracut_network(bytes: &[u8]) {
    let network = network_of_words(&String::from_utf8_lossy(bytes));
    assert!(network.as_ref().is_ok_and(|network| network.left_out.len() <= 1) || network.is_err());
    check(network);
}

/// What is read is the network of a machine config that a boot accepts, and survives the way to another process.
fn check(read: Result<PlatformNetwork, String>) {
    let network = match read {
        Ok(network) => network,
        Err(why) => return assert!(is_short(&why), "{why}"),
    };
    assert!(network.left_out.len() <= 20 && network.left_out.iter().all(|phrase| is_short(phrase)));
    let sent = serde_json::to_vec(&network).unwrap_or_default();
    assert_eq!(serde_json::from_slice(&sent).ok().as_ref(), Some(&network));
    let mut section = json!({
        "links": without_null(serde_json::to_value(&network.links).unwrap_or_default()),
        "nameservers": network.nameservers,
        "searchDomains": network.search_domains,
        "routeTimeoutMs": 60_000,
    });
    if let Some(members) = section.as_object_mut().filter(|_| network.search_domains.is_empty()) {
        members.remove("searchDomains");
    }
    let mut config: Map<String, Value> = serde_json::from_slice(WORKER.as_bytes()).unwrap_or_default();
    config.insert("apiVersion".into(), format!("keel/v1.{}", MINORS.len() - 1).into());
    config.insert("network".into(), section.clone());
    let refusal = accept(Value::Object(config).to_string().as_bytes()).err();
    assert!(refusal.is_none(), "{refusal:?}\n{section}");
}

fn is_short(phrase: &str) -> bool {
    phrase.chars().count() <= 300 && !phrase.contains(char::is_control)
}

/// An option of a bond that has no value is absent in a machine config.
fn without_null(value: Value) -> Value {
    match value {
        Value::Array(list) => list.into_iter().map(without_null).collect(),
        Value::Object(members) => {
            let present = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(present.map(|(key, value)| (key, without_null(value))).collect())
        }
        other => other,
    }
}
