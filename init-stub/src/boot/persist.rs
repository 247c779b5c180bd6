//! Stage `persist`: what lives on a disk appears at its path.

use crate::disk::persist;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sources::generations;

/// Keeps the machine config, then binds what persists.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    generations::keep(node);
    persist::run(node)
}
