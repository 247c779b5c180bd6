//! Reporting to the platform that the machine is up, in the background. Azure considers a machine failed that does not
//! say so within some twenty minutes.

use crate::core::error::{Code, Error};
use crate::core::event::Body;
use crate::pid1::delays::Delays;
use crate::pid1::node::Node;
use crate::pid1::task::{self, Command, End, Next, Task};
use crate::sources::platform;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One attempt; the platform is its job. It is tried again without an end: the platform may take the machine for failed meanwhile, but the machine is
/// none the worse for it.
static READY: Task =
    Task { name: "ready", stage: "network", command, deadline_ms: Some(20_000), lines, ended, ..Task::DEFAULT };

/// How long one attempt may take, from the question to the last byte.
pub const ATTEMPT: Duration = Duration::from_secs(15);

/// What came of an attempt.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadyReport {
    /// Why the platform was not told; None: it was.
    pub failure: Option<String>,
    /// When to try again, if its server says so.
    pub after_ms: Option<u64>,
}

/// The report, as far as it is.
#[derive(Default)]
struct Ready {
    platform: Option<&'static str>,
    report: Option<ReadyReport>,
    delays: Delays,
    attempts: u64,
}

/// Starts the report to this machine's platform, if the platform expects one. The config is read and kept by now: Azure takes the
/// medium away that it may have come from.
pub fn tell(node: &mut Node) {
    let Ok(Some((name, _))) = platform::detect() else { return };
    if platform::row(name).is_some_and(|row| row.report_ready_to.is_some()) {
        node.state::<Ready>().platform = Some(name);
        task::start(node, &READY);
    }
}

fn command(node: &mut Node) -> Option<Command> {
    let ready = node.state::<Ready>();
    let platform = ready.platform?;
    (ready.attempts, ready.report) = (ready.attempts.saturating_add(1), None);
    Some(Command::worker("ready", &platform))
}

fn lines(node: &mut Node, lines: &[String]) {
    let report = lines.iter().find_map(|line| serde_json::from_slice(line.as_bytes()).ok());
    let ready = node.state::<Ready>();
    ready.report = ready.report.take().or(report);
}

fn ended(node: &mut Node, end: End) -> Next {
    let ready = node.state::<Ready>();
    let Some(platform) = ready.platform else { return Next::Done };
    let attempts = ready.attempts;
    let report = match (end, ready.report.take()) {
        (End::NotStarted(error), _) => {
            let cause = error.errno.map(|errno| std::io::Error::from_raw_os_error(errno).to_string());
            ReadyReport { failure: cause.or(error.detail), after_ms: None }
        }
        (End::Ended { .. }, Some(report)) => report,
        (End::Ended { .. }, None) => ReadyReport { failure: Some("timeout".into()), after_ms: None },
    };
    let Some(failure) = report.failure else {
        node.emit(Body::ReadyReported { platform, attempts });
        return Next::Done;
    };
    let ready = node.state::<Ready>();
    let delay = ready.delays.next(report.after_ms);
    if ready.delays.worth_telling() {
        node.warn(Error::new(Code::PlatformReportFailed, "report to", platform).with_detail(failure), Some(delay));
    }
    Next::Again(delay)
}
