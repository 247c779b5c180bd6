//! The clock of the node: at least the image's build date, then the time of an NTP server, asked for by a child, then
//! asked for again about every hour for as long as the node lives.

pub mod build_date;
pub mod calendar;
mod question;
pub mod sntp;

use crate::backoff::doubled;
use crate::beside;
use crate::error::{Code, Error, Step};
use crate::event::{Body, ClockOrigin};
use crate::node::Node;
use crate::sys::timex;
use crate::wakes::{Source, Timer, Wake};
pub use question::Said;
use question::{Outcome, Question};

const STAGE: &str = "time";
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
pub struct Clock {
    /// Whether the clock was before the build date and has not been set by a server since.
    implausible: bool,
    /// Whether a server's time has ever been taken over.
    synced: bool,
    /// Whether the clock is kept right from now on, by whatever server comes.
    keeping: bool,
    question: Option<Question>,
    /// Whether a source has waited for the time: a second attempt does not wait again.
    has_waited: bool,
    /// Servers that sent us away; they are not asked again in this boot.
    denied: Vec<String>,
    failures: u32,
    /// Why the last question had no answer.
    pub trouble: Option<String>,
}

/// For sources that speak TLS: a clock before the image's build date is set to it, and then to the time of the lease's
/// NTP servers, if there are any and they answer within five seconds. Returns at once when the clock is plausible.
pub fn ensure_plausible(node: &mut Node) {
    not_before_build_date(node);
    let has_waited = std::mem::replace(&mut node.clock.has_waited, true);
    if node.clock.implausible && !has_waited && !servers(node).is_empty() {
        wait(node, FOR_A_SOURCE);
    }
}

/// Sets a clock that is before the image's build date to that date: no time since then can be wrong by more.
pub fn not_before_build_date(node: &mut Node) {
    let Some(date) = build_date::of_kernel() else { return };
    let offset = date.saturating_sub(timex::now());
    if offset <= 0 {
        return;
    }
    node.clock.implausible = true;
    match timex::set(date).step(Code::KernelRefused, STAGE, "set", "the clock") {
        Ok(()) => {
            let offset_ms = offset / 1_000_000;
            node.emit(Body::ClockSet { by: ClockOrigin::BuildDate, server: None, offset_ms });
        }
        Err(error) => node.emit(Body::Failed { fatal: false, error, retry_in_ms: None }),
    }
}

/// From now on every server that a lease brings is asked as soon as it is known.
pub fn keep(node: &mut Node) {
    node.clock.keeping = true;
}

/// A lease has changed: it may have brought the first server.
pub fn servers_changed(node: &mut Node) {
    if node.clock.keeping && !node.clock.synced && node.clock.question.is_none() {
        node.clock.failures = 0;
        ask(node);
    }
}

/// Asks the servers, and waits for their time at most `limit` milliseconds; true when the clock is right.
pub fn wait(node: &mut Node, limit: u64) -> bool {
    if !node.clock.synced && node.clock.question.is_none() {
        ask(node);
    }
    beside::until(node, limit, |node| node.clock.synced)
}

/// Whether the clock is known to be wrong.
pub fn is_implausible(node: &Node) -> bool {
    node.clock.implausible
}

/// The config's servers, else those of the leases, without those that sent us away.
pub fn servers(node: &Node) -> Vec<String> {
    let of_config = node.config.as_ref().map(|config| config.time.servers.clone()).unwrap_or_default();
    let all = if of_config.is_empty() {
        node.network.ntp_servers.iter().map(ToString::to_string).collect()
    } else {
        of_config
    };
    all.into_iter().filter(|server| !node.clock.denied.contains(server)).collect()
}

