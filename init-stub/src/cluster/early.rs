//! Pods with the host's network start before the node has one, so that one of them can be a service that makes it.

use super::host_pods::host_pod;
use super::joining::start_joined;
use super::{Runtime, first_kubelet, join, start_early, start_standalone};
use crate::core::config::{Kubernetes, StaticPod};
use crate::net::names;
use crate::pid1::interrupt::{Interrupt, MapFailure};
use crate::pid1::node::Node;

/// Starts such pods, if the config has any. Where the stage `runtime` would refuse the config, it does nothing.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    node.in_stage("runtime", start).map_failure(|error| error.in_stage("runtime"))
}

fn start(node: &mut Node) -> Result<(), Interrupt> {
    let config = node.config()?;
    let Some(runtime) = Runtime::of(&config) else { return Ok(()) };
    let pods: Vec<StaticPod> = runtime.static_pods.iter().filter_map(host_pod).collect();
    if pods.is_empty() {
        return Ok(());
    }
    names::settle_early(node)?;
    if join::worker(&config).is_some_and(|worker| join::check(worker).is_err()) {
        return Ok(());
    }
    start_early(node, &runtime, pods)?;
    match &config.kubernetes {
        Kubernetes::None(_) => {}
        Kubernetes::Standalone(all) => start_standalone(node, all, Some(&join::machine_name()))?,
        Kubernetes::Worker(worker) if join::is_joined()? => start_joined(node, worker, &join::node_name(worker)),
        Kubernetes::Worker(worker) => first_kubelet::start(node, worker, join::node_name(worker))?,
    }
    Ok(())
}
