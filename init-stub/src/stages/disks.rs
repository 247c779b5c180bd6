//! Stage `disks`: every partition of the config is there with its filesystem.

use super::observe;
use crate::apply::{Disks, carry_out, show};
use crate::error::{Code, Result};
use crate::event::{Body, Phase};
use crate::node::Node;
use crate::observe::Observation;
use crate::plan::{Unused, select, storage, unused};
use crate::sources::state::check_owner;

/// Waits for disks that are not there yet, plans, refuses another machine's KEEL-STATE, and carries out the plan.
pub fn run(node: &mut Node) -> Result<()> {
    let config = node.config()?;
    let missing = |seen: &Observation| storage(&config, seen).is_err_and(|error| error.code == Code::DiskNotFound);
    observe::until(node, |seen| !missing(seen))?;
    let observation = node.observation.clone().unwrap_or_default();
    let actions = storage(&config, &observation)?;
    check_owner(node, &config, &observation)?;
    for Unused { device, partition, bytes } in unused(&config, &observation) {
        node.emit(Body::SpaceUnused { device, partition, bytes });
    }
    let mut disks = Disks::new(&observation);
    carry_out(node, Phase::Storage, &actions, |group| group.iter().try_for_each(|action| disks.apply(&action.deed)))?;
    // Also without an action: the kernel shows no partitions of a table whose start was damaged.
    config.storage.disks.iter().try_for_each(|wanted| show(select(&wanted.selector, &observation)?))
}
