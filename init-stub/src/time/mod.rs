//! The clock of the node: at least the image's build date, or what a node with tunnels has noted before; then the time of an NTP server, asked
//! for by a child, then asked for again about every hour for as long as the node lives.

pub mod build_date;
mod noted;
mod question;
pub mod worker;

use crate::core::backoff::doubled;
use crate::core::config::MachineConfig;
use crate::core::error::{Code, Error, Step};
use crate::core::event::{Body, ClockOrigin};
use crate::pid1::event_loop::Wakeup;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::{Node, Subject};
use crate::pid1::task::{self, Command, End, Next, Task};
use crate::pid1::wait::until;
use crate::sys::timex;
pub use question::ServerReply;

/// As the event loop knows it.
pub const SUBJECT: Subject = Subject { stage: "time", handle, stop: note };

/// Asks the servers; they look up names, too. Its end is followed by the next question.
static SNTP: Task =
    Task { name: "sntp", stage: SUBJECT.stage, command, deadline_ms: Some(30_000), lines, ended, ..Task::DEFAULT };

/// It says one line of each server.
const MOST_REPLIES: usize = 64;
/// How long a source that speaks TLS waits for the time, when the clock is known to be wrong.
const FOR_A_SOURCE: u64 = 5_000;
/// A first offset below it is corrected without a jump, in milliseconds.
const JUMP_FIRST: i64 = 500;
/// Once the node works with the clock, only an offset that slewing would take hours for is corrected by a jump.
const JUMP_LATER: i64 = 10_000;
const HOUR: u64 = 3_600_000;
/// Waits after a question without an answer: from one second, doubled up to about a quarter of an hour.
const FIRST_WAIT: u64 = 1_000;
const LONGEST_WAIT: u64 = 1_024_000;

/// How the clock is kept right.
#[derive(Default)]
struct Clock {
    /// Whether the clock was before the build date and has not been set by a server since.
    implausible: bool,
    /// Whether a server's time has ever been taken over.
    synced: bool,
    /// Whether the clock is kept right from now on, by whatever server comes.
    keeping: bool,
    /// What the servers have said to the question that runs.
    replies: Vec<ServerReply>,
    /// How many leases had come when the servers were collected last.
    seen_changes: u64,
    /// Whether a source has waited for the time: a second attempt does not wait again.
    has_waited: bool,
    /// Servers that sent us away; they are not asked again in this boot.
    denied: Vec<String>,
    failures: u32,
    /// Why the last question had no answer.
    failure: Option<String>,
}

/// For sources that speak TLS: a clock before the image's build date is set to it, and then to the time of the lease's
/// NTP servers, if there are any and they answer within five seconds. Returns at once when the clock is plausible.
pub fn ensure_plausible(node: &mut Node) -> Result<(), Interrupt> {
    node.in_stage(SUBJECT.stage, not_before_build_date);
    let has_waited = std::mem::replace(&mut node.state::<Clock>().has_waited, true);
    if node.state::<Clock>().implausible && !has_waited && !servers(node).is_empty() {
        wait(node, FOR_A_SOURCE)?;
    }
    Ok(())
}

/// Sets a clock that is before the image's build date to that date: no time since then can be wrong by more.
pub fn not_before_build_date(node: &mut Node) {
    let Some(date) = build_date::of_kernel().filter(|date| timex::now() < *date) else { return };
    node.state::<Clock>().implausible = true;
    set_forward(node, date, ClockOrigin::BuildDate);
}

/// Sets a clock that was before the image's build date to the time that an earlier boot has noted, if that is later. Any other clock
/// stays as it is: what was noted may have come from a clock that was wrong then.
pub fn not_before_noted(node: &mut Node) {
    let is_wrong = node.state::<Clock>().implausible || build_date::of_kernel().is_some_and(|date| timex::now() < date);
    if let Some(time) = noted::last().filter(|time| is_wrong && timex::now() < *time) {
        node.state::<Clock>().implausible = true;
        set_forward(node, time, ClockOrigin::State);
    }
}

/// Notes the time where a peer takes a handshake only if it is later than all before.
fn note(node: &mut Node) {
    let has_tunnel = |config: &MachineConfig| config.network.links().iter().any(|link| link.kind.wireguard().is_some());
    if node.config.as_deref().is_some_and(has_tunnel) {
        noted::note();
    }
}

fn set_forward(node: &mut Node, time: i64, by: ClockOrigin) {
    let offset_ms = time.saturating_sub(timex::now()) / 1_000_000;
    match timex::set(time).step(Code::KernelRefused, "set", "the clock") {
        Ok(()) => node.emit(Body::ClockSet { by, server: None, offset_ms }),
        Err(error) => node.warn(error, None),
    }
}

/// From now on every server that a lease brings is asked as soon as it is known.
pub fn keep(node: &mut Node) {
    node.state::<Clock>().keeping = true;
}

/// Asks the servers, and waits for their time at most `limit` milliseconds; true when the clock is right.
pub fn wait(node: &mut Node, limit: u64) -> Result<bool, Interrupt> {
    if !node.state::<Clock>().synced {
        task::start(node, &SNTP);
    }
    until(node, limit, |node| node.state::<Clock>().synced)
}

