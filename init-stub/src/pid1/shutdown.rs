//! The end: every subject stops what is its own, then everything is ended, unmounted and synced, and the kernel powers off or reboots.

mod unmount;

use super::node::Node;
use super::task;
use super::wait::until_while_stopping;
use crate::core::error::{Code, Error};
use crate::core::event::{Body, Reason, Then};
use crate::sys::signals::has_children;
use crate::sys::spawn::kill_all;
use rustix::system::{RebootCommand, reboot};

/// How long what is left may take after it is killed, and a filesystem after it is unmounted, in milliseconds.
const AFTER_KILL: u64 = 5_000;
/// How often is looked whether the kernel still writes back, in milliseconds.
const LOOK_AGAIN: u64 = 50;

/// Stops the machine. Only `main` calls it. `last` is done when nothing but the kernel's own end is left.
pub fn run(node: &mut Node, reason: Reason, then: Then, last: fn(&mut Node, Then)) -> ! {
    node.stage = "shutdown";
    node.emit(Body::ShutdownStarted { reason, then });
    for subject in node.subjects {
        (subject.stop)(node);
    }
    // Leases are kept: the node is to have the same addresses after a reboot.
    task::stop_all(node);
    // Shims, a half-done import: nothing may hold a filesystem any more.
    kill_all();
    if !until_while_stopping(node, AFTER_KILL, |_| !has_children()) {
        // A process that does not end even now waits in the kernel for a slow disk, and a filesystem that it mounts is there in the
        // end. The kernel is through with such a mount before it is through with this.
        rustix::fs::sync();
    }
    let mut stuck = unmount::all();
    // The kernel may still be writing back a filesystem that is unmounted already.
    if stuck.is_empty() {
        until_while_stopping(node, AFTER_KILL, |node| {
            node.schedule_report(LOOK_AGAIN);
            unmount::alive().is_empty()
        });
        stuck = unmount::alive();
    }
    for target in &stuck {
        node.warn(Error::new(Code::UnmountFailed, "unmount", target.as_str()), None);
    }
    rustix::fs::sync();
    node.reporter.emit_last(Body::ShutdownFinished { then, clean: stuck.is_empty() });
    last(node, then);
    let command = match then {
        Then::PowerOff => RebootCommand::PowerOff,
        Then::Reboot => RebootCommand::Restart,
        Then::Halt => RebootCommand::Halt,
    };
    // Comes back only if the kernel refuses, and then nothing is left to do but to stay.
    let _ = reboot(command);
    loop {
        node.events.next_wakeup();
    }
}
