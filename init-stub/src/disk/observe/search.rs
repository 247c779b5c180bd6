//! Looking at the machine's disks: in a worker, because what is on them is from outside. Observing never writes.

use crate::core::content::volume::Volume;
use crate::core::error::{Code, Error, Step};
use crate::core::observation::Observation;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::Call;
use crate::pid1::node::Node;
use crate::pid1::wait;
use crate::sys::clock::mono_ms;
use crate::sys::uevent::Uevents;
use serde::{Deserialize, Serialize};

/// An observation of thousands of partitions stays below it.
const LARGEST: usize = 8 << 20;

/// What one look at the machine finds.
#[derive(Serialize, Deserialize)]
pub struct Look {
    /// The second argument of `plan()`.
    pub observation: Observation,
    /// Where sources may be. No part of the observation: no plan depends on it.
    pub volumes: Vec<Volume>,
}

/// Looks once. Leaves the observation and the labelled filesystems in the node.
pub fn look(node: &mut Node) -> Result<(), Interrupt> {
    let output = wait::worker(node, &Call::new("observe", &(), LARGEST, "disks"))?;
    if !output.ok() {
        let unknown = || Error::new(Code::DiskIo, "look at", "disks").with_detail(output.ending());
        return Err(serde_json::from_slice(&output.stdout).unwrap_or_else(|_| unknown()).into());
    }
    let found: Look = serde_json::from_slice(&output.stdout)
        .map_err(|e| Error::new(Code::Bug, "read", "observation").with_detail(e.to_string()))?;
    node.observation = Some(found.observation);
    node.volumes = found.volumes;
    Ok(())
}

/// A search for disks that may appear late, with a bound.
pub struct NewDisks {
    announcements: Uevents,
    end: u64,
    has_looked: bool,
}

impl NewDisks {
    /// Starts to listen to the kernel, so that no disk is missed after the first look. The bound is in milliseconds.
    pub fn listen(bound: u64) -> Result<Self, Interrupt> {
        let announcements = Uevents::open().step(Code::KernelRefused, "listen for", "new disks")?;
        Ok(Self { announcements, end: mono_ms().saturating_add(bound), has_looked: false })
    }

    /// Milliseconds until the search is over.
    pub fn left(&self) -> u64 {
        self.end.saturating_sub(mono_ms())
    }

    /// Whether this search has looked at the disks yet.
    pub fn has_looked(&self) -> bool {
        self.has_looked
    }

    /// Looks at once the first time, and then whenever the kernel announces a device; returns without a look when the time is
    /// up. The power button works meanwhile.
    pub fn look_again(&mut self, node: &mut Node) -> Result<(), Interrupt> {
        if self.has_looked && !self.hears(node)? {
            return Ok(());
        }
        self.has_looked = true;
        look(node)
    }

    /// Waits for an announcement; false when the time is up. The event loop watches only meanwhile: during a look nobody reads
    /// what the kernel announces, and the loop would never rest.
    fn hears(&self, node: &mut Node) -> Result<bool, Interrupt> {
        let token = node.events.token();
        node.events.watch(&self.announcements, token).step(Code::KernelRefused, "listen for", "new disks")?;
        let heard = wait::until(node, self.left(), |_| self.announcements.take());
        node.events.unwatch(&self.announcements);
        heard
    }
}
