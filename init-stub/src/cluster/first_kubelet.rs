//! The first kubelet of a machine that has not joined its cluster: it runs pods with the host's network before there is a network. It
//! makes way for the kubelet of the join, which takes the pods over as they are, and comes back when the join fails.

use super::kubelet_cert;
use super::services::{KUBELET_CONFIG, STATIC_PODS, standalone_kubelet, start_kubelet};
use crate::core::config::Worker;
use crate::core::error::{Code, Result, Step};
use crate::core::event::Process;
use crate::pid1::node::Node;
use crate::pid1::service;
use crate::sys::kernel::{Kernel, Sys};
use std::path::Path;

/// Whether there is one.
#[derive(Default)]
struct First {
    /// Its name for the node; None: this machine needs none.
    name: Option<String>,
    /// It is the kubelet that runs.
    is_in_place: bool,
}

/// The certificate that it wants to have, although it serves nobody.
const FOLDER: &str = "/run/keel/kubelet";
/// What one kubelet notes about processors and memory, and another one with other policies refuses.
const NOTES: [&str; 2] = ["/var/lib/kubelet/cpu_manager_state", "/var/lib/kubelet/memory_manager_state"];

/// Starts it.
pub fn start(node: &mut Node, worker: &Worker, name: String) -> Result<()> {
    node.state::<First>().name = Some(name);
    come_back(node, worker)
}

/// Whether it is the kubelet that runs.
pub fn is_in_place(node: &mut Node) -> bool {
    node.state::<First>().is_in_place
}

/// Starts it again, if this machine has one.
pub fn come_back(node: &mut Node, worker: &Worker) -> Result<()> {
    let first = node.state::<First>();
    let Some(name) = first.name.clone().filter(|_| !first.is_in_place) else { return Ok(()) };
    first.is_in_place = true;
    forget_notes();
    let write = || {
        kubelet_cert::ensure_in(Path::new(FOLDER), &name)?;
        Kernel.write(KUBELET_CONFIG, 0o600, configuration(worker).as_bytes())
    };
    write().step(Code::PathUnwritable, "write", KUBELET_CONFIG)?;
    start_kubelet(node, standalone_kubelet(worker.proxy.as_ref(), Some(&name)));
    Ok(())
}

/// Stops it, so that another one can start; true: none runs.
pub fn make_way(node: &mut Node) -> bool {
    if is_in_place(node) {
        service::stop(node, Process::Kubelet);
        if service::runs(node, Process::Kubelet) {
            return false;
        }
        forget_notes();
        node.state::<First>().is_in_place = false;
    }
    true
}

/// Takes the notes of a kubelet away that does not run any more.
pub fn forget_notes() {
    for path in NOTES {
        // A kubelet that cannot live with what is left says so.
        let _ = std::fs::remove_file(path);
    }
}

/// A kubelet that listens nowhere, so that kubeadm does not take it for its own, and that neither evicts pods nor deletes images.
fn configuration(worker: &Worker) -> String {
    let shutdown = &worker.shutdown;
    format!(
        r#"{{"apiVersion":"kubelet.config.k8s.io/v1beta1","kind":"KubeletConfiguration","enableServer":false,"healthzPort":0,"authentication":{{"webhook":{{"enabled":false}}}},"authorization":{{"mode":"AlwaysAllow"}},"tlsCertFile":"{FOLDER}/kubelet.crt","tlsPrivateKeyFile":"{FOLDER}/kubelet.key","containerRuntimeEndpoint":"unix:///run/containerd/containerd.sock","cgroupDriver":"cgroupfs","kubeletCgroups":"/system/kubelet","failSwapOn":false,"makeIPTablesUtilChains":false,"evictionHard":{{}},"imageGCHighThresholdPercent":100,"staticPodPath":"{}","volumePluginDir":"/var/lib/kubelet/volumeplugins","shutdownGracePeriod":"{}ms","shutdownGracePeriodCriticalPods":"{}ms"}}"#,
        STATIC_PODS, shutdown.grace_period_ms, shutdown.critical_pods_grace_period_ms
    )
}
