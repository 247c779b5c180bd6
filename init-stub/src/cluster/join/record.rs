//! What the node remembers of the cluster that it joined, so that another config is noticed before anything is started.

use super::flags::items_of;
use crate::core::config::{Discovery, Worker};
use crate::core::error::{Code, Error, Result, Step};
use crate::sys::atomic_write;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;

const FILE: &str = "/keel/state/identity/join.json";

/// A node's name and its cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Name of the Node object.
    pub node_name: String,
    /// Host and port of the API server; None where the config does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Hashes of the cluster's CA keys; empty where the config does not say.
    pub ca_cert_hashes: Vec<String>,
    /// The kubelet configuration that the config asked for at the join; None: the node joined before it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubelet_patch: Option<String>,
    /// Size of the kubelet's program that this configuration was made for, in bytes: it tells the program of another version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubelet_size: Option<u64>,
    /// Names of the labels that a machine config has given to the Node, and that may be there still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeSet<String>>,
    /// The same of taints, as `KEY:EFFECT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taints: Option<BTreeSet<String>>,
    /// What the platform calls the node, as a JSON object, where the config asked for that at the join.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

impl Record {
    /// What the config says.
    pub fn of(worker: &Worker, node_name: String) -> Self {
        let (endpoint, ca_cert_hashes) = match &worker.discovery {
            Discovery::Token { endpoint, ca_cert_hashes, .. } => (Some(endpoint.clone()), ca_cert_hashes.clone()),
            Discovery::File { kubeconfig, .. } => (endpoint_in(kubeconfig), Vec::new()),
            Discovery::Joined {} => (None, Vec::new()),
        };
        Self {
            node_name,
            endpoint,
            ca_cert_hashes,
            kubelet_patch: Some(worker.kubelet_patch.clone()),
            kubelet_size: kubelet_size(),
            labels: Some(worker.labels.iter().map(|label| label.name.clone()).collect()),
            platform: worker.platform_facts.clone(),
            taints: Some(worker.taints.iter().map(|taint| format!("{}:{}", taint.key, taint.effect)).collect()),
        }
    }

    /// Whether the kubelet's configuration was made for the same as that of another record.
    pub fn has_settings_of(&self, other: &Self) -> bool {
        (&self.kubelet_patch, self.kubelet_size) == (&other.kubelet_patch, other.kubelet_size)
    }

    /// Says that the kubelet's configuration is that of another record.
    pub fn take_settings(&mut self, other: &Self) {
        (self.kubelet_patch, self.kubelet_size) = (other.kubelet_patch.clone(), other.kubelet_size);
    }

    /// The same on a node that has had labels and taints of an earlier machine config. `flags` are those of its kubelet, which
    /// has registered it with them before they were recorded.
    pub fn after(mut self, earlier: Option<&Self>, flags: &[String]) -> Self {
        let labels = items_of(flags, "node-labels").map(|item| item.split('=').next().unwrap_or(item));
        let taints = items_of(flags, "register-with-taints").map(without_value);
        join(&mut self.labels, earlier.and_then(|record| record.labels.clone()), labels.map(str::to_owned));
        join(&mut self.taints, earlier.and_then(|record| record.taints.clone()), taints);
        self
    }

    /// The same on a node that has joined: where the config does not say which cluster that is, the earlier record does.
    pub fn in_cluster_of(mut self, earlier: Option<&Self>) -> Self {
        if let Some(earlier) = earlier {
            if self.endpoint.is_none() {
                self.endpoint.clone_from(&earlier.endpoint);
            }
            if self.ca_cert_hashes.is_empty() {
                self.ca_cert_hashes.clone_from(&earlier.ca_cert_hashes);
            }
        }
        self
    }

    /// What the node remembers; None when it remembers nothing.
    pub fn read() -> Option<Self> {
        serde_json::from_slice(&std::fs::read(FILE).ok()?).ok()
    }

