//! Stage `observe`: look at the disks, in a child, because what is on them is from outside. Observing never writes.

use crate::child::{self, Look};
use crate::error::{Code, Error, Result, Step};
use crate::node::Node;
use crate::observe::Observation;
use crate::sys::uevent::Uevents;
use std::time::{Duration, Instant};

const STAGE: &str = "observe";
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// An observation of thousands of partitions stays below it.
const LARGEST: usize = 8 << 20;

/// Leaves the observation and the labelled filesystems in the node.
pub fn run(node: &mut Node) -> Result<()> {
    let found = look()?;
    node.observation = Some(found.observation);
    node.volumes = found.volumes;
    Ok(())
}

/// Looks once.
fn look() -> Result<Look> {
    let output = child::run(STAGE, &["observe"], &[], LARGEST, "disks")?;
    if !output.ok() {
        return Err(serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| Error::new(Code::DiskIo, STAGE, "look at", "disks").with_detail(output.ending())));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|e| Error::new(Code::Bug, STAGE, "read", "observation").with_detail(e.to_string()))
}

/// Looks again at every device that the kernel announces, until the observation is `good` or ten seconds have passed:
/// a disk may appear late. The last observation stays in the node either way.
pub fn until(node: &mut Node, good: impl Fn(&Observation) -> bool) -> Result<()> {
    let announcements = Uevents::open().step(Code::KernelRefused, STAGE, "listen for", "new disks")?;
    let until = Instant::now() + LONGEST_WAIT;
    while !node.observation.as_ref().is_some_and(&good) {
        run(node)?;
        if node.observation.as_ref().is_some_and(&good) || !announcements.wait(until) {
            break;
        }
    }
    Ok(())
}
