//! The watchdog: it resets the machine when PID 1 does not feed it any more. The event loop feeds it, so a PID 1 that is stuck does
//! not. What runs is left running across the switch of the root, and through a shutdown until the kernel takes over.

mod found;

use crate::core::config::WatchdogDevice;
use crate::core::error::{Code, Error, Step};
use crate::core::event::{Body, Then};
use crate::modules;
use crate::pid1::event_loop::{Token, Wakeup};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::{Node, Subject};
use crate::sys::spawn::inherited_fd;
use crate::sys::watchdog::Watchdog;
use found::{CLASS, Found};
use std::path::Path;

/// As the event loop knows it.
pub const SUBJECT: Subject = Subject { stage: "verify", handle, stop };

/// How long PID 1 may be stuck in a trial boot whose config does not say, and in a shutdown, in milliseconds: there it waits for disks.
const LONG: u64 = 300_000;
/// It is fed so often within its time.
const MEALS: u64 = 3;
/// What a trial boot looks for before the drivers of devices are loaded, and what there is on every machine.
const EARLY: [&str; 2] = ["i6300esb", SOFTDOG];
/// Of devices that are on no bus where drivers are looked for: a chipset's, which other drivers find, and that of the firmware's table.
const OF_CHIPSETS: [&str; 2] = ["iTCO_wdt", "wdat_wdt"];
const SOFTDOG: &str = "softdog";

/// What runs.
#[derive(Default)]
struct State {
    running: Option<Running>,
    timer: Option<Token>,
    /// This boot tries an image out.
    is_trial: bool,
}

struct Running {
    watchdog: Watchdog,
    found: Found,
    /// What the driver took, in seconds.
    timeout: u32,
}

/// Starts one in a trial boot, as early as the image has the drivers: the first of the machine, else that of the kernel, with five
/// minutes until the config says something else. Without any it does nothing: [`apply`] then tries again, and reports it.
pub fn begin_trial(node: &mut Node) -> Result<(), Interrupt> {
    node.state::<State>().is_trial = true;
    modules::load_some(node, &EARLY)?;
    run_on(node, WatchdogDevice::Auto, LONG).map(drop)
}

/// The trial is over, and the image is good: what it has started is stopped, unless the config asks for one.
pub fn end_trial(node: &mut Node) {
    node.state::<State>().is_trial = false;
    if node.config.as_ref().is_none_or(|config| config.watchdog.is_none()) {
        halt(node);
    }
}

/// Does what the config says; a config that says nothing leaves the one of a trial boot running. Reports a reset by a watchdog in
/// any case: the config of the boot before may have asked for it.
pub fn apply(node: &mut Node) -> Result<(), Interrupt> {
    for found in found::all(Path::new(CLASS)).into_iter().filter(|found| found.has_reset) {
        node.emit(Body::WatchdogReset { device: found.device(), identity: found.identity });
    }
    let config = node.config()?;
    let (device, timeout_ms) = match &config.watchdog {
        Some(wanted) => (wanted.device, wanted.timeout_ms),
        // The drivers are loaded by now: one of the machine may be there in place of that of the kernel.
        None if node.state::<State>().is_trial => (WatchdogDevice::Auto, LONG),
        None => return Ok(()),
    };
    if device == WatchdogDevice::Off {
        halt(node);
    } else if !run_on(node, device, timeout_ms)? {
        let missing = Error::new(Code::WatchdogMissing, "start", "a watchdog");
        let missing = missing.with_detail("the machine has none, and that of the kernel is not there");
        node.warn(missing.with_pointer("/watchdog/device"), None);
    }
    Ok(())
}

/// Before the kernel restarts, powers off or halts. The drivers of the images have the kernel stop their watchdog then. Of one that has not, it
/// is stopped here where the machine is to stay off; before a restart it goes on, in case that hangs.
pub fn at_the_end(node: &mut Node, then: Then) {
    if then != Then::Reboot {
        halt(node);
    }
}

/// Leaves it open for the program image of the root; returns the descriptor that [`resume`] takes.
pub fn hand_over(node: &mut Node) -> Option<i32> {
    feed(node);
    node.state::<State>().running.as_ref()?.watchdog.keep_across_exec().ok()
}

