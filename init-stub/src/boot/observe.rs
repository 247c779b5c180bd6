//! Stage `observe`: look at the disks, and at what was started from one.

use crate::disk::observe::look;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::slots;

/// Leaves the observation and the labelled filesystems in the node.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    slots::report(node);
    look(node)
}
