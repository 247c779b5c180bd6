//! The disks of the config: every partition of the config is there with its filesystem.

use crate::core::config::MachineConfig;
use crate::core::error::Code;
use crate::core::event::{Body, Phase};
use crate::core::observation::Observation;
use crate::core::plan::{Action, Unused, select, storage, unused};
use crate::disk::apply::{Disks, carry_out, show};
use crate::disk::observe::NewDisks;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use std::rc::Rc;

/// How long a disk that the config names may take to appear, in milliseconds.
const LONGEST_WAIT: u64 = 10_000;

/// What is to be done to the disks.
pub struct Planned {
    config: Rc<MachineConfig>,
    seen: Observation,
    actions: Vec<Action>,
}

/// Waits for disks that are not there yet, then plans.
pub fn plan(node: &mut Node) -> Result<Planned, Interrupt> {
    let config = node.config()?;
    let is_missing = |seen: &Observation| storage(&config, seen).is_err_and(|error| error.code == Code::DiskNotFound);
    let mut search = NewDisks::listen(LONGEST_WAIT)?;
    // The last observation stays in the node either way.
    while node.observation.as_ref().is_none_or(is_missing) && search.left() > 0 {
        search.look_again(node)?;
    }
    let seen = node.observation.clone().unwrap_or_default();
    let actions = storage(&config, &seen)?;
    Ok(Planned { config, seen, actions })
}

impl Planned {
    /// Carries the plan out, and tells of room that it leaves unused.
    pub fn carry_out(&self, node: &mut Node) -> Result<(), Interrupt> {
        for Unused { device, partition, bytes } in unused(&self.config, &self.seen) {
            node.emit(Body::SpaceUnused { device, partition, bytes });
        }
        let mut disks = Disks::new(&self.seen);
        carry_out(node, Phase::Storage, &self.actions, |node, group| {
            group.iter().try_for_each(|action| disks.apply(node, &action.operation))
        })?;
        // Also without an action: the kernel shows no partitions of a table whose start was damaged.
        for wanted in &self.config.storage.disks {
            show(select(&wanted.selector, &self.seen)?)?;
        }
        Ok(())
    }
}
