//! Stage `runtime`: containerd and the preloaded images; on a standalone node also the kubelet, then static pods.
//! What takes long to load begins earlier, in the stage `verify`.

use crate::cluster::{self, Runtime, join, serve_as, standalone_kubelet, until_ready};
use crate::core::config::Kubernetes;
use crate::core::error::{Code, Step};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sys::kernel::{Kernel, Sys};

const KUBELET_CONFIG: &str = "/run/keel/kubelet/config.json";

/// Lets containerd go on. On a standalone node it returns when everything that the config asks for runs; a worker's kubelet
/// starts when it joins, and whether it may is known before containerd goes on.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    let config = node.config()?;
    match &config.kubernetes {
        Kubernetes::None(_) => Ok(()),
        Kubernetes::Standalone(all) => {
            let grace_ms = all.shutdown.grace_period_ms;
            let runtime = Runtime { cni: &all.cni, images: &all.images, static_pods: &all.static_pods, grace_ms };
            cluster::start(node, &runtime)?;
            serve_as(node, &join::machine_name());
            let written = Kernel.write(KUBELET_CONFIG, 0o600, all.kubelet_config.as_bytes());
            written.step(Code::PathUnwritable, "write", KUBELET_CONFIG)?;
            cluster::start_kubelet(node, standalone_kubelet(all, KUBELET_CONFIG));
            until_ready(node)
        }
        Kubernetes::Worker(all) => {
            join::check(all)?;
            let grace_ms = all.shutdown.grace_period_ms;
            let runtime = Runtime { cni: &all.cni, images: &all.images, static_pods: &all.static_pods, grace_ms };
            cluster::start(node, &runtime)
        }
    }
}
