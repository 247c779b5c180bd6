//! Stage `observe`: look at the disks.

use crate::disk::observe::look;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;

/// Leaves the observation and the labelled filesystems in the node.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    look(node)
}
