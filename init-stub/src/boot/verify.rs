//! Stage `verify`: is the document a machine config? What takes long begins as soon as that is known.

use crate::cluster;
use crate::modules;
use crate::net::platform;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::slots;
use crate::sources::verify;
use crate::watchdog;

/// Leaves the accepted config in the node.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    verify::run(node)?;
    platform::take(node)?;
    let config = node.config()?;
    cluster::versions::check(&config.kubernetes)?;
    modules::load_early(node, &config.kernel.modules);
    cluster::load(node, &config);
    slots::configure(node);
    watchdog::apply(node)
}
