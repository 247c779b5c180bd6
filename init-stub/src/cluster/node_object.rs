//! The Node object of this machine: its labels and taints are to be those of the machine config. The kubelet gives them to a
//! new Node only. A task asks for the Node by the kubelet's certificate and changes its labels; what a kubelet may not change
//! itself is reported with the command for somebody who may.

pub mod worker;

use super::join::{self, CERTIFICATE, KUBELET_PKI, Record, expiry};
use crate::core::backoff::doubled;
use crate::core::config::{Taint, Worker};
use crate::core::error::{Code, Error};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::Call;
use crate::pid1::node::Node;
use crate::pid1::task::{self, Command, End, Next, Task};
use crate::pid1::wait;
use crate::pid1::worker::first_line;
use crate::sys::timex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// Asked until the API server answers.
static NODE: Task =
    Task { name: "node", stage: "join", command, deadline_ms: Some(30_000), lines, ended, ..Task::DEFAULT };

/// Waits until the API server knows how the pods have ended.
static ENDS: Task =
    Task { name: "ends", stage: "runtime", command: to_wait, deadline_ms: Some(ENDS_MS), ..Task::DEFAULT };

/// The longest that a shutdown waits for that, in milliseconds.
pub const ENDS_MS: u64 = 2_000;
/// The first wait before the Node is asked for again, and the longest, in milliseconds.
const AGAIN: (u64, u64) = (5_000, 300_000);
const REPORT: usize = 64 << 10;
const SECOND: i64 = 1_000_000_000;

/// What the Node is to be.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NodeJob {
    /// Its name.
    pub name: String,
    /// Labels that it is to have.
    pub labels: Vec<(String, String)>,
    /// Names of labels that it is not to have any more.
    pub old_labels: Vec<String>,
    /// Taints that it is to have: key, value, effect.
    pub taints: Vec<(String, String, String)>,
    /// Taints that it is not to have any more, as `KEY:EFFECT`.
    pub old_taints: Vec<String>,
    /// Only wait until none of its pods is Running any more: the machine is stopping.
    pub waits: bool,
}

/// What became of it.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeReport {
    /// Why the API server gave no Node; None: it gave one.
    pub failure: Option<Error>,
    /// Labels that the API server did not let it change, in the words of `kubectl label`.
    pub labels: Vec<String>,
    /// Taints that differ, in the words of `kubectl taint`.
    pub taints: Vec<String>,
}

/// The question as far as it is.
#[derive(Default)]
struct Asking {
    job: NodeJob,
    report: Option<NodeReport>,
    attempts: u32,
    reported: Option<Code>,
}

/// Makes the Node what the machine config says, in the background. `earlier` is the record of the boot before: a taint that it
/// has was on the Node, and who took it away since then may have meant to, as an agent does with the taint that waits for it.
pub fn follow(node: &mut Node, worker: &Worker, name: &str, earlier: Option<&Record>) {
    let record = Record::read();
    let old = |all: Option<&BTreeSet<String>>, now: &dyn Fn(&str) -> bool| {
        all.into_iter().flatten().filter(|one| !now(one)).cloned().collect::<Vec<_>>()
    };
    let job = NodeJob {
        name: name.to_owned(),
        labels: worker.labels.iter().map(|label| (label.name.clone(), label.value.clone())).collect(),
        old_labels: old(record.as_ref().and_then(|record| record.labels.as_ref()), &|name| {
            worker.labels.iter().any(|label| label.name == name)
        }),
        waits: false,
        taints: new_taints(&worker.taints, earlier)
            .map(|t| (t.key.clone(), t.value.clone(), t.effect.clone()))
            .collect(),
        old_taints: old(record.as_ref().and_then(|record| record.taints.as_ref()), &|name| {
            worker.taints.iter().any(|Taint { key, effect, .. }| name == format!("{key}:{effect}"))
        }),
    };
    if job.labels.len() + job.old_labels.len() + job.taints.len() + job.old_taints.len() > 0 {
        *node.state() = Asking { job, ..Asking::default() };
        task::start(node, &NODE);
    }
}

/// Those that no earlier machine config of this node has named.
fn new_taints<'a>(taints: &'a [Taint], earlier: Option<&Record>) -> impl Iterator<Item = &'a Taint> {
    let known = earlier.and_then(|record| record.taints.clone()).unwrap_or_default();
    taints.iter().filter(move |Taint { key, effect, .. }| !known.contains(&format!("{key}:{effect}")))
}

