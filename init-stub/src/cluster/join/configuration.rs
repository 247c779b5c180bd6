//! kubeadm's input: a JoinConfiguration of `kubeadm.k8s.io/v1beta4` and the patch of the kubelet's configuration,
//! in RAM and readable by nobody else. JSON is YAML, so kubeadm takes it.

use crate::core::config::{Discovery, Worker};
use crate::core::error::{Code, Result, Step};
use crate::sys::kernel::Sys;
use serde_json::{Map, Value, json};

const DIRECTORY: &str = "/run/keel/join";
/// Where kubeadm finds the patch.
pub const PATCHES: &str = "/run/keel/join/patches";
/// The target of the patch and its kind are in the name, as kubeadm wants it.
const KUBELET_PATCH: &str = "/run/keel/join/patches/kubeletconfiguration0+merge.json";
const DISCOVERY: &str = "/run/keel/join/discovery.conf";
const SOCKET: &str = "unix:///run/containerd/containerd.sock";

/// Writes the files for a join under `node_name`; returns the JoinConfiguration, which names them.
pub fn write(sys: &dyn Sys, worker: &Worker, node_name: &str) -> Result<String> {
    write_patch(sys, worker)?;
    if let Discovery::File { kubeconfig, .. } = &worker.discovery {
        save(sys, DISCOVERY, kubeconfig)?;
    }
    Ok(join_configuration(worker, node_name).to_string())
}

/// Writes the patch of the kubelet's configuration.
pub fn write_patch(sys: &dyn Sys, worker: &Worker) -> Result<()> {
    for path in [DIRECTORY, PATCHES] {
        sys.mkdir(path, 0o700).step(Code::PathUnwritable, "make directory", path)?;
    }
    save(sys, KUBELET_PATCH, &worker.kubelet_patch)
}

fn save(sys: &dyn Sys, path: &str, text: &str) -> Result<()> {
    sys.write(path, 0o600, text.as_bytes()).step(Code::PathUnwritable, "write", path)
}

/// Takes the files away: there are secrets in them.
pub fn forget() {
    // It is in RAM, and gone at the next boot in any case.
    let _ = std::fs::remove_dir_all(DIRECTORY);
}

fn join_configuration(worker: &Worker, node_name: &str) -> Value {
    let bound = |ms: u64| format!("{ms}ms");
    json!({
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "JoinConfiguration",
        "nodeRegistration": {
            "name": node_name,
            "criSocket": SOCKET,
            "taints": taints(worker),
            "kubeletExtraArgs": named(&extra_args(worker)),
        },
        "discovery": discovery(&worker.discovery),
        "patches": { "directory": PATCHES },
        "timeouts": {
            "discovery": bound(worker.join.discovery_timeout_ms),
            "kubeletHealthCheck": bound(worker.join.kubelet_timeout_ms),
            "tlsBootstrap": bound(worker.join.kubelet_timeout_ms),
        },
    })
}

/// An empty value and none are the same taint.
fn taints(worker: &Worker) -> Vec<Value> {
    let taint =
        |taint: &crate::core::config::Taint| json!({ "key": taint.key, "value": taint.value, "effect": taint.effect });
    worker.taints.iter().map(taint).collect()
}

fn named(flags: &[(String, String)]) -> Vec<Value> {
    flags.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

/// Names and values of the flags that the kubelet gets in addition to kubeadm's own.
pub fn extra_args(worker: &Worker) -> Vec<(String, String)> {
    let given = worker.kubelet_extra_args.iter().map(|arg| (arg.name.clone(), arg.value.clone()));
    let labels: Vec<String> = worker.labels.iter().map(|label| format!("{}={}", label.name, label.value)).collect();
    let labels = (!labels.is_empty()).then(|| ("node-labels".to_owned(), labels.join(",")));
    given.chain(labels).collect()
}

fn discovery(discovery: &Discovery) -> Value {
    let mut all = Map::new();
    match discovery {
        Discovery::Token { endpoint, token, ca_cert_hashes } => {
            let by = json!({ "apiServerEndpoint": endpoint, "token": token, "caCertHashes": ca_cert_hashes });
            all.insert("bootstrapToken".into(), by);
        }
        Discovery::File { tls_bootstrap_token, .. } => {
            all.insert("file".into(), json!({ "kubeConfigPath": DISCOVERY }));
            if let Some(token) = tls_bootstrap_token {
                all.insert("tlsBootstrapToken".into(), json!(token));
            }
        }
        Discovery::Joined {} => {}
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::join::example;
    use crate::sys::kernel::recorder::Recorder;

    fn token() -> Value {
        json!({ "type": "token", "endpoint": "cp:6443", "token": "abcdef.0123456789abcdef", "caCertHashes": ["sha256:00"] })
    }

    #[test]
    fn a_token_a_name_labels_taints_flags_and_bounds_are_in_the_configuration_of_kubeadm() {
        let written = join_configuration(&example(token()), "w1");
        let at = |pointer: &str| written.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(at("/nodeRegistration/name"), "w1");
        assert_eq!(at("/nodeRegistration/taints"), json!([{ "key": "gpu", "value": "", "effect": "NoSchedule" }]));
        let args = json!([{ "name": "v", "value": "2" }, { "name": "node-labels", "value": "zone=a,empty=" }]);
        assert_eq!(at("/nodeRegistration/kubeletExtraArgs"), args);
        assert_eq!(at("/discovery/bootstrapToken/token"), "abcdef.0123456789abcdef");
        assert_eq!(at("/discovery/bootstrapToken/caCertHashes"), json!(["sha256:00"]));
        assert_eq!((at("/timeouts/discovery"), at("/timeouts/tlsBootstrap")), (json!("60000ms"), json!("240000ms")));
    }

    #[test]
    fn a_discovery_file_is_a_file_of_its_own_and_only_root_may_read_it() {
        let sys = Recorder::default();
        let file =
            json!({ "type": "file", "kubeconfig": "kind: Config\n", "tlsBootstrapToken": "abcdef.0123456789abcdef" });
        let written = write(&sys, &example(file), "w1").unwrap();
        let calls = sys.calls.into_inner();
        assert!(calls.contains(&format!("write {DISCOVERY} 600 kind: Config\n")), "{calls:?}");
        assert!(calls.contains(&format!("write {KUBELET_PATCH} 600 {{\"maxPods\":20}}")), "{calls:?}");
        assert!(calls.iter().all(|call| call.starts_with("mkdir") && call.ends_with("700") || call.contains(" 600 ")));
        assert!(
            written.contains("\"kubeConfigPath\":\"/run/keel/join/discovery.conf\"")
                && written.contains("tlsBootstrapToken")
        );
    }
}
