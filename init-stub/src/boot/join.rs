//! Stage `join`: the machine becomes a node of its cluster.

use crate::cluster::joining;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;

/// Returns when the kubelet runs as that of a joined node.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    joining::run(node)
}
