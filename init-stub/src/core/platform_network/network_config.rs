//! `network-config` of cloud-init: which version it is.

use super::draft::Draft;
use super::{version_1, version_2};
use crate::core::codec::yaml::Value;

/// Reads version 1 or 2, with the key `network` around it or without.
pub fn read(root: Value<'_>, draft: &mut Draft) -> Result<(), String> {
    let network = root.get("network").filter(|inner| inner.is_mapping()).unwrap_or(root);
    let config = network.get("config");
    if config.and_then(Value::text) == Some("disabled") {
        draft.out.add("network", "config: disabled");
        return Ok(());
    }
    match network.get("version").and_then(Value::text) {
        Some("1") => version_1::read(network, draft),
        Some("2") => version_2::read(network, draft),
        None if config.is_some_and(Value::is_list) => version_1::read(network, draft),
        None if version_2::KINDS.iter().any(|kind| network.get(kind).is_some()) => version_2::read(network, draft),
        None if network.entries().all(|(key, _)| key == "network") => {}
        _ => return Err("it is neither version 1 nor version 2".into()),
    }
    Ok(())
}
