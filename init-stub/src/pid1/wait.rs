//! Waiting while the event loop goes on: for a child to end, for a condition, or for time to pass. The power button works in
//! every wait: it ends with [`Interrupt::Stop`].

use super::event_loop::Wakeup;
use super::interrupt::Interrupt;
use super::job::{Call, EventPump, Output, done};
use super::node::Node;
use super::{service, task};
use crate::core::error::Error;
use crate::core::event::{Reason, Then};
use crate::sys::clock::mono_ms;
use crate::sys::signals::Exit;
use rustix::fd::{AsFd, BorrowedFd};

/// Runs a worker to its end.
pub fn worker(node: &mut Node, call: &Call) -> Result<Output, Interrupt> {
    call.run(&mut Pump(node))
}

/// Has a worker do something to its end; `failure` is the error if it ends without one of its own, or not in time.
pub fn work(node: &mut Node, call: &Call, failure: Error) -> Result<(), Interrupt> {
    done(call.output(&mut Pump(node)), failure)
}

/// Runs another program to its end.
pub fn program(node: &mut Node, job: &super::job::Job) -> Result<Output, Interrupt> {
    job.run(&mut Pump(node))
}

/// Handles wakeups until `done` holds or `limit` milliseconds have passed; true when it holds.
pub fn until(node: &mut Node, limit: u64, done: impl FnMut(&mut Node) -> bool) -> Result<bool, Interrupt> {
    wait(node, limit, done, |reason, then| Err(Interrupt::Stop(reason, then)))
}

/// The same in a machine that is stopping already: requests to stop are dropped.
pub fn until_while_stopping(node: &mut Node, limit: u64, done: impl FnMut(&mut Node) -> bool) -> bool {
    wait(node, limit, done, |_, _| Ok(())).unwrap_or(false)
}

/// Lets time pass.
pub fn pause(node: &mut Node, milliseconds: u64) -> Result<(), Interrupt> {
    until(node, milliseconds, |_| false).map(drop)
}

/// Handles one wakeup.
pub fn turn(node: &mut Node) -> Result<(), Interrupt> {
    match node.events.next_wakeup() {
        Wakeup::Stop(reason, then) => Err(Interrupt::Stop(reason, then)),
        wakeup => {
            dispatch(node, wakeup);
            Ok(())
        }
    }
}

/// Handles wakeups until somebody wants the machine to stop.
pub fn until_stop(node: &mut Node) -> (Reason, Then) {
    loop {
        match node.events.next_wakeup() {
            Wakeup::Stop(reason, then) => return (reason, then),
            wakeup => dispatch(node, wakeup),
        }
    }
}

/// The clock and not the timer decides when the wait ends: a wait inside this one may have handled that.
fn wait(
    node: &mut Node,
    limit: u64,
    mut done: impl FnMut(&mut Node) -> bool,
    stop: fn(Reason, Then) -> Result<(), Interrupt>,
) -> Result<bool, Interrupt> {
    let (timer, end) = (node.events.token(), mono_ms().saturating_add(limit));
    loop {
        if done(node) {
            node.events.clear_timer(timer);
            return Ok(true);
        }
        let left = end.saturating_sub(mono_ms());
        if left == 0 {
            node.events.clear_timer(timer);
            return Ok(false);
        }
        node.events.set_timer(timer, left);
        match node.events.next_wakeup() {
            Wakeup::Stop(reason, then) => stop(reason, then).inspect_err(|_| node.events.clear_timer(timer))?,
            wakeup => dispatch(node, wakeup),
        }
    }
}

/// Acts on one wakeup that is not a request to stop.
pub fn dispatch(node: &mut Node, wakeup: Wakeup) {
    service::handle(node, wakeup);
    task::handle(node, wakeup);
    for subject in node.subjects {
        node.in_stage(subject.stage, |node| (subject.handle)(node, wakeup));
    }
    node.flush_report();
}

/// The event loop as what goes on while a child runs.
struct Pump<'a>(&'a mut Node);

impl EventPump for Pump<'_> {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.0.events.as_fd())
    }

    fn due_in(&self) -> Option<u64> {
        self.0.events.due_in()
    }

    fn turn(&mut self) -> Result<Vec<Exit>, Interrupt> {
        let mut exits = Vec::new();
        // One look each turn: a descriptor that nobody reads now must not keep the child waiting.
        self.0.events.look();
        while let Some(wakeup) = self.0.events.take_due() {
            match wakeup {
                Wakeup::Stop(reason, then) => return Err(Interrupt::Stop(reason, then)),
                Wakeup::Exited(exit) => {
                    exits.push(exit);
                    dispatch(self.0, wakeup);
                }
                wakeup => dispatch(self.0, wakeup),
            }
        }
        Ok(exits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pid1::event_loop::EventLoop;
    use crate::pid1::report::Reporter;
    use std::io::Write;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn a_descriptor_that_nobody_reads_does_not_keep_a_child_waiting() {
        let (over, ended) = channel();
        std::thread::spawn(move || {
            let mut node = Node::new(Reporter::begin(), EventLoop::open().unwrap(), &[]);
            let (unread, mut writer) = std::io::pipe().unwrap();
            let token = node.events.token();
            node.events.watch(&unread, token).unwrap();
            writer.write_all(b"new disk").unwrap();
            over.send(Pump(&mut node).turn().map(|exits| exits.len())).unwrap();
        });
        assert_eq!(ended.recv_timeout(Duration::from_secs(20)), Ok(Ok(0)));
    }
}
