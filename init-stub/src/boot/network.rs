//! Stage `network`: loopback, DHCP and static addresses, the node's name and name files; a platform that wants to know hears that the machine
//! is up.

use crate::net::setup;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sources::azure_ready;

/// Brings up what the config says.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    setup::run(node)?;
    azure_ready::tell(node);
    Ok(())
}
