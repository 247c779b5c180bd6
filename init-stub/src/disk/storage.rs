//! The disks of the config: every partition of the config is there with its filesystem.

use crate::core::error::Code;
use crate::core::event::Phase;
use crate::core::observation::Observation;
use crate::core::plan::{select, storage};
use crate::disk::apply::{Disks, carry_out, show};
use crate::disk::observe::NewDisks;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;

/// How long a disk that the config names may take to appear, in milliseconds.
const LONGEST_WAIT: u64 = 10_000;

/// Waits for disks that are not there yet, plans, and carries out the plan.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    let config = node.config()?;
    let is_missing = |seen: &Observation| storage(&config, seen).is_err_and(|error| error.code == Code::DiskNotFound);
    let mut search = NewDisks::listen(node, LONGEST_WAIT)?;
    // The last observation stays in the node either way.
    while node.observation.as_ref().is_none_or(is_missing) && search.left() > 0 {
        search.look_again(node)?;
    }
    let observation = node.observation.clone().unwrap_or_default();
    let actions = storage(&config, &observation)?;
    let mut disks = Disks::new(&observation);
    carry_out(node, Phase::Storage, &actions, |node, group| {
        group.iter().try_for_each(|action| disks.apply(node, &action.operation))
    })?;
    // Also without an action: the kernel shows no partitions of a table whose start was damaged.
    for wanted in &config.storage.disks {
        show(select(&wanted.selector, &observation)?)?;
    }
    Ok(())
}