/// Acts on a wake-up of the event loop, if it is about the clock.
pub fn handle(node: &mut Node, wake: Wake) {
    match wake {
        Wake::Readable(Source::Sntp) => {
            if let Some(question) = &mut node.clock.question {
                question.read();
            }
        }
        Wake::Exited(exit) => {
            if let Some(mut question) = node.clock.question.take_if(|question| question.is(exit.pid)) {
                answered(node, question.outcome());
            }
        }
        Wake::Due(Timer::Clock) => match &node.clock.question {
            Some(question) => question.kill(),
            None => ask(node),
        },
        _ => {}
    }
}

/// The machine is stopping.
pub fn stop(node: &mut Node) {
    node.wakes.clear(Timer::Clock);
    if let Some(question) = node.clock.question.take() {
        question.kill();
    }
}

/// Starts a question. Without servers there is nothing to ask until a lease brings some.
fn ask(node: &mut Node) {
    let servers = servers(node);
    if servers.is_empty() {
        return;
    }
    match Question::start(node, &servers) {
        Ok(question) => {
            node.clock.question = Some(question);
            node.wakes.set(Timer::Clock, question::LONGEST);
        }
        Err(e) => again(node, e.to_string()),
    }
}

fn answered(node: &mut Node, outcome: Outcome) {
    for said in &outcome.said {
        if let Said::Denied { server } = said {
            node.clock.denied.push(server.clone());
        }
    }
    let time = outcome.said.iter().find_map(|said| match said {
        Said::Time { server, offset_ns } => Some((server.clone(), *offset_ns)),
        _ => None,
    });
    match time {
        Some((server, offset)) if is_past(timex::now().saturating_add(offset), build_date::of_kernel()) => {
            again(node, format!("{server}: its time is before the image was made"));
        }
        Some((server, offset)) => take_over(node, server, offset),
        None => again(node, outcome.trouble()),
    }
}

/// Whether a time cannot be the present one. Answers of NTP are not signed: whoever can forge one could otherwise make
/// certificates valid again that have expired long ago.
fn is_past(time: i64, build_date: Option<i64>) -> bool {
    build_date.is_some_and(|date| time < date)
}

fn again(node: &mut Node, trouble: String) {
    let delay = doubled(FIRST_WAIT, LONGEST_WAIT, node.clock.failures);
    node.clock.failures = node.clock.failures.saturating_add(1);
    node.clock.trouble = Some(trouble);
    node.wakes.set(Timer::Clock, delay);
}

/// Corrects the clock by a server's time.
fn take_over(node: &mut Node, server: String, offset: i64) {
    let first = !node.clock.synced;
    let offset_ms = offset / 1_000_000;
    let jumps = offset_ms.abs() > if first { JUMP_FIRST } else { JUMP_LATER };
    let corrected = if jumps { timex::step(offset).and_then(|()| timex::slew(0)) } else { timex::slew(offset) };
    if let Err(error) = corrected.step(Code::KernelRefused, STAGE, "correct", "the clock") {
        node.emit(Body::Failed { fatal: false, error, retry_in_ms: Some(HOUR) });
    } else if first || jumps {
        node.emit(Body::ClockSet { by: ClockOrigin::Ntp, server: Some(server), offset_ms });
    }
    (node.clock.synced, node.clock.implausible, node.clock.failures) = (true, false, 0);
    // Not on the hour: a thousand nodes that started together must not ask together for ever.
    let spread =
        u64::from(std::process::id()).wrapping_mul(7919).wrapping_add(timex::now().unsigned_abs()) % (HOUR / 10);
    node.wakes.set(Timer::Clock, HOUR + spread);
}

/// The failure that says why the clock has no server's time.
pub fn unset(node: &Node) -> Error {
    let asked = servers(node).join(", ");
    let (asked, otherwise) = if asked.is_empty() {
        ("an NTP server".into(), "neither the config nor a lease names one")
    } else {
        (asked, "no answer yet")
    };
    let detail = node.clock.trouble.clone().unwrap_or_else(|| otherwise.into());
    Error::new(Code::ClockUnset, STAGE, "ask the time of", asked).with_detail(detail)
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
