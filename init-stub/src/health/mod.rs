//! When the node is good. Without the section `health` that is as soon as it is steady; with it, workers ask every few seconds until all
//! of it has held for long enough. After that nothing is asked any more.

mod progress;
pub mod worker;

use crate::cluster::join;
use crate::core::config::{Health, HealthProbe};
use crate::core::event::{Body, FailingProbe};
use crate::pid1::node::Node;
use crate::pid1::task::{self, Command, End, Next, Task};
use crate::slots;
use crate::sys::clock::mono_ms;
use progress::{Outcome, Progress, Verdict};
use serde::{Deserialize, Serialize};

/// Asks everything once. It does not outlive the shutdown of the node, which ends every task.
static PROBES: Task =
    Task { name: "health", stage: "steady", command, deadline_ms: Some(60_000), lines, ended, ..Task::DEFAULT };

/// Between two questions, in milliseconds: before the timeout, and after it.
const AGAIN: (u64, u64) = (2_000, 10_000);
/// How the events call the question for the Node.
const NODE_READY: &str = "node-ready";

/// What is to be asked.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct HealthJob {
    /// Name of the Node that must be Ready.
    pub node: Option<String>,
    /// What must answer besides.
    pub probes: Vec<HealthProbe>,
}

/// The questions as far as they are.
#[derive(Default)]
struct Asking {
    progress: Progress,
    /// What the question that runs has brought.
    answer: Option<Vec<FailingProbe>>,
}

/// The node is steady: it is good, or whether it is will be asked from now on.
pub fn begin(node: &mut Node) {
    if health(node).is_none() {
        return on_healthy(node);
    }
    *node.state() = Asking { progress: Progress::since(mono_ms()), answer: None };
    task::start(node, &PROBES);
}

/// The node is good.
fn on_healthy(node: &mut Node) {
    slots::proven(node);
}

/// The node is not good in time. An image on trial gives way; any other goes on as it is, and may become good later: there is nothing to
/// go back to.
fn on_unhealthy(node: &mut Node, failing: Vec<FailingProbe>, duration_ms: u64) {
    node.emit(Body::NodeUnhealthy { failing, duration_ms });
    slots::give_way(node, "steady");
}

fn health(node: &Node) -> Option<Health> {
    node.config.as_ref()?.health.clone()
}

fn command(node: &mut Node) -> Option<Command> {
    let config = node.config.clone()?;
    let health = config.health.as_ref()?;
    node.state::<Asking>().answer = None;
    let worker = join::worker(&config).filter(|_| health.node_ready);
    let job = HealthJob { node: worker.map(join::node_name), probes: health.probes.clone() };
    Some(Command::worker("health", &job))
}

fn lines(node: &mut Node, lines: &[String]) {
    let answer = lines.iter().find_map(|line| serde_json::from_slice(line.as_bytes()).ok());
    let asking = node.state::<Asking>();
    asking.answer = asking.answer.take().or(answer);
}

fn ended(node: &mut Node, end: End) -> Next {
    let Some(health) = health(node) else { return Next::Done };
    let (asking, now) = (node.state::<Asking>(), mono_ms());
    let failing = asking.answer.take().unwrap_or_else(|| vec![unasked(end)]);
    let Verdict { is_change, end } = asking.progress.take(&failing, &health, now);
    let (left, is_late) = (asking.progress.left(&health, now), asking.progress.is_late);
    let duration_ms = now.saturating_sub(asking.progress.since);
    if is_change {
        node.emit(Body::HealthChanged { healthy: failing.is_empty(), failing: failing.clone() });
    }
    match end {
        Some(Outcome::Healthy) => {
            node.emit(Body::NodeHealthy { duration_ms });
            on_healthy(node);
            return Next::Done;
        }
        Some(Outcome::Unhealthy) => on_unhealthy(node, failing, duration_ms),
        None => {}
    }
    let again = if is_late { AGAIN.1 } else { AGAIN.0 };
    Next::Again(left.map_or(again, |left| left.min(AGAIN.0)))
}

/// The child that asks gave no answer.
fn unasked(end: End) -> FailingProbe {
    let detail = match end {
        End::NotStarted(error) => error.detail.unwrap_or_else(|| "the child that asks could not be started".into()),
        End::Ended { .. } => "the child that asks gave no answer".into(),
    };
    FailingProbe { probe: "health".into(), detail }
}