/// Whether the clock is known to be wrong.
pub fn is_implausible(node: &mut Node) -> bool {
    node.state::<Clock>().implausible
}

/// The config's servers, else those of the leases, without those that sent us away.
pub fn servers(node: &mut Node) -> Vec<String> {
    let of_config = node.config.as_ref().map(|config| config.time.servers.clone()).unwrap_or_default();
    let all = if of_config.is_empty() {
        node.network.ntp_servers.iter().map(ToString::to_string).collect()
    } else {
        of_config
    };
    let denied = &node.state::<Clock>().denied;
    all.into_iter().filter(|server| !denied.contains(server)).collect()
}

/// A lease that has changed may have brought the first server.
fn handle(node: &mut Node, _: Wakeup) {
    let changes = node.network.changes;
    let clock = node.state::<Clock>();
    let is_new = std::mem::replace(&mut clock.seen_changes, changes) != changes;
    if is_new && clock.keeping && !clock.synced && !task::runs(node, &SNTP) {
        node.state::<Clock>().failures = 0;
        task::start(node, &SNTP);
    }
}

/// Without servers there is nothing to ask until a lease brings some.
fn command(node: &mut Node) -> Option<Command> {
    node.state::<Clock>().replies.clear();
    let servers = servers(node);
    (!servers.is_empty()).then(|| Command::worker("sntp", &servers))
}

fn lines(node: &mut Node, lines: &[String]) {
    let replies = &mut node.state::<Clock>().replies;
    let room = MOST_REPLIES.saturating_sub(replies.len());
    replies.extend(lines.iter().filter_map(|line| serde_json::from_slice(line.as_bytes()).ok()).take(room));
}

fn ended(node: &mut Node, end: End) -> Next {
    if let End::NotStarted(error) = end {
        let cause = error.errno.map(|errno| std::io::Error::from_raw_os_error(errno).to_string());
        return again(node, cause.unwrap_or_else(|| "cannot be asked".into()));
    }
    let replies = std::mem::take(&mut node.state::<Clock>().replies);
    for reply in &replies {
        if let ServerReply::Denied { server } = reply {
            node.state::<Clock>().denied.push(server.clone());
        }
    }
    let time = replies.iter().find_map(|reply| match reply {
        ServerReply::Time { server, offset_ns } => Some((server.clone(), *offset_ns)),
        _ => None,
    });
    match time {
        Some((server, offset)) if is_past(timex::now().saturating_add(offset), build_date::of_kernel()) => {
            again(node, format!("{server}: its time is before the image was made"))
        }
        Some((server, offset)) => take_over(node, server, offset),
        None => again(node, question::failures(&replies)),
    }
}

/// Whether a time cannot be the present one. Answers of NTP are not signed: an attacker who can forge one could otherwise make
/// certificates valid again that have expired long ago.
fn is_past(time: i64, build_date: Option<i64>) -> bool {
    build_date.is_some_and(|date| time < date)
}

fn again(node: &mut Node, failure: String) -> Next {
    let clock = node.state::<Clock>();
    let delay = doubled(FIRST_WAIT, LONGEST_WAIT, clock.failures);
    clock.failures = clock.failures.saturating_add(1);
    clock.failure = Some(failure);
    Next::Again(delay)
}

/// Corrects the clock by a server's time.
fn take_over(node: &mut Node, server: String, offset: i64) -> Next {
    let first = !node.state::<Clock>().synced;
    let offset_ms = offset / 1_000_000;
    let jumps = offset_ms.abs() > if first { JUMP_FIRST } else { JUMP_LATER };
    let corrected = if jumps { timex::step(offset).and_then(|()| timex::slew(0)) } else { timex::slew(offset) };
    if let Err(error) = corrected.step(Code::KernelRefused, "correct", "the clock") {
        node.warn(error, Some(HOUR));
    } else if first || jumps {
        node.emit(Body::ClockSet { by: ClockOrigin::Ntp, server: Some(server), offset_ms });
    }
    note(node);
    let clock = node.state::<Clock>();
    (clock.synced, clock.implausible, clock.failures) = (true, false, 0);
    // Not on the hour: a thousand nodes that started together must not ask together forever.
    let spread =
        u64::from(std::process::id()).wrapping_mul(7919).wrapping_add(timex::now().unsigned_abs()) % (HOUR / 10);
    Next::Again(HOUR + spread)
}

/// The failure that says why the clock has no server's time.
pub fn unset(node: &mut Node) -> Error {
    let asked = servers(node).join(", ");
    let (asked, otherwise) = if asked.is_empty() {
        ("an NTP server".into(), "neither the config nor a lease names one")
    } else {
        (asked, "no answer yet")
    };
    let detail = node.state::<Clock>().failure.clone().unwrap_or_else(|| otherwise.into());
    Error::new(Code::ClockUnset, "ask the time of", asked).with_detail(detail)
}

#[cfg(test)]
mod tests {
    use super::is_past;

    #[test]
    fn a_time_before_the_image_was_made_is_not_taken_over() {
        assert!(is_past(99, Some(100)));
        assert!(!is_past(100, Some(100)));
        assert!(!is_past(99, None));
    }
}
