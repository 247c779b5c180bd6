//! Signals as a file descriptor, and the reaping of children.

use rustix::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd};
use rustix::process::{WaitId, WaitIdOptions, WaitOptions, wait, waitid};
use std::io::{Error, Result};

/// A signal PID 1 acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// A child ended.
    Child,
    /// Power off.
    PowerOff,
    /// Reboot; also what Ctrl-Alt-Del becomes.
    Reboot,
}

/// SIGTERM and SIGPWR power off (SIGPWR is what some hypervisors' agents send), SIGINT and SIGHUP reboot.
const ACTED_ON: [(i32, Signal); 5] = [
    (libc::SIGCHLD, Signal::Child),
    (libc::SIGTERM, Signal::PowerOff),
    (libc::SIGPWR, Signal::PowerOff),
    (libc::SIGINT, Signal::Reboot),
    (libc::SIGHUP, Signal::Reboot),
];

/// The signals of [`ACTED_ON`], blocked and readable.
pub struct Signals(OwnedFd);

impl Signals {
    /// Blocks the signals and makes them readable. Children start with an empty mask: std sees to it.
    pub fn open() -> Result<Self> {
        // SAFETY: sigset_t is plain memory for which zero is a value, and sigemptyset initialises it again.
        let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
        // SAFETY: `set` is a live sigset_t; the numbers are valid signals.
        unsafe { libc::sigemptyset(&mut set) };
        for (number, _) in ACTED_ON {
            // SAFETY: as above.
            unsafe { libc::sigaddset(&mut set, number) };
        }
        // SAFETY: `set` is initialised and outlives the call; the old mask is not asked for.
        if unsafe { libc::sigprocmask(libc::SIG_BLOCK, &set, std::ptr::null_mut()) } != 0 {
            return Err(Error::last_os_error());
        }
        // SAFETY: `set` is initialised; -1 asks for a new descriptor.
        let fd = unsafe { libc::signalfd(-1, &set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
        if fd < 0 {
            return Err(Error::last_os_error());
        }
        // SAFETY: the kernel has just returned this descriptor, and nobody else owns it.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// The next pending signal, if any.
    pub fn next(&self) -> Option<Signal> {
        // signalfd_siginfo is 128 bytes and begins with the number as u32.
        let mut record = [0u8; 128];
        match rustix::io::read(&self.0, &mut record) {
            Ok(128) => {
                let [a, b, c, d, ..] = record;
                let number = i32::try_from(u32::from_ne_bytes([a, b, c, d])).ok()?;
                ACTED_ON.iter().find(|(known, _)| *known == number).map(|(_, signal)| *signal)
            }
            _ => None,
        }
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// How a reaped process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// Process id.
    pub pid: u32,
    /// Exit code, when it exited.
    pub code: Option<i32>,
    /// Signal number, when a signal ended it.
    pub signal: Option<i32>,
}

impl Exit {
    /// `exit code N` or `signal N`, for people.
    pub fn ending(&self) -> String {
        match self.code {
            Some(code) => format!("exit code {code}"),
            None => format!("signal {}", self.signal.unwrap_or(0)),
        }
    }
}

/// Whether any process but PID 1 is left; orphans are its children too.
pub fn has_children() -> bool {
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    !matches!(waitid(WaitId::All, look), Err(rustix::io::Errno::CHILD))
}

/// Reaps one ended child, ours or an orphan; None when there is none.
pub fn reap() -> Option<Exit> {
    let (pid, status) = wait(WaitOptions::NOHANG).ok()??;
    let pid = u32::try_from(pid.as_raw_nonzero().get()).ok()?;
    Some(Exit { pid, code: status.exit_status(), signal: status.terminating_signal() })
}