    /// Remembers it.
    pub fn write(&self) -> Result<()> {
        let save = || atomic_write::write(Path::new(FILE), 0o600, &serde_json::to_vec(self)?);
        save().step(Code::PathUnwritable, "write", FILE)
    }

    /// Whether the config still means the same node. The hashes of the CA are what a cluster is known by; its address
    /// may change, and decides only where one side knows no hash.
    pub fn check(&self, wanted: &Self) -> Result<()> {
        let refused = |what: &str, old: &str, new: &str| {
            Err(Error::new(Code::JoinChanged, "start", "kubelet")
                .with_detail(format!("the node joined {what} {old}, and the machine config now says {new}"))
                .with_pointer("/kubernetes"))
        };
        if self.node_name != wanted.node_name {
            return refused("as", &self.node_name, &wanted.node_name);
        }
        if !self.ca_cert_hashes.is_empty() && !wanted.ca_cert_hashes.is_empty() {
            return match self.ca_cert_hashes.iter().any(|hash| wanted.ca_cert_hashes.contains(hash)) {
                true => Ok(()),
                false => {
                    refused("a cluster with the CA", &self.ca_cert_hashes.join(", "), &wanted.ca_cert_hashes.join(", "))
                }
            };
        }
        match (&self.endpoint, &wanted.endpoint) {
            (Some(old), Some(new)) if old != new => refused("the cluster at", old, new),
            _ => Ok(()),
        }
    }
}

/// Adds what was recorded; where nothing was, what is known otherwise.
fn join(all: &mut Option<BTreeSet<String>>, recorded: Option<BTreeSet<String>>, known: impl Iterator<Item = String>) {
    all.get_or_insert_default().extend(recorded.unwrap_or_else(|| known.collect()));
}

/// `KEY:EFFECT` of a taint in a flag.
fn without_value(taint: &str) -> String {
    let (name, effect) = taint.rsplit_once(':').unwrap_or((taint, ""));
    format!("{}:{effect}", name.split('=').next().unwrap_or(name))
}

/// Size of the kubelet's program.
pub fn kubelet_size() -> Option<u64> {
    Some(std::fs::metadata("/bin/kubelet").ok()?.len())
}

/// Host and port of the first server that a kubeconfig names, in YAML or JSON.
pub fn endpoint_in(kubeconfig: &str) -> Option<String> {
    servers_in(kubeconfig).next().filter(|address| !address.is_empty()).map(str::to_owned)
}

/// Host and port of each server that a kubeconfig names.
pub fn servers_in(kubeconfig: &str) -> impl Iterator<Item = &str> {
    values_in(kubeconfig, "server").map(|url| url.trim_start_matches("https://").trim_end_matches('/'))
}

/// The first CA that a kubeconfig has in it: base64 of PEM.
pub fn ca_in(kubeconfig: &str) -> Option<&str> {
    values_in(kubeconfig, "certificate-authority-data").next()
}

