//! Stage `disks`: every partition of the config is there with its filesystem.

use crate::disk::storage;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sources::state::{check_owner, stage};

/// Waits for disks that are not there yet, plans, refuses another machine's KEEL-STATE, stages a machine config that is new to
/// this one, and carries out the plan.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    let plan = storage::plan(node)?;
    if let Some(state) = check_owner(node)? {
        stage(node, &state)?;
    }
    plan.carry_out(node)
}
