//! Becoming a node of a cluster: kubeadm's input, the meaning of its output, and what is left of the join afterwards.
//! The stage `join` puts these together.

mod address;
mod certificate;
mod classify;
mod configuration;
mod flags;
mod identity;
mod platform;
pub mod record;
mod secrets;

pub use address::add_address;
pub use certificate::expiry;
pub use classify::{JoinFailure, classify};
pub use configuration::{PATCHES, forget, write, write_patch};
pub use flags::{
    ENV_FILE, current_kubelet_flags, early_kubelet_flags, expected_kubelet_flags, kubelet_flags, with_node_ip,
    without_old_labels, write_kubelet_flags,
};
pub use identity::{CERTIFICATE, KUBELET_PKI, clean_up, has_certificate, is_as_kept, keep, make_durable, put_back};
pub use platform::add_platform;
pub use record::{Record, ca_in};
pub use secrets::Secrets;

use crate::core::config::{Discovery, Kubernetes, MachineConfig, Worker};
use crate::core::error::{Code, Error, Result};
use crate::pid1::failed::has_state;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use rustix::fs::{Advice, fadvise};
use std::fs::File;
use std::path::Path;
use std::rc::Rc;

/// The worker part of a config; None for every other role.
pub fn worker(config: &MachineConfig) -> Option<&Worker> {
    match &config.kubernetes {
        Kubernetes::Worker(worker) => Some(worker),
        _ => None,
    }
}

/// Changes the worker's part of the node's config. At the beginning of a stage nobody else holds it.
fn change_worker(node: &mut Node, change: impl FnOnce(&mut Worker)) -> std::result::Result<(), Interrupt> {
    let mut config = node.config()?;
    node.config = None;
    let changed = match Rc::get_mut(&mut config).map(|config| &mut config.kubernetes) {
        Some(Kubernetes::Worker(worker)) => {
            change(worker);
            Ok(())
        }
        _ => Err(Error::new(Code::Bug, "change", "machine config").into()),
    };
    node.config = Some(config);
    changed
}

/// The name of the Node object: the config's, or the machine's own, which Kubernetes wants in lower case.
pub fn node_name(worker: &Worker) -> String {
    worker.node_name.clone().unwrap_or_else(machine_name)
}

/// The machine's own name, as Kubernetes writes it.
pub fn machine_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().to_lowercase()
}

/// Whether the machine is a node of a cluster already.
pub fn is_joined() -> Result<bool> {
    let root = Path::new("/");
    identity::restore(root)?;
    Ok(identity::is_joined(root))
}

/// Whether the config fits what the machine is: a node that joined stays the node that it is, and one that did not can
/// only join with the secrets of a cluster.
pub fn check(worker: &Worker) -> Result<()> {
    if is_joined()? {
        let wanted = Record::of(worker, node_name(worker));
        return Record::read().map_or(Ok(()), |known| known.check(&wanted));
    }
    match &worker.discovery {
        Discovery::Joined {} => Err(Error::new(Code::JoinCredentialsMissing, "join", "cluster")
            .with_detail("the machine config is that of a joined node, but the identity of the node is incomplete")),
        _ => Ok(()),
    }
}

/// Keeps what makes the machine a node, so that neither a power cut nor a wiped KEEL-DATA takes it. A node without
/// KEEL-STATE keeps nothing and joins at every boot.
pub fn remember(node: &mut Node, worker: &Worker, node_name: &str) -> std::result::Result<(), Interrupt> {
    identity::make_durable(node)?;
    if !has_state() {
        return Ok(());
    }
    identity::keep(Path::new("/"))?;
    // A node that joins once more has labels of an earlier machine config.
    let record = Record::of(worker, node_name.to_owned()).after(Record::read().as_ref(), &[]);
    Ok(record.write()?)
}

/// kubeadm's pages count as memory in use until somebody says that they are not needed: on a small machine the kubelet would
/// stop a pod for them.
pub fn drop_pages() {
    if let Ok(program) = File::open("/bin/kubeadm") {
        // Nothing is lost if the kernel keeps them.
        let _ = fadvise(&program, 0, None, Advice::DontNeed);
    }
}

/// A worker for tests.
#[cfg(test)]
pub fn example(discovery: serde_json::Value) -> Worker {
    serde_json::from_value(serde_json::json!({
        "cni": { "type": "none" },
        "images": [],
        "staticPods": [],
        "kubeletPatch": "{\"maxPods\":20}",
        "kubeletExtraArgs": [{ "name": "v", "value": "2" }],
        "labels": [{ "name": "zone", "value": "a" }, { "name": "empty", "value": "" }],
        "taints": [{ "key": "gpu", "value": "", "effect": "NoSchedule" }],
        "discovery": discovery,
        "join": {
            "discoveryTimeoutMs": 60_000, "kubeletTimeoutMs": 240_000, "retryDelayMs": 5_000, "maxRetryDelayMs": 300_000,
        },
        "shutdown": { "gracePeriodMs": 0, "criticalPodsGracePeriodMs": 0 },
    }))
    .unwrap()
}
