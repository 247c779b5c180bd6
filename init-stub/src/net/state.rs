//! What PID 1 keeps of the network: the leases in force and what is wanted.

use super::wanted::Wanted;
use crate::core::backoff::Backoff;
use crate::core::codec::dhcp::lease::Lease;
use crate::pid1::event_loop::Token;
use crate::pid1::node::Node;
use crate::sys::netdev::Announcements;
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr};

/// What PID 1 knows about the network in addition to its facts.
#[derive(Default)]
pub struct Network {
    /// The addresses that the config gives, in its order.
    pub statics: Vec<NodeAddress>,
    /// Leases in force by interface.
    pub leases: BTreeMap<String, ActiveLease>,
    /// Interfaces with a carrier that had no lease when the DHCP client last spoke.
    pub looking: usize,
    /// What the DHCP client is to do; None: it is not to run.
    pub wanted: Option<Wanted>,
    /// Lines of the DHCP client that are not events, such as the message of a panic; the newest few.
    pub last_words: VecDeque<String>,
    /// Of the DHCP client that dies.
    pub backoff: Backoff,
    /// The kernel's announcements of links.
    pub announcements: Option<(Announcements, Token)>,
}

/// An address of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeAddress {
    /// The address.
    pub address: IpAddr,
    /// Metric of the default route of its link; None: the link has none.
    pub metric: Option<u32>,
}

/// A lease in force.
pub struct ActiveLease {
    /// What the server gave.
    pub lease: Lease,
    /// Of its routes.
    pub metric: u32,
}

/// The host name that a lease gives, whether or not it is a valid one; that of the lease whose routes win first.
pub fn hostname_of_lease(node: &mut Node) -> Option<String> {
    node.state::<Network>().by_rank().iter().find_map(|held| held.lease.hostname.clone())
}

/// An interface has another name, and its lease with it.
pub fn renamed(node: &mut Node, from: &str, to: &str) {
    let leases = &mut node.state::<Network>().leases;
    if let Some(held) = leases.remove(from) {
        leases.insert(to.into(), held);
    }
}

impl Network {
    /// The leases, the one whose routes win first.
    pub fn by_rank(&self) -> Vec<&ActiveLease> {
        let mut held: Vec<&ActiveLease> = self.leases.values().collect();
        held.sort_by_key(|held| (!held.lease.has_default_route(), held.metric));
        held
    }

    /// The address of the lease whose routes win, and the metric of its default route, if it has one.
    pub fn best_lease(&self) -> Option<NodeAddress> {
        self.by_rank().first().map(|held| NodeAddress {
            address: held.lease.address.into(),
            metric: held.lease.has_default_route().then_some(held.metric),
        })
    }

    /// The gateway of the default route that wins.
    pub fn gateway(&self) -> Option<Ipv4Addr> {
        self.by_rank().first().and_then(|held| held.lease.gateway())
    }
}
