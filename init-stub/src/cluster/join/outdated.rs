//! What a machine config asks of a node that has joined already, compared with what the node runs. kubeadm writes the kubelet's
//! flags and configuration once, and the kubelet registers labels and taints once.

use super::flags::expected_kubelet_flags;
use super::machine_name;
use crate::core::config::Worker;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

const LABELS: &str = "node-labels";
const TAINTS: &str = "register-with-taints";
const NODE_IP: &str = "node-ip";
/// Flags that kubeadm, also that of an earlier image, writes by itself. The node's name is compared elsewhere.
const KUBEADMS: [&str; 3] = ["hostname-override", "container-runtime-endpoint", "pod-infra-container-image"];

/// One part of the config that the node does not follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The part, for people.
    pub what: &'static str,
    /// What differs.
    pub detail: String,
    /// The part's place in the machine config.
    pub pointer: &'static str,
}

/// Where the config and the node differ. `flags` are those of the node, `recorded` is the kubelet configuration that the
/// config asked for at the join. Values are shown for labels and taints only: flags and settings may be secret.
pub fn differences(worker: &Worker, node_name: &str, flags: &[String], recorded: Option<&str>) -> Vec<Difference> {
    let wanted = expected_kubelet_flags(worker, node_name, &machine_name());
    let (mut now, mut then) = (by_name(&wanted), by_name(flags));
    let mut found = Vec::new();
    for (flag, what, pointer) in [(LABELS, "labels", "/kubernetes/labels"), (TAINTS, "taints", "/kubernetes/taints")] {
        let (new, old) = (list(now.remove(flag)), list(then.remove(flag)));
        if new != old {
            found.push(Difference { what, detail: in_words(&old, &new), pointer });
        }
    }
    let names: BTreeSet<&str> =
        now.keys().chain(then.keys()).copied().filter(|name| now.get(name) != then.get(name)).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| *name != NODE_IP && !KUBEADMS.contains(name)).collect();
    if !names.is_empty() {
        let detail = format!("the kubelet's flags and the machine config differ in {}", names.join(", "));
        found.push(Difference { what: "kubelet flags", detail, pointer: "/kubernetes/kubeletExtraArgs" });
    }
    let keys = recorded.map(|recorded| different_keys(recorded, &worker.kubelet_patch)).unwrap_or_default();
    if !keys.is_empty() {
        let detail = format!("the machine config has changed since the node joined in {}", keys.join(", "));
        found.push(Difference { what: "kubelet configuration", detail, pointer: "/kubernetes/kubeletPatch" });
    }
    found
}

/// The node's flags with the config's address in the place of the one of the join: a kubelet with an address that no interface
/// has would never become ready.
pub fn with_node_ip(worker: &Worker, flags: Vec<String>) -> Vec<String> {
    let prefix = format!("--{NODE_IP}=");
    let now = worker.kubelet_extra_args.iter().filter(|argument| argument.name == NODE_IP);
    let now = now.map(|argument| format!("{prefix}{}", argument.value)).next_back();
    flags.into_iter().filter(|flag| !flag.starts_with(&prefix)).chain(now).collect()
}

/// Flags by their names; of one that is there twice the last counts. kubeadm writes none with a space.
fn by_name(flags: &[String]) -> BTreeMap<&str, &str> {
    let parts = flags
        .iter()
        .map(|flag| flag.trim_start_matches('-').split_once('=').unwrap_or((flag.trim_start_matches('-'), "")));
    parts.map(|(name, value)| (name, value.trim())).collect()
}

fn list(value: Option<&str>) -> BTreeSet<&str> {
    value.into_iter().flat_map(|value| value.split(',')).filter(|item| !item.is_empty()).collect()
}

fn in_words(old: &BTreeSet<&str>, new: &BTreeSet<&str>) -> String {
    let words = |items: &BTreeSet<&str>| {
        if items.is_empty() { "none".to_owned() } else { items.iter().copied().collect::<Vec<_>>().join(", ") }
    };
    format!("the node joined with {}, and the machine config now says {}", words(old), words(new))
}

