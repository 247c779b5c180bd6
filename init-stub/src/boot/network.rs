//! Stage `network`: the firewall, loopback, DHCP and static addresses, the node's name and name files; a platform that wants to know hears that the machine
//! is up. Pods with the host's network start here, so that none of them waits for an address.

use crate::cluster::early;
use crate::net::{firewall, setup};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sources::azure_ready;
use crate::time;

/// Brings up what the config says.
pub fn run(node: &mut Node) -> Result<(), Interrupt> {
    // Before a link is up, so that nothing comes in meanwhile.
    firewall::set(node)?;
    // Before the first message to a peer of WireGuard.
    time::not_before_noted(node);
    setup::begin(node)?;
    early::run(node)?;
    setup::run(node)?;
    azure_ready::tell(node);
    Ok(())
}
