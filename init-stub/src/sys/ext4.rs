//! What only ext4 can be asked for.

use rustix::fd::{AsFd, AsRawFd};
use std::io::{Error, Result};

/// EXT4_IOC_CHECKPOINT: `_IOW('f', 43, __u32)`
const CHECKPOINT: libc::c_ulong = 0x4004_662b;

/// Writes everything in the journal to its place, so that a reader who replays no journal sees it.
pub fn checkpoint(file: impl AsFd) -> Result<()> {
    let flags: u32 = 0;
    // SAFETY: the kernel reads one u32, which lives until the call returns.
    let result = unsafe { libc::ioctl(file.as_fd().as_raw_fd(), CHECKPOINT, &raw const flags) };
    if result == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}