/// The keys at the top of two kubelet configurations whose values differ.
fn different_keys(old: &str, new: &str) -> Vec<String> {
    let read = |text: &str| serde_json::from_slice::<Map<String, Value>>(text.as_bytes()).unwrap_or_default();
    let (old, new) = (read(old), read(new));
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).filter(|key| old.get(*key) != new.get(*key)).collect();
    keys.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::join::{Record, example};
    use crate::core::config::{ExtraArg, Taint};
    use serde_json::json;

    const PATCH: &str = "{\"maxPods\":20}";

    fn worker() -> Worker {
        example(json!({ "type": "joined" }))
    }

    fn joined(worker: &Worker) -> Vec<String> {
        expected_kubelet_flags(worker, "w1", &machine_name())
    }

    fn found(worker: &Worker, flags: &[String]) -> Vec<&'static str> {
        differences(worker, "w1", flags, Some(PATCH)).iter().map(|difference| difference.pointer).collect()
    }

    #[test]
    fn the_config_of_the_join_differs_in_nothing_in_whatever_order() {
        let flags = joined(&worker());
        assert!(found(&worker(), &flags).is_empty());
        assert!(found(&worker(), &flags.iter().rev().cloned().collect::<Vec<_>>()).is_empty());
        let own = ["--container-runtime-endpoint=unix:///run/containerd/containerd.sock".to_owned()];
        assert!(found(&worker(), &[&flags[..], &own].concat()).is_empty());
    }

    #[test]
    fn each_changed_part_is_named() {
        let flags = joined(&worker());
        let labels = |value: &str| {
            serde_json::from_value(json!([{ "name": "zone", "value": value }, { "name": "empty", "value": "" }]))
                .unwrap()
        };
        let mut changed = worker();
        changed.labels = labels("b");
        assert_eq!(found(&changed, &flags), ["/kubernetes/labels"]);
        let detail = &differences(&changed, "w1", &flags, None)[0].detail;
        assert!(detail.contains("zone=a") && detail.contains("zone=b"), "{detail}");

        let mut changed = worker();
        changed.taints = vec![Taint { key: "gpu".into(), value: "a100".into(), effect: "NoExecute".into() }];
        assert_eq!(found(&changed, &flags), ["/kubernetes/taints"]);
        changed.taints.clear();
        changed.labels.clear();
        assert_eq!(found(&changed, &flags), ["/kubernetes/labels", "/kubernetes/taints"]);

        let mut changed = worker();
        changed.kubelet_extra_args = vec![
            ExtraArg { name: "v".into(), value: "4".into() },
            ExtraArg { name: "max-pods".into(), value: "9".into() },
        ];
        assert_eq!(found(&changed, &flags), ["/kubernetes/kubeletExtraArgs"]);
        assert!(differences(&changed, "w1", &flags, None)[0].detail.ends_with("max-pods, v"));
        changed.kubelet_extra_args.clear();
        assert_eq!(found(&changed, &flags), ["/kubernetes/kubeletExtraArgs"], "a flag that was taken away");

        let mut changed = worker();
        changed.kubelet_patch = "{\"maxPods\":30,\"podPidsLimit\":64}".into();
        assert_eq!(found(&changed, &flags), ["/kubernetes/kubeletPatch"]);
        assert!(differences(&changed, "w1", &flags, Some(PATCH))[0].detail.ends_with("maxPods, podPidsLimit"));
        assert!(differences(&changed, "w1", &flags, None).is_empty(), "nobody knows what it joined with");
    }

    #[test]
    fn a_proxy_follows_the_config_and_is_not_a_difference() {
        let proxy = |url: &str| serde_json::from_value(json!({ "http": url, "noProxy": [] })).unwrap();
        let (old, new) =
            (Worker { proxy: proxy("http://a"), ..worker() }, Worker { proxy: proxy("http://b"), ..worker() });
        assert!(found(&new, &joined(&old)).is_empty() && found(&worker(), &joined(&old)).is_empty());
        let record = |worker: &Worker| Record::of(worker, "w1".into());
        assert_eq!(record(&old).check(&record(&new)), Ok(()));
    }

    #[test]
    fn the_address_follows_the_config_and_is_not_a_difference() {
        let with = |value: Option<&str>| {
            let mut worker = worker();
            let argument = value.map(|value| ExtraArg { name: "node-ip".into(), value: value.into() });
            worker.kubelet_extra_args.extend(argument);
            worker
        };
        let ips = |worker: &Worker, flags: &[String]| -> Vec<String> {
            with_node_ip(worker, flags.to_vec()).into_iter().filter(|flag| flag.contains("node-ip")).collect()
        };
        let old = joined(&with(Some("192.0.2.10")));
        assert_eq!(ips(&with(Some("192.0.2.20")), &old), ["--node-ip=192.0.2.20"]);
        assert_eq!(ips(&with(None), &old), Vec::<String>::new());
        assert_eq!(ips(&with(Some("198.51.100.3")), &joined(&with(None))), ["--node-ip=198.51.100.3"]);
        assert!(found(&with(Some("192.0.2.20")), &old).is_empty());
        assert_eq!(with_node_ip(&with(None), joined(&with(None))), joined(&with(None)));
    }
}
