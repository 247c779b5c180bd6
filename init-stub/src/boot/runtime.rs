//! Stage `runtime`: containerd and the preloaded images; on a standalone node also the kubelet, then static pods.
//! What takes long to load begins earlier, in the stage `verify`.

use crate::cluster::{self, Runtime, join, until_ready};
use crate::core::config::Kubernetes;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;

/// Lets containerd go on. On a standalone node it returns when everything that the config asks for runs; a worker's kubelet
/// starts when it joins, and whether it may is known before containerd goes on.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    let config = node.config()?;
    let Some(runtime) = Runtime::of(&config) else { return Ok(()) };
    if let Kubernetes::Worker(all) = &config.kubernetes {
        join::check(all)?;
    }
    cluster::start(node, &runtime)?;
    let Kubernetes::Standalone(all) = &config.kubernetes else { return Ok(()) };
    if !cluster::is_early(node) {
        cluster::start_standalone(node, all, None)?;
    }
    until_ready(node)
}
