//! The name of the machine in the companion file of a document.

use crate::core::codec::yaml::Document;
use crate::pid1::node::Instance;
use serde_json::Value;

/// The instance in a companion file; the error says why it cannot be read. An empty file names no machine.
pub fn instance(path: &str, text: &[u8]) -> Result<Instance, String> {
    if path.ends_with(".json") { openstack(text) } else { nocloud(text) }
}

/// OpenStack's meta_data.json.
fn openstack(text: &[u8]) -> Result<Instance, String> {
    if text.trim_ascii().is_empty() {
        return Ok(Instance::default());
    }
    let value: Value = serde_json::from_slice(text)
        .map_err(|e| format!("it is not JSON at line {} column {}", e.line(), e.column()))?;
    let text = |keys: &[&str]| {
        keys.iter().find_map(|key| value.get(key)?.as_str()).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    Ok(Instance { instance_id: text(&["uuid"]), hostname: text(&["hostname", "name"]), network: None })
}

/// NoCloud's meta-data: YAML, and so JSON as well. An instance id alone never tells a new machine: tools write the same
/// one for every machine.
fn nocloud(text: &[u8]) -> Result<Instance, String> {
    let Some(document) = Document::read(text)? else { return Ok(Instance::default()) };
    let hostname = document.text("local-hostname").or_else(|| document.text("hostname"));
    Ok(Instance { instance_id: document.text("instance-id"), hostname, network: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(id: &str, hostname: &str) -> Result<Instance, String> {
        Ok(Instance { instance_id: Some(id.into()), hostname: Some(hostname.into()), network: None })
    }

    #[test]
    fn meta_data_is_read_as_yaml_and_as_json() {
        assert_eq!(nocloud(b"# x\ninstance-id: i-1 # new\nlocal-hostname: \"a.example\"\r\n"), is("i-1", "a.example"));
        assert_eq!(nocloud(b"\"instance-id\": \"vm-1\"\n\"local-hostname\": \"w1\"\n"), is("vm-1", "w1"));
        assert_eq!(nocloud(b"hostname: b\ninstance-id: 'i-2'\n"), is("i-2", "b"));
        assert_eq!(nocloud(b"{instance-id: 4711, local-hostname: c, hostname: d}"), is("4711", "c"));
        assert_eq!(nocloud(br#"{"instance-id": "i-3", "local-hostname": "c"}"#), is("i-3", "c"));
        assert_eq!(nocloud(b"nested:\n  instance-id: no\ninstance_id: no\ninstance-id:\n"), Ok(Instance::default()));
        assert_eq!(nocloud(b""), Ok(Instance::default()));
        assert!(nocloud(&[0xff, 0xfe, b'\n']).is_err());
    }

    #[test]
    fn a_config_drive_names_its_machine_in_json() {
        assert_eq!(instance("openstack/latest/meta_data.json", br#"{"uuid":"u","hostname":"d"}"#), is("u", "d"));
        assert_eq!(openstack(b" \n"), Ok(Instance::default()));
        assert!(openstack(b"[").is_err());
    }
}
