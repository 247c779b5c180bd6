//! Stage `network`: loopback, DHCP and static addresses, the node's name and name files; a platform that wants to know hears that the machine
//! is up. Pods with the host's network start here, so that none of them waits for an address.

use crate::cluster::early;
use crate::net::setup;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sources::azure_ready;

/// Brings up what the config says.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    setup::begin(node)?;
    early::run(node)?;
    setup::run(node)?;
    azure_ready::tell(node);
    Ok(())
}
