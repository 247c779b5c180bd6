//! Telling the platform that the machine is up, beside everything else. Azure takes a machine for failed that does not
//! say so within some twenty minutes.

use crate::child::{SELF, first_line};
use crate::delays::Delays;
use crate::error::{Code, Error};
use crate::event::Body;
use crate::node::Node;
use crate::sources::platform;
use crate::sys::pipe::drain;
use crate::sys::spawn::{Start, signal};
use crate::wakes::{Timer, Wake};
use rustix::fd::OwnedFd;
use rustix::process::Signal;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long one attempt may take.
pub const ATTEMPT: Duration = Duration::from_secs(15);
/// The child is ended after this many milliseconds.
const LONGEST: u64 = 20_000;
/// It writes one line.
const MOST_BYTES: usize = 64 << 10;

/// What came of an attempt.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    /// Why the platform was not told; None: it was.
    pub trouble: Option<String>,
    /// When to try again, if its server says so.
    pub after_ms: Option<u64>,
}

/// The report, as far as it is.
#[derive(Default)]
pub struct Ready {
    platform: Option<&'static str>,
    running: Option<Running>,
    delays: Delays,
    attempts: u64,
}

/// A child that tells.
struct Running {
    pid: u32,
    output: Option<OwnedFd>,
}

/// Begins to tell this machine's platform, if it wants to be told. The config is read and kept by now: Azure takes the
/// medium away that it may have come from.
pub fn tell(node: &mut Node) {
    let Ok(Some((name, _))) = platform::detect() else { return };
    if platform::row(name).is_some_and(|row| row.told_at.is_some()) {
        node.ready.platform = Some(name);
        start(node);
    }
}

/// Acts on a wake-up of the event loop, if it is about the report.
pub fn handle(node: &mut Node, wake: Wake) {
    match wake {
        Wake::Exited(exit) => {
            if let Some(running) = node.ready.running.take_if(|running| running.pid == exit.pid) {
                ended(node, running);
            }
        }
        Wake::Due(Timer::Ready) => match &node.ready.running {
            Some(running) => signal(running.pid, Signal::KILL),
            None => start(node),
        },
        _ => {}
    }
}

/// The machine is stopping.
pub fn stop(node: &mut Node) {
    node.wakes.clear(Timer::Ready);
    if let Some(running) = node.ready.running.take() {
        signal(running.pid, Signal::KILL);
    }
}

fn start(node: &mut Node) {
    let Some(platform) = node.ready.platform else { return };
    let argv = [SELF, "child", "ready", platform].map(str::to_owned);
    node.ready.attempts += 1;
    match (Start { argv: &argv, ..Start::default() }).start() {
        // What it writes fits into the pipe, and is read when it has ended.
        Ok(started) => {
            node.ready.running = Some(Running { pid: started.pid, output: Some(started.output) });
            node.wakes.set(Timer::Ready, LONGEST);
        }
        Err(e) => again(node, platform, Said { trouble: Some(e.to_string()), after_ms: None }),
    }
}

fn ended(node: &mut Node, mut running: Running) {
    node.wakes.clear(Timer::Ready);
    let mut bytes = Vec::new();
    drain(&mut running.output, |some| {
        let room = MOST_BYTES.saturating_sub(bytes.len());
        bytes.extend(some.iter().take(room));
    });
    let Some(platform) = node.ready.platform else { return };
    match first_line::<Said>(&bytes) {
        Some((Said { trouble: None, .. }, _)) => {
            node.emit(Body::ReadyReported { platform, attempts: node.ready.attempts });
        }
        Some((said, _)) => again(node, platform, said),
        None => again(node, platform, Said { trouble: Some("no answer in time".into()), after_ms: None }),
    }
}

/// Without an end: the platform may take the machine for failed meanwhile, but the machine is none the worse for it.
fn again(node: &mut Node, platform: &str, said: Said) {
    let delay = node.ready.delays.next(said.after_ms);
    node.wakes.set(Timer::Ready, delay);
    if node.ready.delays.worth_telling() {
        let error = Error::new(Code::PlatformUntold, "network", "report to", platform)
            .with_detail(said.trouble.unwrap_or_default());
        node.emit(Body::Failed { fatal: false, error, retry_in_ms: Some(delay) });
    }
}
