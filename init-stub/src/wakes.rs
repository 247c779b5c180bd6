//! The one event loop of PID 1: signals, power keys, pipes and sockets over epoll, timers as its timeout.

use crate::error::{Code, Result, Step};
use crate::event::{Process, Reason, Then};
use crate::sys::clock::mono_ms;
use crate::sys::signals::{Exit, Signal, Signals, reap};
use rustix::event::{Timespec, epoll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use std::collections::VecDeque;

/// A descriptor that the loop watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The signalfd.
    Signals,
    /// The power keys.
    PowerKeys,
    /// The readiness socket of a process.
    Notify(Process),
    /// The output pipe of a process.
    Output(Process),
    /// The events of the cgroup of all pods.
    Pods,
    /// The output pipe of the running image import.
    ImportOutput,
    /// The kernel's announcements of network interfaces.
    Links,
    /// What the DHCP child tells.
    Dhcp,
    /// What the SNTP child tells.
    Sntp,
    /// The bus on which the kubelet hears of a shutdown: its socket, its clients and their locks.
    Logind,
    /// The folders that kubeadm and the kubelet write to during a join.
    JoinFiles,
}

/// Row number = epoll token.
const SOURCES: [Source; 14] = [
    Source::Signals,
    Source::PowerKeys,
    Source::Notify(Process::Containerd),
    Source::Notify(Process::Kubelet),
    Source::Output(Process::Containerd),
    Source::Output(Process::Kubelet),
    Source::ImportOutput,
    Source::Pods,
    Source::Links,
    Source::Dhcp,
    Source::Sntp,
    Source::Logind,
    Source::Output(Process::Kubeadm),
    Source::JoinFiles,
];

/// A deadline that the loop keeps; at most one of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timer {
    /// A process must be ready now.
    ReadyBy(Process),
    /// A process is started again.
    Restart(Process),
    /// The failed image import is tried again, or the running one has taken too long.
    Import,
    /// Usage is measured again.
    Usage,
    /// The report channel is tried again.
    Report,
    /// A bounded wait ends.
    Bound,
    /// The DHCP child is started again.
    Dhcp,
    /// The time is asked for again, or the running question has taken too long.
    Clock,
    /// The platform is told again that the machine is up, or the attempt has taken too long.
    Ready,
}

/// Why the loop woke up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// A child or an orphan ended and is reaped.
    Exited(Exit),
    /// Somebody wants the machine to stop.
    Shutdown(Reason, Then),
    /// A descriptor can be read.
    Readable(Source),
    /// A timer is due.
    Due(Timer),
}

/// What PID 1 waits for.
pub struct Wakes {
    epoll: OwnedFd,
    signals: Signals,
    keys: Vec<std::fs::File>,
    timers: Vec<(u64, Timer)>,
    pending: VecDeque<Wake>,
}

impl Wakes {
    /// A loop that watches signals.
    pub fn open() -> Result<Self> {
        let epoll =
            epoll::create(epoll::CreateFlags::CLOEXEC).step(Code::KernelRefused, "mounts", "create", "epoll")?;
        let signals = Signals::open().step(Code::KernelRefused, "mounts", "open", "signalfd")?;
        let mut wakes = Self { epoll, signals, keys: Vec::new(), timers: Vec::new(), pending: VecDeque::new() };
        add(&wakes.epoll, &wakes.signals, Source::Signals).step(Code::KernelRefused, "mounts", "watch", "signalfd")?;
        wakes.pending.reserve(8);
        Ok(wakes)
    }

    /// Watches the machine's power keys. A machine without one is no failure.
    pub fn watch_power_keys(&mut self) {
        self.keys = crate::power_key::open_all();
        for key in &self.keys {
            // A key that cannot be watched is a key that the machine does not have.
            let _ = add(&self.epoll, key, Source::PowerKeys);
        }
    }

    /// Watches a descriptor until it is closed.
    pub fn watch(&self, fd: impl AsFd, source: Source) -> std::io::Result<()> {
        add(&self.epoll, fd, source)
    }

