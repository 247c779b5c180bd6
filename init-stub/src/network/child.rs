//! The DHCP child as PID 1 sees it: started, heard, started again when it dies.

use super::news::{Lines, News};
use super::wanted::{Remembered, Wanted};
use crate::backoff::Backoff;
use crate::child::SELF;
use crate::error::{Code, Error};
use crate::event::Body;
use crate::node::Node;
use crate::sys::clock::mono_ms;
use crate::sys::pipe::drain;
use crate::sys::process::start_error;
use crate::sys::signals::Exit;
use crate::sys::spawn::{Start, signal};
use crate::wakes::{Source, Timer};
use rustix::fd::OwnedFd;
use rustix::process::Signal;

/// The child, running or not.
#[derive(Default)]
pub struct Child {
    wanted: Option<Wanted>,
    pid: Option<u32>,
    output: Option<OwnedFd>,
    lines: Lines,
    started_ms: u64,
    backoff: Backoff,
}

impl Child {
    /// Whether it is to run at all.
    pub fn is_wanted(&self) -> bool {
        self.wanted.is_some()
    }

    /// Whether it does this already.
    pub fn wants(&self, wanted: &Wanted) -> bool {
        match &self.wanted {
            None => wanted.wishes.is_empty(),
            Some(now) => now == wanted,
        }
    }

    /// Whether this is its process id.
    pub fn is(&self, pid: u32) -> bool {
        self.pid == Some(pid)
    }

    /// What it has written since the last time.
    pub fn read(&mut self) -> Vec<News> {
        let (mut news, lines) = (Vec::new(), &mut self.lines);
        drain(&mut self.output, |bytes| news.extend(lines.take(bytes)));
        news
    }

    /// It is not wanted any more. Its end is reaped like that of an orphan.
    pub fn stop(&mut self) {
        if let Some(pid) = self.pid.take() {
            signal(pid, Signal::KILL);
        }
        (self.wanted, self.output) = (None, None);
    }
}

/// Lets the child do something else. The new one takes over the leases of the old one.
pub fn replace(node: &mut Node, wanted: Wanted) {
    node.network.child.stop();
    node.wakes.clear(Timer::Dhcp);
    if !wanted.wishes.is_empty() {
        node.network.child.wanted = Some(wanted);
        start(node);
    }
}

/// Starts the child.
pub fn start(node: &mut Node) {
    let Some(wanted) = node.network.child.wanted.clone() else { return };
    let words = Wanted { remembered: remembered(node), ..wanted }.words();
    let argv: Vec<String> = [SELF, "child", "dhcp"].into_iter().map(str::to_owned).chain(words).collect();
    node.network.child.started_ms = mono_ms();
    let start = Start { argv: &argv, oom_score: -900, ..Start::default() };
    let started = start.start_watched(|output| node.wakes.watch(output, Source::Dhcp));
    match started {
        Ok(started) => {
            let child = &mut node.network.child;
            (child.pid, child.output, child.lines) = (Some(started.pid), Some(started.output), Lines::default());
        }
        Err(e) => again(node, start_error(super::STAGE, SELF, &e)),
    }
}

/// It has ended, which it never should; leases stay in force until their end.
pub fn ended(node: &mut Node, exit: &Exit) {
    let child = &mut node.network.child;
    (child.pid, child.output) = (None, None);
    let how = exit.code.map(|code| format!("exit code {code}"));
    let how = how.unwrap_or_else(|| format!("signal {}", exit.signal.unwrap_or(0)));
    let last = child.lines.other.back().map(|line| format!("; it said: {line}")).unwrap_or_default();
    again(
        node,
        Error::new(Code::ProcessCrashed, super::STAGE, "run", "the DHCP client")
            .with_detail(format!("it ended by itself with {how}{last}")),
    );
}

fn again(node: &mut Node, error: Error) {
    let child = &mut node.network.child;
    let delay = child.backoff.after(mono_ms().saturating_sub(child.started_ms));
    node.wakes.set(Timer::Dhcp, delay);
    node.emit(Body::Failed { fatal: false, error, retry_in_ms: Some(delay) });
}

fn remembered(node: &Node) -> Vec<Remembered> {
    let leases = node.network.leases.iter();
    leases
        .map(|(interface, held)| Remembered {
            interface: interface.clone(),
            address: held.lease.address,
            prefix_length: held.lease.prefix_length,
            metric: held.metric,
        })
        .collect()
}
