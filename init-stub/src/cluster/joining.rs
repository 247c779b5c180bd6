//! Joining: the machine becomes a node of its cluster. kubeadm join runs until it succeeds, or until it fails in a
//! way that only another machine config can fix; a machine that has joined before starts its kubelet
//! with what its machine config says now, or joins again where its certificate has expired.

use crate::cluster::join::{self, JoinFailure, Record, Secrets};
use crate::cluster::{
    self, KubeadmExit, KubeadmJob, first_kubelet, node_object, serve_as, settings, until_ready, versions,
    worker_kubelet,
};
use crate::core::backoff::doubled;
use crate::core::config::{Discovery, Kubernetes, Worker};
use crate::core::error::{Code, Error, Step};
use crate::core::event::Body;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::pid1::wait::{pause, until};
use crate::sources::generations;
use crate::sys::clock::mono_ms;
use crate::sys::kernel::{Kernel, Sys};
use std::path::Path;
use std::result::Result;

const KUBERNETES: &str = "/etc/kubernetes";
/// The time that kubeadm may take in addition to its own timeouts.
const SLACK: u64 = 180_000;
/// A cluster considers a node Ready for this long after its last heartbeat, and until then its name is taken: 50 seconds
/// of grace, and five until the next look.
const NAME_TAKEN: u64 = 55_000;
/// What the Cluster API's bootstrap contract looks for.
const BOOTSTRAPPED: &str = "/run/cluster-api/bootstrap-success.complete";

/// Returns when the kubelet runs as that of a joined node.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    if !matches!(node.config()?.kubernetes, Kubernetes::Worker(_)) {
        return Ok(());
    }
    let started = mono_ms();
    let (is_joined, earlier) = (join::is_joined()?, Record::read());
    join::add_platform(node, is_joined)?;
    join::add_address(node)?;
    let config = node.config()?;
    let Some(worker) = join::worker(&config) else { return Ok(()) };
    let name = join::node_name(worker);
    Kernel.mkdir(KUBERNETES, 0o755).step(Code::PathUnwritable, "make directory", KUBERNETES)?;
    let attempts = if is_joined && !must_join_again(node, worker, &name)? {
        settings::start(node, worker, &name)?;
        0
    } else {
        if is_joined {
            // It may run since before the network.
            cluster::stop_kubelet(node)?;
        }
        let attempts = until_joined(node, worker, &name)?;
        join::drop_pages();
        attempts
    };
    // The record may also be missing after a power cut between the join and this line.
    if attempts > 0 || Record::read().is_none() {
        join::remember(node, worker, &name)?;
    }
    if let Err(interrupt) = generations::redact_join_secrets(node) {
        // What cannot be written must not keep a node from its cluster.
        let error = interrupt.failure()?;
        node.warn(error, None);
    }
    tell_cluster_api()?;
    node.emit(Body::Joined { node_name: name.clone(), attempts, duration_ms: mono_ms().saturating_sub(started) });
    until_ready(node)?;
    node_object::follow(node, worker, &name, earlier.as_ref());
    Ok(())
}

/// Starts the kubelet of a node that has joined.
pub fn start_joined(node: &mut Node, worker: &Worker, name: &str) {
    let flags = join::early_kubelet_flags(worker, join::kubelet_flags().unwrap_or_default());
    serve_as(node, name);
    cluster::start_kubelet(node, worker_kubelet(worker, flags));
}

/// Whether the cluster has said that the node's certificate has expired, and the config has what a join needs. The kubelet
/// would only end; a join leaves the data of its pods alone.
fn must_join_again(node: &mut Node, worker: &Worker, name: &str) -> Result<bool, Interrupt> {
    Ok(node_object::is_expired(node, name)? && !matches!(worker.discovery, Discovery::Joined {}))
}

/// Runs kubeadm join as often as it takes, and says how often that was.
fn until_joined(node: &mut Node, worker: &Worker, name: &str) -> Result<u64, Interrupt> {
    let secrets = Secrets::of(worker);
    for attempt in 1.. {
        let Some(failure) = attempt_join(node, worker, name, &secrets)? else {
            join::forget();
            return Ok(attempt);
        };
        if !first_kubelet::is_in_place(node) {
            cluster::stop_kubelet(node)?;
        }
        let error = error_of(&failure, worker);
        if failure.is_fatal() {
            join::clean_up()?;
            join::forget();
            return Err(error.into());
        }
        let delay = delay_after(attempt, failure.code, worker);
        node.warn(error, Some(delay));
        first_kubelet::come_back(node, worker)?;
        pause(node, delay)?;
    }
    Ok(0)
}

/// One join, from nothing. None: the node has joined.
fn attempt_join(
    node: &mut Node,
    worker: &Worker,
    name: &str,
    secrets: &Secrets,
) -> Result<Option<JoinFailure>, Interrupt> {
    if let Some(failure) = versions::skew(node, worker)? {
        return Ok(Some(failure));
    }
    let bounds = &worker.join;
    join::clean_up()?;
    let configuration = join::write(&Kernel, worker, name)?;
    let limit = bounds.discovery_timeout_ms + 2 * bounds.kubelet_timeout_ms + SLACK;
    let kubelet = worker_kubelet(worker, join::expected_kubelet_flags(worker, name, &join::machine_name()));
    let job = KubeadmJob { secrets: secrets.clone(), configuration, kubelet, limit };
    serve_as(node, name);
    let exit = cluster::join(node, job)?;
    // kubeadm is content with a kubeconfig, which the kubelet writes before the cluster gives it a certificate.
    let failure = match failure_of(exit, limit) {
        None if !until(node, bounds.kubelet_timeout_ms, |_| join::has_certificate(Path::new("/")))? => {
            Some(JoinFailure {
                code: Code::JoinKubeletFailed,
                detail: "the kubelet runs, but the cluster gave it no certificate".into(),
            })
        }
        failure => failure,
    };
    cluster::forget_join(node);
    Ok(failure)
}

