//! The one event loop of PID 1: signals, power keys, pipes and sockets over epoll, timers as its timeout. The code that waits for
//! a descriptor or a time gets a token and registers both under it; a token is never given out twice.

use crate::core::error::{Code, Result, Step};
use crate::core::event::{Reason, Then};
use crate::sys::clock::mono_ms;
use crate::sys::signals::{Exit, Signal, Signals, reap};
use rustix::event::{Timespec, epoll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use std::collections::VecDeque;

/// What tells one registration from all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token(u64);

const SIGNALS: Token = Token(0);
const POWER_KEYS: Token = Token(1);
const NEW_KEYS: Token = Token(2);
const FIRST_FREE: u64 = 3;

/// Why the loop woke up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wakeup {
    /// A child or an orphan ended and is reaped.
    Exited(Exit),
    /// Somebody wants the machine to stop.
    Stop(Reason, Then),
    /// A descriptor that was registered under this token can be read.
    Readable(Token),
    /// The timer of this token is due.
    Due(Token),
}

/// What PID 1 waits for.
pub struct EventLoop {
    epoll: OwnedFd,
    signals: Signals,
    keys: Vec<std::fs::File>,
    /// Readable when an input device has appeared.
    new_keys: Option<OwnedFd>,
    timers: Vec<(u64, Token)>,
    pending: VecDeque<Wakeup>,
    next_token: u64,
}

impl EventLoop {
    /// A loop that watches signals.
    pub fn open() -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).step(Code::KernelRefused, "create", "epoll")?;
        let signals = Signals::open().step(Code::KernelRefused, "open", "signalfd")?;
        let (timers, pending) = (Vec::new(), VecDeque::with_capacity(8));
        let events = Self { epoll, signals, keys: Vec::new(), new_keys: None, timers, pending, next_token: FIRST_FREE };
        events.watch(&events.signals, SIGNALS).step(Code::KernelRefused, "watch", "signalfd")?;
        Ok(events)
    }

    /// A new token, for a descriptor or several, for a timer, or for both.
    pub fn token(&mut self) -> Token {
        let token = Token(self.next_token);
        self.next_token = self.next_token.saturating_add(1);
        token
    }

    /// Watches the machine's power keys, also those that appear later. A machine without one is not a failure.
    pub fn watch_power_keys(&mut self) {
        // Before it looks, so that none is missed. The old watch may be of a folder above the one that is there now.
        self.new_keys = crate::pid1::power_key::watch_new().ok();
        if let Some(new_keys) = &self.new_keys {
            // Without it only the keys that are there now are heard.
            let _ = self.watch(new_keys, NEW_KEYS);
        }
        let mut before = std::mem::replace(&mut self.keys, crate::pid1::power_key::open_all());
        for key in &self.keys {
            // A key that cannot be watched is a key that the machine does not have.
            let _ = self.watch(key, POWER_KEYS);
        }
        // What was pressed before the new ones were opened stands in the old ones only.
        if crate::pid1::power_key::pressed(&mut before) {
            self.pending.push_back(Wakeup::Stop(Reason::PowerButton, Then::PowerOff));
        }
    }

    /// Watches a descriptor until it is closed.
    pub fn watch(&self, fd: impl AsFd, token: Token) -> std::io::Result<()> {
        Ok(epoll::add(&self.epoll, fd, epoll::EventData::new_u64(token.0), epoll::EventFlags::IN)?)
    }

    /// Watches a descriptor no longer, although it stays open.
    pub fn unwatch(&self, fd: impl AsFd) {
        // It fails only for one that is not watched.
        let _ = epoll::delete(&self.epoll, fd);
    }

    /// Sets the timer of a token, `after` milliseconds from now, in place of the one that was set.
    pub fn set_timer(&mut self, token: Token, after: u64) {
        self.clear_timer(token);
        self.timers.push((mono_ms().saturating_add(after), token));
    }

    /// Takes the timer of a token back.
    pub fn clear_timer(&mut self, token: Token) {
        self.timers.retain(|(_, other)| *other != token);
    }

    /// The next thing that happens.
    pub fn next_wakeup(&mut self) -> Wakeup {
        loop {
            if let Some(wakeup) = self.take_due() {
                return wakeup;
            }
            self.wait(self.due_in());
        }
    }

    /// Looks once, without waiting, for what has happened; [`Self::take_due`] hands it out. A descriptor that nobody reads is
    /// found again at each look, so a caller must not look until nothing is left.
    pub fn look(&mut self) {
        self.wait(Some(0));
    }

    /// The next thing that was found, or the next timer that is due; None when there is neither.
    pub fn take_due(&mut self) -> Option<Wakeup> {
        if let Some(wakeup) = self.pending.pop_front() {
            return Some(wakeup);
        }
        let now = mono_ms();
        let token = self.timers.iter().find(|(due, _)| *due <= now)?.1;
        self.clear_timer(token);
        Some(Wakeup::Due(token))
    }

    /// Milliseconds until the nearest timer is due.
    pub fn due_in(&self) -> Option<u64> {
        self.timers.iter().map(|(due, _)| *due).min().map(|due| due.saturating_sub(mono_ms()))
    }

    /// Wants the machine to stop.
    pub fn request_stop(&mut self, reason: Reason, then: Then) {
        self.pending.push_back(Wakeup::Stop(reason, then));
    }

    /// A request to stop the machine that has come in already, for stages that do not run the loop.
    pub fn stop_requested(&mut self) -> Option<(Reason, Then)> {
        self.look();
        let at = self.pending.iter().position(|wakeup| matches!(wakeup, Wakeup::Stop(..)))?;
        match self.pending.remove(at)? {
            Wakeup::Stop(reason, then) => Some((reason, then)),
            _ => None,
        }
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
            match Token(event.data.u64()) {
                SIGNALS => self.take_signals(),
                POWER_KEYS => self.take_keys(),
                NEW_KEYS => self.watch_power_keys(),
                token => self.pending.push_back(Wakeup::Readable(token)),
            }
        }
    }

    fn take_keys(&mut self) {
        if crate::pid1::power_key::pressed(&mut self.keys) {
            self.pending.push_back(Wakeup::Stop(Reason::PowerButton, Then::PowerOff));
        }
    }

    fn take_signals(&mut self) {
        while let Some(signal) = self.signals.next() {
            match signal {
                // One SIGCHLD can stand for many children.
                Signal::Child => {
                    while let Some(exit) = reap() {
                        self.pending.push_back(Wakeup::Exited(exit));
                    }
                }
                Signal::PowerOff => self.pending.push_back(Wakeup::Stop(Reason::Signal, Then::PowerOff)),
                Signal::Reboot => self.pending.push_back(Wakeup::Stop(Reason::Signal, Then::Reboot)),
            }
        }
    }
}

impl AsFd for EventLoop {
    /// Readable when something has happened, so that the loop can be waited for with other descriptors.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_descriptor_is_found_again_until_it_is_read_or_watched_no_longer() {
        let mut events = EventLoop::open().unwrap();
        let (unread, mut writer) = std::io::pipe().unwrap();
        let token = events.token();
        events.watch(&unread, token).unwrap();
        writer.write_all(b"x").unwrap();
        for _ in 0..2 {
            events.look();
            assert_eq!((events.take_due(), events.take_due()), (Some(Wakeup::Readable(token)), None));
        }
        events.unwatch(&unread);
        events.look();
        assert_eq!(events.take_due(), None);
    }
}
