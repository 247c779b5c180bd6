//! Static pods with the host's network, and their UIDs. The kubelet names a pod after its node, and derives from that name the UID by
//! which it knows the pod. So such a pod gets a UID from init, which stays when the machine finds another name: whichever kubelet
//! comes next finds the pod running and leaves it alone.

use crate::core::config::StaticPod;
use crate::core::hex::hex;
use crate::net::names;
use crate::sources::smbios::machine_uuid;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The pod with its UID; None: it has a network of its own.
pub fn host_pod(pod: &StaticPod) -> Option<StaticPod> {
    with_uid(pod, || machine_uuid().or_else(names::of_card).unwrap_or_default())
}

/// The UID is the same at every boot of one machine, and another one for another pod and on another machine. One that the author
/// chose stays.
fn with_uid(pod: &StaticPod, machine: impl FnOnce() -> String) -> Option<StaticPod> {
    let mut all: Value = serde_json::from_slice(pod.pod.as_bytes()).ok()?;
    all.get("spec")?.get("hostNetwork")?.as_bool().filter(|is_host| *is_host)?;
    let metadata = all.get_mut("metadata")?.as_object_mut()?;
    if !metadata.contains_key("uid") {
        let digits = hex(&Sha256::digest(format!("{}\0{}", machine(), pod.pod)));
        metadata.insert("uid".into(), Value::String(digits.get(..32).unwrap_or_default().into()));
    }
    Some(StaticPod { name: pod.name.clone(), pod: all.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn uid(pod: Value, machine: &str) -> Option<String> {
        let pod = StaticPod { name: "p".into(), pod: pod.to_string() };
        let early: Value = serde_json::from_slice(with_uid(&pod, || machine.into())?.pod.as_bytes()).unwrap();
        Some(early["metadata"]["uid"].as_str().unwrap().to_owned())
    }

    fn host(name: &str) -> Value {
        json!({ "metadata": { "name": name }, "spec": { "hostNetwork": true } })
    }

    #[test]
    fn a_pod_with_the_hosts_network_has_a_uid_of_its_own_and_of_its_machine() {
        let first = uid(host("a"), "m1").unwrap();
        assert_eq!(first.len(), 32);
        assert_eq!(uid(host("a"), "m1").unwrap(), first);
        assert_ne!(uid(host("b"), "m1").unwrap(), first);
        assert_ne!(uid(host("a"), "m2").unwrap(), first);
    }

    #[test]
    fn a_uid_of_the_author_stays() {
        let mut pod = host("a");
        pod["metadata"]["uid"] = json!("mine");
        assert_eq!(uid(pod, "m1").unwrap(), "mine");
    }

    #[test]
    fn a_pod_with_a_network_of_its_own_waits() {
        for spec in [json!({}), json!({ "hostNetwork": false })] {
            assert_eq!(uid(json!({ "metadata": { "name": "a" }, "spec": spec }), "m1"), None);
        }
    }
}
