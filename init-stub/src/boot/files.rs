//! Stage `files`: every directory, file and link of the config is as it says.

use crate::disk::files;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;

/// Looks at what is there, plans, and carries out the plan.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    files::run(node)
}
