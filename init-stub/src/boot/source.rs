//! Stage `source`: ask every source that counts.

use crate::net;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sources::search;
use crate::time;

/// Leaves the one document in `node.document`; nothing when there is none and none is required.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    search::run(node, |node| {
        net::search::start(node)?;
        // A server that speaks TLS is not believed by a machine whose clock is wrong.
        time::ensure_plausible(node)
    })
}
