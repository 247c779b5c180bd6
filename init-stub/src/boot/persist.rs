//! Stage `persist`: what lives on a disk appears at its path.

use crate::disk::persist;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sources::copy;

/// Keeps a copy of the machine config, then binds what persists.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    copy::keep(node);
    persist::run(node)
}