/// Whether the API server refuses the kubelet's certificate because it has expired. Only its clock counts: that of this machine
/// may be wrong, and only makes it ask.
pub fn is_expired(node: &mut Node, name: &str) -> Result<bool, Interrupt> {
    let pem = std::fs::read_to_string(Path::new(KUBELET_PKI).join(CERTIFICATE)).unwrap_or_default();
    if expiry(&pem).is_none_or(|end| end > timex::now() / SECOND) {
        return Ok(false);
    }
    let job = NodeJob { name: name.to_owned(), ..NodeJob::default() };
    let call = Call { deadline: Duration::from_secs(30), ..Call::new("node", &job, REPORT, name) };
    let report = match wait::worker(node, &call) {
        Ok(output) => first_line::<NodeReport>(&output.stdout).map(|(report, _)| report).unwrap_or_default(),
        Err(interrupt) => {
            interrupt.failure()?;
            NodeReport::default()
        }
    };
    let refused = report.failure.filter(|error| error.code == Code::NodeCertificateExpired);
    let is_refused = refused.is_some();
    if let Some(error) = refused {
        node.warn(error, None);
    }
    Ok(is_refused)
}

/// The kubelet has stopped every pod. It gives its lock back before it has told the API server, and a kubelet that is ended
/// tells nothing: so it gets a moment, on a node that has joined.
pub fn wait_for_ends(node: &mut Node) {
    task::start(node, &ENDS);
    wait::until_while_stopping(node, ENDS_MS, |node| task::is_idle(node, &ENDS));
}

/// A node without KEEL-STATE has no record. A worker that has not joined has no kubeconfig either, and its child ends at once.
fn to_wait(node: &mut Node) -> Option<Command> {
    let config = node.config.clone()?;
    let name = join::node_name(join::worker(&config)?);
    Some(Command::worker("node", &NodeJob { name, waits: true, ..NodeJob::default() }))
}

fn command(node: &mut Node) -> Option<Command> {
    let asking = node.state::<Asking>();
    (asking.attempts, asking.report) = (asking.attempts.saturating_add(1), None);
    Some(Command::worker("node", &asking.job))
}

fn lines(node: &mut Node, lines: &[String]) {
    let asking = node.state::<Asking>();
    asking.report = lines.iter().find_map(|line| serde_json::from_slice(line.as_bytes()).ok()).or(asking.report.take());
}

fn ended(node: &mut Node, end: End) -> Next {
    let asking = node.state::<Asking>();
    let (name, attempts) = (asking.job.name.clone(), asking.attempts);
    let failed = |error: Error| NodeReport { failure: Some(error), ..NodeReport::default() };
    let report = match (end, asking.report.take()) {
        (End::NotStarted(error), _) => failed(error),
        (_, Some(report)) => report,
        _ => failed(
            Error::new(Code::ApiServerUnreachable, "ask for", &name).with_detail("the child that asked gave no answer"),
        ),
    };
    if let Some(error) = report.failure {
        let delay = doubled(AGAIN.0, AGAIN.1, attempts.saturating_sub(1));
        if asking.reported.replace(error.code) != Some(error.code) {
            node.warn(error, Some(delay));
        }
        return Next::Again(delay);
    }
    let is_settled = report.labels.is_empty() && report.taints.is_empty();
    for (verb, what, words) in [("label", "labels", report.labels), ("taint", "taints", report.taints)] {
        if !words.is_empty() {
            let error = Error::new(Code::JoinOutdated, "change", what).with_detail(format!(
                "the cluster does not let a node change them itself; run: kubectl {verb} node {name} --overwrite {}",
                words.join(" ")
            ));
            node.warn(error.with_pointer(format!("/kubernetes/{what}")), None);
        }
    }
    if is_settled {
        forget_old(node);
    }
    Next::Done
}

/// The Node does not have any label or taint of earlier machine configs any more.
fn forget_old(node: &mut Node) {
    let Some(config) = node.config.clone() else { return };
    let (Some(worker), Some(earlier)) = (join::worker(&config), Record::read()) else { return };
    let now = Record::of(worker, earlier.node_name.clone());
    let record = Record { labels: now.labels, taints: now.taints, ..earlier.clone() };
    if record != earlier
        && let Err(error) = record.write()
    {
        node.warn(error, None);
    }
}

#[cfg(test)]
mod tests {
    use super::new_taints;
    use crate::cluster::join::{Record, example};
    use serde_json::json;

    #[test]
    fn a_taint_that_the_node_had_once_is_not_asked_for_again() {
        let worker = example(json!({ "type": "joined" }));
        let earlier = Record::of(&worker, "w1".to_owned());
        let new = |earlier: Option<&Record>| new_taints(&worker.taints, earlier).count();
        assert_eq!((new(None), new(Some(&earlier))), (1, 0));
        let other = Record { taints: Some(["gpu:NoExecute".to_owned()].into()), ..earlier };
        assert_eq!(new(Some(&other)), 1);
    }
}