fn failure_of(exit: KubeadmExit, limit: u64) -> Option<JoinFailure> {
    match exit {
        KubeadmExit { code: Some(0), .. } => None,
        KubeadmExit { too_late: true, .. } => Some(JoinFailure {
            code: Code::JoinFailed,
            detail: format!("kubeadm did not finish in {} s and was killed", limit / 1000),
        }),
        KubeadmExit { lines, .. } => Some(join::classify(&lines)),
    }
}

/// The delay doubles with each try. A name that is taken is not free before the cluster has missed the old node.
fn delay_after(attempt: u64, code: Code, worker: &Worker) -> u64 {
    let (first, longest) = (worker.join.retry_delay_ms, worker.join.max_retry_delay_ms);
    let failures = u32::try_from(attempt - 1).unwrap_or(u32::MAX);
    let least = if code == Code::JoinNameTaken { NAME_TAKEN } else { 0 };
    doubled(first, longest.max(first), failures).max(least).min(longest.max(first))
}

fn error_of(failure: &JoinFailure, worker: &Worker) -> Error {
    let endpoint = Record::of(worker, String::new()).endpoint;
    let error =
        Error::new(failure.code, "join", endpoint.unwrap_or_else(|| "cluster".into())).with_detail(&failure.detail);
    let is_token = matches!(worker.discovery, Discovery::Token { .. });
    match failure.code {
        Code::JoinUnreachable | Code::JoinEndpointWrong if is_token => {
            error.with_pointer("/kubernetes/discovery/endpoint")
        }
        Code::JoinTokenUnknown | Code::JoinTokenWrong if is_token => error.with_pointer("/kubernetes/discovery/token"),
        Code::JoinTokenUnknown => error.with_pointer("/kubernetes/discovery"),
        Code::JoinCaMismatch if is_token => error.with_pointer("/kubernetes/discovery/caCertHashes"),
        Code::JoinCaMismatch => error.with_pointer("/kubernetes/discovery/kubeconfig"),
        Code::JoinNameTaken if worker.node_name.is_some() => error.with_pointer("/kubernetes/nodeName"),
        Code::JoinNameTaken => error.with_pointer("/hostname"),
        _ => error,
    }
}

fn tell_cluster_api() -> crate::core::error::Result<()> {
    let directory = Path::new(BOOTSTRAPPED).parent().map(|path| path.display().to_string()).unwrap_or_default();
    Kernel.mkdir(&directory, 0o755).and_then(|()| Kernel.write(BOOTSTRAPPED, 0o644, b"success")).step(
        Code::PathUnwritable,
        "write",
        BOOTSTRAPPED,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn worker() -> Worker {
        let token = "abcdef.0123456789abcdef";
        join::example(json!({ "type": "token", "endpoint": "cp:6443", "token": token, "caCertHashes": ["sha256:00"] }))
    }

    #[test]
    fn the_delay_doubles_up_to_its_bound() {
        let delays: Vec<u64> =
            [1, 2, 3, 7, 200].into_iter().map(|n| delay_after(n, Code::JoinUnreachable, &worker())).collect();
        assert_eq!(delays, [5_000, 10_000, 20_000, 300_000, 300_000]);
    }

    #[test]
    fn a_taken_name_is_tried_again_after_the_cluster_has_missed_the_old_node() {
        assert_eq!(delay_after(1, Code::JoinNameTaken, &worker()), 55_000);
        let mut hurried = worker();
        hurried.join.max_retry_delay_ms = 6_000;
        assert_eq!(delay_after(1, Code::JoinNameTaken, &hurried), 6_000);
    }

    #[test]
    fn a_failure_points_at_the_part_of_the_config_that_is_wrong_and_shows_no_token() {
        let failure = JoinFailure { code: Code::JoinTokenWrong, detail: "can't trust this API Server".into() };
        let error = error_of(&failure, &worker());
        assert_eq!((error.object.as_str(), error.pointer.as_deref()), ("cp:6443", Some("/kubernetes/discovery/token")));
        assert!(!serde_json::to_string(&error).unwrap().contains("0123456789abcdef"));
    }

    #[test]
    fn a_join_that_ran_out_of_time_is_said_to_have() {
        let failure = failure_of(KubeadmExit { code: None, too_late: true, lines: Vec::new() }, 60_000).unwrap();
        assert_eq!(
            (failure.code, failure.detail.as_str()),
            (Code::JoinFailed, "kubeadm did not finish in 60 s and was killed")
        );
        assert!(failure_of(KubeadmExit { code: Some(0), too_late: false, lines: Vec::new() }, 60_000).is_none());
    }
}
