//! When a stage fails: the event, the block on every console, then what the config's `onFailure` says. Before the
//! config is known the machine halts, because nobody has said that it may reboot.

use super::event_loop::Wakeup;
use super::node::Node;
use super::wait::dispatch;
use super::{service, task};
use crate::core::backoff::doubled;
use crate::core::config::OnFailure;
use crate::core::error::Error;
use crate::core::event::{Body, Reason, Then};
use crate::pid1::console::shout;
use crate::pid1::remedy::block;
use std::path::Path;

/// How many boots in a row have failed. On the state partition, so that it survives; without one the delay stays short.
const COUNTER: &str = "/keel/state/failed-boots";
/// The last failure, kept until the next one: a machine that reboots by itself has no console block left to read.
const LAST: &str = "/keel/state/last-failure.json";

/// Ends the boot, and waits until the machine is to stop: why, and what follows. `reboot_after` milliseconds, where it is there, decides
/// whatever the config says.
pub fn run(node: &mut Node, error: &Error, reboot_after: Option<u64>) -> (Reason, Then) {
    let delay = reboot_after.or_else(|| match node.config.as_deref().map(|config| &config.on_failure) {
        Some(OnFailure::Reboot { delay_ms, max_delay_ms }) => Some(delay_after(count(), *delay_ms, *max_delay_ms)),
        _ => None,
    });
    service::stop_held(node);
    task::stop_held(node);
    node.emit(Body::Failed { fatal: true, error: error.clone(), retry_in_ms: delay });
    let then = delay.map_or("the machine stays as it is; the power button turns it off".into(), |ms| {
        format!("the machine reboots in {} s", ms / 1000)
    });
    shout(&block(error, &then));
    keep(error);
    rustix::fs::sync();
    let reboot = node.events.token();
    if let Some(delay) = delay {
        node.events.set_timer(reboot, delay);
    }
    loop {
        // A failure before the stage `modules` of the root image has no power keys yet, and does without.
        match node.events.next_wakeup() {
            Wakeup::Stop(reason, then) => return (reason, then),
            Wakeup::Due(token) if token == reboot => return (Reason::Failure, Then::Reboot),
            // Nothing new begins, but what runs goes on: addresses are kept, and output is read, because a full pipe
            // would never stop waking PID 1.
            wakeup => dispatch(node, wakeup),
        }
    }
}

/// The boot succeeded: the next failure is the first one again.
pub fn forget() {
    // Mostly there is no such file.
    let _ = std::fs::remove_file(COUNTER);
}

/// Counts this failure and says how many there were before it.
fn count() -> u32 {
    let before = std::fs::read_to_string(COUNTER).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0u32);
    if has_state() {
        // A counter that cannot be kept only keeps the delay short.
        let _ = std::fs::write(COUNTER, format!("{}\n", before.saturating_add(1)));
    }
    before
}

/// A copy for later. The console and the event have reported it already, so one that cannot be kept is not a new failure.
fn keep(error: &Error) {
    let temporary = format!("{LAST}~new");
    let Some(text) = has_state().then(|| serde_json::to_vec(error).ok()).flatten() else { return };
    let _ = std::fs::write(&temporary, text).and_then(|()| std::fs::rename(&temporary, LAST));
}

/// Whether the state partition is mounted: an empty ext4 has this folder, the root image's mount point does not.
pub fn has_state() -> bool {
    Path::new("/keel/state/lost+found").exists()
}

fn delay_after(failures: u32, first: u64, longest: u64) -> u64 {
    doubled(first, longest.max(first), failures)
}

#[cfg(test)]
mod tests {
    use super::delay_after;

    #[test]
    fn the_delay_doubles_up_to_its_bound() {
        let delays: Vec<u64> =
            [0, 1, 2, 3, 70].into_iter().map(|failures| delay_after(failures, 10_000, 60_000)).collect();
        assert_eq!(delays, [10_000, 20_000, 40_000, 60_000, 60_000]);
    }
}
