//! Stage `shutdown`: let the kubelet stop the pods, then stop it, what is left of the containers, and containerd; unmount,
//! sync, and tell the kernel.

mod containers;
mod drain;
mod unmount;

use crate::beside::until_while_stopping;
use crate::error::{Code, Error};
use crate::event::{Body, Process, Reason, Then};
use crate::node::Node;
use crate::sys::signals::has_children;
use crate::sys::spawn::kill_all;
use crate::wakes::Timer;
use rustix::system::{RebootCommand, reboot};

/// How long each step may take before it is forced, in milliseconds.
const GRACE: u64 = 10_000;
const AFTER_KILL: u64 = 5_000;

/// Stops the machine.
pub fn run(node: &mut Node, reason: Reason, then: Then) -> ! {
    node.emit(Body::ShutdownStarted { reason, then });
    node.wakes.clear(Timer::Usage);
    let grace = drain::run(node, GRACE);
    stop(node, Process::Kubelet);
    containers::stop(node, grace, AFTER_KILL);
    stop(node, Process::Containerd);
    if let Some(supervisor) = &mut node.supervisor {
        supervisor.close_logs();
    }
    // Leases are kept: the node is to have the same addresses after a reboot.
    crate::network::stop(node);
    crate::clock::stop(node);
    crate::ready::stop(node);
    // Shims, a half-done import: nothing may hold a filesystem any more.
    kill_all();
    until_while_stopping(node, AFTER_KILL, |_| !has_children());
    let mut stuck = unmount::all();
    // The kernel may still be writing back a filesystem that is unmounted already.
    if stuck.is_empty() {
        until_while_stopping(node, AFTER_KILL, |node| {
            node.wakes.set(Timer::Report, 50);
            unmount::alive().is_empty()
        });
        stuck = unmount::alive();
    }
    for target in &stuck {
        let error = Error::new(Code::UnmountFailed, "shutdown", "unmount", target.as_str());
        node.emit(Body::Failed { fatal: false, error, retry_in_ms: None });
    }
    rustix::fs::sync();
    node.reporter.emit_last(Body::ShutdownFinished { then, clean: stuck.is_empty() });
    let command = match then {
        Then::PowerOff => RebootCommand::PowerOff,
        Then::Reboot => RebootCommand::Restart,
        Then::Halt => RebootCommand::Halt,
    };
    // Comes back only if the kernel refuses, and then nothing is left to do but to stay.
    let _ = reboot(command);
    loop {
        node.wakes.next_wake();
    }
}

fn stop(node: &mut Node, process: Process) {
    let Some(mut supervisor) = node.supervisor.take() else { return };
    supervisor.stop(node, process);
    node.supervisor = Some(supervisor);
    let gone = |node: &mut Node| node.supervisor.as_ref().is_none_or(|supervisor| !supervisor.runs(process));
    if !until_while_stopping(node, GRACE, gone) {
        if let Some(supervisor) = &mut node.supervisor {
            supervisor.kill(process);
        }
        until_while_stopping(node, AFTER_KILL, gone);
    }
}
