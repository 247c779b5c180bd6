//! Which files are unfinished, noted on the state partition until they are whole. The next attempt overwrites what
//! a power cut left next to them; without the note, a config that no longer names such a file would leave it forever.

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, Mode, OFlags, fsync, openat, renameat, statat, unlinkat};
use rustix::io::Errno;
use std::fs::File;
use std::io::{Read, Result, Write};

/// Where the state partition is mounted, below the root.
const STATE: &str = "keel/state";
const NOTE: &str = "unfinished";
const TEMPORARY: &str = "unfinished~new";
/// No config names more bytes of paths.
const LIMIT: u64 = 16 << 20;

/// Notes paths, durably. Without a state partition nothing is noted, and little is kept that could be left over.
pub fn note(root: BorrowedFd, paths: &[&str]) -> Result<()> {
    let Some(state) = state(root) else { return Ok(()) };
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(openat(&state, TEMPORARY, flags, Mode::RUSR | Mode::WUSR)?);
    // A path has no NUL.
    file.write_all(paths.join("\0").as_bytes())?;
    fsync(&file)?;
    renameat(&state, TEMPORARY, &state, NOTE)?;
    Ok(fsync(&state)?)
}

/// The paths of an attempt that was cut off; none if the last one came to its end.
pub fn noted(root: BorrowedFd) -> Vec<String> {
    let read = || {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut text = String::new();
        let file = File::from(openat(state(root)?, NOTE, flags, Mode::empty()).ok()?);
        file.take(LIMIT).read_to_string(&mut text).ok()?;
        Some(text)
    };
    read().unwrap_or_default().split('\0').filter(|path| path.starts_with('/')).map(str::to_owned).collect()
}

/// All of them are whole, or gone.
pub fn forget(root: BorrowedFd) -> rustix::io::Result<()> {
    let Some(state) = state(root) else { return Ok(()) };
    match unlinkat(state, NOTE, AtFlags::empty()) {
        Err(Errno::NOENT) => Ok(()),
        other => other,
    }
}

/// The state partition, if it is mounted: an ext4 has this folder, the mount point does not.
fn state(root: BorrowedFd) -> Option<OwnedFd> {
    let state = openat(root, STATE, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    statat(state.as_fd(), "lost+found", AtFlags::SYMLINK_NOFOLLOW).ok()?;
    Some(state)
}
