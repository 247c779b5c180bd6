//! Making filesystems durable. What waits for its turn to be written may be of any size, and a disk of any slowness, so that a
//! worker waits for it, and the event loop goes on.

use super::interrupt::Interrupt;
use super::job::Call;
use super::node::Node;
use super::wait;
use super::worker::{ended, job};
use crate::core::error::{Code, Error, Result, Step};
use rustix::fs::{Mode, OFlags, open, syncfs};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(600);

/// Makes everything durable that is on the filesystems of these directories.
pub fn filesystems(node: &mut Node, directories: &[String]) -> std::result::Result<(), Interrupt> {
    let object = directories.join(", ");
    let call = Call::to_do("sync", &directories, DEADLINE, &object);
    wait::work(node, &call, Error::new(Code::DiskIo, "sync", object.as_str()))
}

/// `child sync`: 0: they are durable. 1: an error.
pub fn run() -> u8 {
    let Some((directories, _)) = job::<Vec<String>>(0) else { return 2 };
    ended(directories.iter().try_for_each(|path| sync(path)))
}

fn sync(path: &str) -> Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = open(path, flags, Mode::empty()).step(Code::PathUnwritable, "open", path)?;
    syncfs(directory).step(Code::PathUnwritable, "sync", path)
}