/// Takes over what the program image of the initramfs left open, in a trial boot.
pub fn resume(node: &mut Node, descriptor: i32) {
    let device = std::fs::read_link(format!("/proc/self/fd/{descriptor}")).unwrap_or_default();
    let watchdog = Watchdog::inherited(inherited_fd(descriptor));
    let found = found::all(Path::new(CLASS)).into_iter().find(|found| Path::new(&found.device()) == device);
    let Some(found) = found else { return };
    let timeout = found.timeout;
    *node.state() = State { running: Some(Running { watchdog, found, timeout }), timer: None, is_trial: true };
    feed(node);
}

/// Has one of this kind run with this time, in place of another one that runs. False when there is none; one that cannot be opened is
/// reported.
fn run_on(node: &mut Node, device: WatchdogDevice, timeout_ms: u64) -> Result<bool, Interrupt> {
    let mut all = found::all(Path::new(CLASS));
    if device == WatchdogDevice::Auto && all.iter().all(Found::is_software) {
        modules::load_some(node, &OF_CHIPSETS)?;
        all = found::all(Path::new(CLASS));
    }
    if found::choose(&all, device).is_none() {
        modules::load_some(node, &[SOFTDOG])?;
        all = found::all(Path::new(CLASS));
    }
    let chosen = found::choose(&all, device);
    if let Some(chosen) = chosen {
        start(node, chosen, timeout_ms);
    }
    Ok(chosen.is_some())
}

fn start(node: &mut Node, chosen: &Found, timeout_ms: u64) {
    let (device, seconds) = (chosen.device(), chosen.seconds(timeout_ms));
    let before = node.state::<State>().running.take();
    let (watchdog, other, known) = match before {
        Some(Running { watchdog, found, timeout }) if found.number == chosen.number => (watchdog, None, Some(timeout)),
        other => match open(&device) {
            Ok(watchdog) => (watchdog, other, None),
            Err(error) => {
                node.state::<State>().running = other;
                return node.warn(error, None);
            }
        },
    };
    // A driver that refuses the time keeps its own.
    let timeout = watchdog.set_timeout(seconds).unwrap_or(chosen.timeout);
    node.state::<State>().running = Some(Running { watchdog, found: chosen.clone(), timeout });
    feed(node);
    if let Some(other) = other {
        // One that cannot be stopped is fed no longer, and its driver says so on the console.
        let _ = other.watchdog.stop();
    }
    if known != Some(timeout) {
        let identity = chosen.identity.clone();
        node.emit(Body::WatchdogStarted { device, identity, timeout_ms: u64::from(timeout).saturating_mul(1000) });
    }
}

fn open(device: &str) -> Result<Watchdog, Error> {
    let opened = Watchdog::open(device).step(Code::WatchdogMissing, "open", device);
    opened.map_err(|error| error.with_pointer("/watchdog/device"))
}

/// Feeds it now, and again in time.
fn feed(node: &mut Node) {
    let timer = node.state::<State>().timer;
    let timer = timer.unwrap_or_else(|| node.events.token());
    let (state, events) = node.state_and_events::<State>();
    state.timer = Some(timer);
    let Some(running) = &mut state.running else { return };
    // One that takes no food resets the machine, which is what it is for.
    let _ = running.watchdog.feed();
    events.set_timer(timer, u64::from(running.timeout).saturating_mul(1000) / MEALS);
}

/// Stops it.
fn halt(node: &mut Node) {
    let (state, events) = node.state_and_events::<State>();
    if let Some(running) = state.running.take() {
        // One that cannot be stopped would reset the machine; the driver says so on the console.
        let _ = running.watchdog.stop();
    }
    if let Some(timer) = state.timer {
        events.clear_timer(timer);
    }
}

fn handle(node: &mut Node, wakeup: Wakeup) {
    if let Wakeup::Due(token) = wakeup
        && node.state::<State>().timer == Some(token)
    {
        feed(node);
    }
}

/// It stays: a shutdown that hangs is ended by it. But PID 1 waits for disks there, so it gets more time.
fn stop(node: &mut Node) {
    let Some(running) = &mut node.state::<State>().running else { return };
    if u64::from(running.timeout).saturating_mul(1000) < LONG
        && let Ok(timeout) = running.watchdog.set_timeout(running.found.seconds(LONG))
    {
        running.timeout = timeout;
    }
    feed(node);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn one_that_cannot_be_opened_is_missing_and_says_why() {
        let folder = Scratch::new("no-watchdog");
        let error = open(folder.join("watchdog0").to_str().unwrap()).err().unwrap();
        assert_eq!((error.code, error.errno), (Code::WatchdogMissing, Some(libc::ENOENT)));
        assert_eq!(error.pointer.as_deref(), Some("/watchdog/device"));
    }
}