/// A host may have the word of a key in its name.
fn values_in<'a>(kubeconfig: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    let begins_key = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '{' | ',');
    kubeconfig.match_indices(key).filter_map(move |(at, _)| {
        kubeconfig.get(..at)?.chars().next_back().is_none_or(begins_key).then_some(())?;
        let rest = kubeconfig.get(at + key.len()..)?;
        let value = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?.trim_start();
        let text = value.trim_start_matches(['"', '\'']);
        let end = text.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '}')).unwrap_or(text.len());
        text.get(..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, endpoint: Option<&str>, hashes: &[&str]) -> Record {
        Record {
            node_name: name.into(),
            endpoint: endpoint.map(str::to_owned),
            ca_cert_hashes: hashes.iter().map(|hash| (*hash).to_owned()).collect(),
            kubelet_patch: None,
            kubelet_size: None,
            labels: None,
            taints: None,
            platform: None,
        }
    }

    #[test]
    fn another_name_another_ca_and_where_no_ca_is_known_another_address_are_changes() {
        let joined = record("w1", Some("cp:6443"), &["sha256:a"]);
        let changed = |wanted: Record| joined.check(&wanted).is_err_and(|e| e.code == Code::JoinChanged);
        assert!(changed(record("w2", Some("cp:6443"), &["sha256:a"])));
        assert!(changed(record("w1", Some("cp:6443"), &["sha256:b"])));
        assert!(changed(record("w1", Some("other:6443"), &[])));
    }

    #[test]
    fn a_new_token_a_second_hash_a_new_address_of_the_same_ca_and_forgotten_secrets_are_none() {
        let joined = record("w1", Some("cp:6443"), &["sha256:a"]);
        for wanted in [
            record("w1", Some("cp:6443"), &["sha256:b", "sha256:a"]),
            record("w1", Some("balancer:6443"), &["sha256:a"]),
            record("w1", Some("cp:6443"), &[]),
            record("w1", None, &[]),
        ] {
            assert_eq!(joined.check(&wanted), Ok(()), "{wanted:?}");
        }
    }

    #[test]
    fn labels_and_taints_of_earlier_configs_are_remembered_and_where_they_were_not_recorded_the_flags_have_them() {
        let flags =
            ["--node-labels=a=1,b=".to_owned(), "--register-with-taints=gpu=x:NoSchedule,t:NoExecute".to_owned()];
        let set = |items: &[&str]| Some(items.iter().map(|item| (*item).to_owned()).collect::<BTreeSet<_>>());
        let config = || Record { labels: set(&["c"]), taints: set(&[]), ..record("w1", None, &[]) };
        let first = config().after(Some(&record("w1", None, &[])), &flags);
        assert_eq!((&first.labels, &first.taints), (&set(&["a", "b", "c"]), &set(&["gpu:NoSchedule", "t:NoExecute"])));
        let second = config().after(Some(&Record { labels: set(&["d"]), ..first }), &flags);
        assert_eq!((second.labels, second.taints), (set(&["c", "d"]), set(&["gpu:NoSchedule", "t:NoExecute"])));
    }

    #[test]
    fn a_config_without_the_secrets_of_the_join_does_not_make_the_node_forget_its_cluster() {
        let joined = record("w1", Some("cp:6443"), &["sha256:a"]);
        assert_eq!(record("w1", None, &[]).in_cluster_of(Some(&joined)), joined);
        let moved = record("w1", Some("lb:6443"), &["sha256:a", "sha256:b"]);
        assert_eq!(moved.clone().in_cluster_of(Some(&joined)), moved);
        assert_eq!(moved.clone().in_cluster_of(None), moved);
    }

    #[test]
    fn the_server_of_a_kubeconfig_is_found_in_both_forms() {
        let yaml = "clusters:\n- cluster:\n    certificate-authority-data: LS0=\n    server: https://10.0.0.1:6443\n";
        let json = r#"{"clusters":[{"cluster":{"server": "https://cp.example.org:6443/","tls-server-name":"x"}}]}"#;
        assert_eq!(endpoint_in(yaml).as_deref(), Some("10.0.0.1:6443"));
        assert_eq!(endpoint_in(json).as_deref(), Some("cp.example.org:6443"));
        assert_eq!(endpoint_in("kind: Config\n"), None);
        for host in ["kube-apiserver.example.org:6443", "server:6443"] {
            let yaml = format!("    server: https://{host}\n    tls-server-name: cp\n");
            let json = format!(r#"{{"tls-server-name":"cp","server":"https://{host}"}}"#);
            for text in [yaml, json] {
                assert_eq!(servers_in(&text).collect::<Vec<_>>(), [host], "{text}");
            }
        }
    }

    #[test]
    fn the_authority_of_a_kubeconfig_is_found_in_both_forms_if_it_is_inside() {
        for text in [
            "    certificate-authority-data: LS0t\n    server: https://cp:6443\n",
            r#"{"server":"https://cp:6443","certificate-authority-data":"LS0t"}"#,
        ] {
            assert_eq!(ca_in(text), Some("LS0t"), "{text}");
        }
        assert_eq!(ca_in("    certificate-authority: /etc/ca.crt\n"), None);
    }
}