    /// Sets a timer, `after` milliseconds from now; the one of the same name is replaced.
    pub fn set(&mut self, timer: Timer, after: u64) {
        self.clear(timer);
        self.timers.push((mono_ms() + after, timer));
    }

    /// Takes a timer back.
    pub fn clear(&mut self, timer: Timer) {
        self.timers.retain(|(_, other)| *other != timer);
    }

    /// The next thing that happens.
    pub fn next_wake(&mut self) -> Wake {
        loop {
            if let Some(wake) = self.take_due() {
                return wake;
            }
            self.wait(self.due_in());
        }
    }

    /// The next thing that has happened already; None when nothing has.
    pub fn ready(&mut self) -> Option<Wake> {
        self.take_due().or_else(|| {
            self.wait(Some(0));
            self.take_due()
        })
    }

    /// Milliseconds until the nearest timer is due.
    pub fn due_in(&self) -> Option<u64> {
        self.nearest().map(|due| due.saturating_sub(mono_ms()))
    }

    /// A request to stop the machine that has come in already, for stages that do not run the loop.
    pub fn stop_requested(&mut self) -> Option<(Reason, Then)> {
        self.wait(Some(0));
        let at = self.pending.iter().position(|wake| matches!(wake, Wake::Shutdown(..)))?;
        match self.pending.remove(at)? {
            Wake::Shutdown(reason, then) => Some((reason, then)),
            _ => None,
        }
    }

    fn nearest(&self) -> Option<u64> {
        self.timers.iter().map(|(due, _)| *due).min()
    }

    fn take_due(&mut self) -> Option<Wake> {
        if let Some(wake) = self.pending.pop_front() {
            return Some(wake);
        }
        let now = mono_ms();
        let timer = self.timers.iter().find(|(due, _)| *due <= now)?.1;
        self.clear(timer);
        Some(Wake::Due(timer))
    }

    fn wait(&mut self, timeout: Option<u64>) {
        let timeout = timeout.map(|ms| Timespec {
            tv_sec: i64::try_from(ms / 1000).unwrap_or(i64::MAX),
            tv_nsec: i64::try_from(ms % 1000 * 1_000_000).unwrap_or(0),
        });
        let mut events = Vec::with_capacity(16);
        // EINTR cannot happen with every handled signal blocked; any other failure is retried by the caller.
        let _ = epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), timeout.as_ref());
        for event in events {
            let token = event.data.u64();
            match usize::try_from(token).ok().and_then(|row| SOURCES.get(row)) {
                Some(Source::Signals) => self.take_signals(),
                Some(Source::PowerKeys) => self.take_keys(),
                Some(source) => self.pending.push_back(Wake::Readable(*source)),
                None => {}
            }
        }
    }

    fn take_keys(&mut self) {
        if crate::power_key::pressed(&self.keys) {
            self.pending.push_back(Wake::Shutdown(Reason::PowerButton, Then::PowerOff));
        }
    }

    fn take_signals(&mut self) {
        while let Some(signal) = self.signals.next() {
            match signal {
                // One SIGCHLD can stand for many children.
                Signal::Child => {
                    while let Some(exit) = reap() {
                        self.pending.push_back(Wake::Exited(exit));
                    }
                }
                Signal::PowerOff => self.pending.push_back(Wake::Shutdown(Reason::Signal, Then::PowerOff)),
                Signal::Reboot => self.pending.push_back(Wake::Shutdown(Reason::Signal, Then::Reboot)),
            }
        }
    }
}

impl AsFd for Wakes {
    /// Readable when something has happened, so that the loop can be waited for beside other descriptors.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}

fn add(epoll: &OwnedFd, fd: impl AsFd, source: Source) -> std::io::Result<()> {
    let token =
        SOURCES.iter().position(|row| *row == source).and_then(|row| u64::try_from(row).ok()).unwrap_or(u64::MAX);
    Ok(epoll::add(epoll, fd, epoll::EventData::new_u64(token), epoll::EventFlags::IN)?)
}
