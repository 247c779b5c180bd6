//! Stage `disks`: every partition of the config is there with its filesystem.

use crate::disk::storage;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;

/// Waits for disks that are not there yet, plans, and carries out the plan.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    storage::run(node)
}
