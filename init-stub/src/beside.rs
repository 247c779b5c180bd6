//! Waiting while the event loop goes on: for a child to end, or for time to pass. The power button works in both.

use crate::child::Call;
use crate::error::Result;
use crate::event::{Reason, Then};
use crate::node::Node;
use crate::stages::shutdown;
use crate::supervise::dispatch;
use crate::sys::process::{Beside, Output};
use crate::sys::signals::Exit;
use crate::wakes::{Timer, Wake};
use rustix::fd::{AsFd, BorrowedFd};

/// Runs a child of the same binary to its end.
pub fn run(node: &mut Node, call: &Call) -> Result<Output> {
    call.run(&mut Loop(node))
}

/// Handles wake-ups until `done` holds or `limit` milliseconds have passed; true when it holds.
pub fn until(node: &mut Node, limit: u64, done: impl FnMut(&mut Node) -> bool) -> bool {
    wait(node, limit, done, |node, reason, then| shutdown::run(node, reason, then))
}

/// The same in a machine that is stopping already: requests to stop are dropped.
pub fn until_while_stopping(node: &mut Node, limit: u64, done: impl FnMut(&mut Node) -> bool) -> bool {
    wait(node, limit, done, |_, _, _| {})
}

/// Lets time pass.
pub fn pause(node: &mut Node, milliseconds: u64) {
    until(node, milliseconds, |_| false);
}

fn wait(
    node: &mut Node,
    limit: u64,
    mut done: impl FnMut(&mut Node) -> bool,
    stop: fn(&mut Node, Reason, Then),
) -> bool {
    node.wakes.set(Timer::Bound, limit);
    while !done(node) {
        match node.wakes.next_wake() {
            Wake::Due(Timer::Bound) => return done(node),
            Wake::Shutdown(reason, then) => stop(node, reason, then),
            wake => dispatch(node, wake),
        }
    }
    node.wakes.clear(Timer::Bound);
    true
}

/// The event loop as something that goes on beside a child.
struct Loop<'a>(&'a mut Node);

impl Beside for Loop<'_> {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.0.wakes.as_fd())
    }

    fn due_in(&self) -> Option<u64> {
        self.0.wakes.due_in()
    }

    fn turn(&mut self) -> Vec<Exit> {
        let mut exits = Vec::new();
        while let Some(wake) = self.0.wakes.ready() {
            match wake {
                Wake::Shutdown(reason, then) => shutdown::run(self.0, reason, then),
                Wake::Exited(exit) => {
                    exits.push(exit);
                    dispatch(self.0, wake);
                }
                wake => dispatch(self.0, wake),
            }
        }
        exits
    }
}
