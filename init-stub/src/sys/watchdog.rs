//! An open watchdog. It runs from when it is opened on, and resets the machine unless it is fed in time.

use rustix::fd::{AsRawFd, OwnedFd};
use rustix::io::FdFlags;
use std::fs::File;
use std::io::{Error, Result, Write};

/// `_IOWR('W', 6, int)`
const SET_TIMEOUT: libc::c_ulong = 0xc004_5706;
/// A driver that sees it last stops when its device is closed; without it, it runs on.
const STOP: &[u8] = b"V";
/// Any other byte feeds it.
const FOOD: &[u8] = b"k";

/// An open watchdog.
pub struct Watchdog(File);

impl Watchdog {
    /// Opens a device, which starts it. Only one process can have it open.
    pub fn open(device: &str) -> Result<Self> {
        Ok(Self(File::options().write(true).open(device)?))
    }

    /// One that the program image before left open.
    pub fn inherited(fd: OwnedFd) -> Self {
        // Without the flag every child would have it, too; it can be missing only if the descriptor is none.
        let _ = rustix::io::fcntl_setfd(&fd, FdFlags::CLOEXEC);
        Self(fd.into())
    }

    /// Leaves it open for the next program image; returns its number.
    pub fn keep_across_exec(&self) -> Result<i32> {
        rustix::io::fcntl_setfd(&self.0, FdFlags::empty())?;
        Ok(self.0.as_raw_fd())
    }

    /// Sets after how many seconds without food it resets; returns what the driver made of it.
    pub fn set_timeout(&self, seconds: u32) -> Result<u32> {
        let refused = |_| Error::from_raw_os_error(libc::EINVAL);
        let mut value = libc::c_int::try_from(seconds).map_err(refused)?;
        // SAFETY: the kernel reads and writes one int, which lives until the call returns.
        let result = unsafe { libc::ioctl(self.0.as_raw_fd(), SET_TIMEOUT, &raw mut value) };
        if result == 0 { u32::try_from(value).map_err(refused) } else { Err(Error::last_os_error()) }
    }

    /// Feeds it.
    pub fn feed(&mut self) -> Result<()> {
        self.0.write_all(FOOD)
    }

    /// Stops it.
    pub fn stop(mut self) -> Result<()> {
        self.0.write_all(STOP)
    }
}
