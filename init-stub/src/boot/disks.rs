//! Stage `disks`: every partition of the config is there with its filesystem.

use crate::disk::storage;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sources::state::check_owner;

/// Waits for disks that are not there yet, plans, refuses another machine's KEEL-STATE, and carries out the plan.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    let plan = storage::plan(node)?;
    check_owner(node)?;
    plan.carry_out(node)
}
