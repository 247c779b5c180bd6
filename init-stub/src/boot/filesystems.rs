//! Stage `filesystems`: every filesystem of the config is mounted.

use crate::disk::filesystems;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;

/// In the order of the config.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    filesystems::mount_all(node)
}
