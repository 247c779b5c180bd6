//! What PID 1 keeps of the network: the leases in force and what is wanted.

use super::wanted::{Selector, Wanted};
use crate::core::backoff::Backoff;
use crate::core::codec::dhcp::client::Loss;
use crate::core::codec::dhcp::lease::Lease;
use crate::core::codec::dhcp6::lease::{Information, Lease6};
use crate::core::error::{Code, Error};
use crate::core::plan::network::SeenLink;
use crate::pid1::event_loop::Token;
use crate::pid1::node::Node;
use crate::sys::netdev::Announcements;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What PID 1 knows about the network in addition to its facts.
#[derive(Default)]
pub struct Network {
    /// The addresses that the config gives, in its order.
    pub statics: Vec<NodeAddress>,
    /// Metrics of the default routes of IPv6 that the config gives, each with its link.
    pub routes6: Vec<(Selector, u32)>,
    /// Leases in force by interface.
    pub leases: BTreeMap<String, ActiveLease>,
    /// What there is of IPv6 by interface.
    pub ipv6: BTreeMap<String, Active6>,
    /// Addresses that the kernel has made from router advertisements and that were reported, with the number of their interface.
    pub slaac: BTreeSet<(u32, Ipv6Addr)>,
    /// Addresses of IPv6 whose preferred lifetime is over, with the number of their interface.
    pub deprecated: BTreeSet<(u32, Ipv6Addr)>,
    /// Interfaces with a carrier that had no lease when the DHCP client last spoke.
    pub looking: usize,
    /// Whether the search for a config has had an address, and has waited for those of the other family.
    pub has_searched: bool,
    /// What the DHCP client is to do; None: it is not to run.
    pub wanted: Option<Wanted>,
    /// Lines of the DHCP client that are not events, such as the message of a panic; the newest few.
    pub last_words: VecDeque<String>,
    /// Of the DHCP client that dies.
    pub backoff: Backoff,
    /// The kernel's announcements of links.
    pub announcements: Option<(Announcements, Token)>,
}

/// The families of which a machine may get an address from others.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    /// Whether it asks for a lease of IPv4.
    pub ipv4: bool,
    /// Whether it does what routers say, or asks for a lease of IPv6.
    pub ipv6: bool,
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
    /// The MTU in bytes that the interface had before it got that of the lease; None: it has not got any.
    pub mtu_before: Option<u32>,
}

/// What servers of DHCPv6 and routers say on an interface.
#[derive(Default)]
pub struct Active6 {
    /// The lease in force, with the number of the interface.
    pub lease: Option<(u32, Lease6)>,
    /// What counts without a lease.
    pub information: Option<Information>,
    /// Name servers that routers advertise.
    pub servers: Vec<Ipv6Addr>,
    /// Domains that routers advertise.
    pub domains: Vec<String>,
}

/// The host name that a lease gives, whether or not it is a valid one; that of the lease whose routes win first, and of IPv4 first.
pub fn hostname_of_lease(node: &mut Node) -> Option<String> {
    let network = node.state::<Network>();
    let of_ipv4 = network.by_rank().iter().find_map(|held| held.lease.hostname.clone());
    of_ipv4.or_else(|| network.leases6().find_map(|(_, lease)| lease.hostname.clone()))
}

/// Another machine on the link has an address that an interface should have.
pub fn another_has(interface: &str, address: IpAddr) -> Error {
    Error::new(Code::AddressTaken, "use", format!("{interface}: {address}"))
        .with_detail("another machine on the link has this address")
}

/// An interface has another name, and its leases with it.
pub fn renamed(node: &mut Node, from: &str, to: &str) {
    let network = node.state::<Network>();
    if let Some(held) = network.leases.remove(from) {
        network.leases.insert(to.into(), held);
    }
    if let Some(held) = network.ipv6.remove(from) {
        network.ipv6.insert(to.into(), held);
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

    /// Whether there is an address that makes a long wait for others needless: a lease of IPv4, or a fixed one with a default route where
    /// no lease of IPv4 is expected. Networks without routers of IPv6 are many.
    pub fn has_any(&self, expected: Expected) -> bool {
        let has_route = || self.statics.iter().any(|one| one.metric.is_some());
        !self.leases.is_empty() || (!expected.ipv4 && has_route())
    }

    /// The leases of DHCPv6 with the numbers of their interfaces.
    pub fn leases6(&self) -> impl Iterator<Item = &(u32, Lease6)> {
        self.ipv6.values().filter_map(|held| held.lease.as_ref())
    }

    /// The addresses of IPv6 that others have given, with the numbers of their interfaces: those of servers first, but what new connections
    /// are not to use comes last.
    pub fn dynamic6(&self) -> Vec<(u32, Ipv6Addr)> {
        let leased = self.leases6().map(|(index, lease)| (*index, lease.address));
        let mut all: Vec<_> = leased.chain(self.slaac.iter().copied()).collect();
        all.sort_by_key(|one| self.deprecated.contains(one));
        all
    }

    /// The metric of the default route of IPv6 that the config puts over a link of which others give the addresses.
    pub fn static_metric6(&self, link: &SeenLink) -> Option<u32> {
        let meant = &self.wanted.as_ref()?.means(link)?.selector;
        self.routes6.iter().find(|(selector, _)| selector == meant).map(|(_, metric)| *metric)
    }

    /// Takes in whether the preferred lifetime of an address is over; true where that changes something that is in use.
    pub fn set_deprecated(&mut self, key: (u32, Ipv6Addr), is_deprecated: bool) -> bool {
        let has_changed = if is_deprecated { self.deprecated.insert(key) } else { self.deprecated.remove(&key) };
        has_changed && self.dynamic6().contains(&key)
    }

    /// Lets go of a lease of DHCPv6, and of all that came over an interface that is gone; the lease, if there was one.
    pub fn lost6(&mut self, interface: &str, why: Loss) -> Option<Lease6> {
        let lease = match why {
            Loss::Gone => self.ipv6.remove(interface)?.lease,
            _ => self.ipv6.get_mut(interface)?.lease.take(),
        };
        lease.map(|(_, lease)| lease)
    }

    /// The gateway of the default route that wins.
    pub fn gateway(&self) -> Option<Ipv4Addr> {
        self.by_rank().first().and_then(|held| held.lease.gateway())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_address_with_a_default_route_does_not_wait_long_for_routers() {
        let of = |metric, ipv4| {
            let statics = vec![NodeAddress { address: Ipv4Addr::new(192, 0, 2, 7).into(), metric }];
            Network { statics, ..Network::default() }.has_any(Expected { ipv4, ipv6: true })
        };
        assert!(of(Some(0), false));
        assert!(!of(None, false));
        assert!(!of(Some(0), true), "a lease is waited for");
    }

    #[test]
    fn an_address_whose_preferred_lifetime_is_over_comes_last() {
        let lease = serde_json::json!({
            "address": "2001:db8::1", "server": "00", "nameservers": [], "search": [], "ntpServers": [],
            "renewSeconds": 1, "rebindSeconds": 2,
        });
        let lease = Some((2, serde_json::from_value(lease).unwrap()));
        let of = |last: u16| (2, Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last));
        let mut network = Network { slaac: [of(7), of(8)].into(), ..Network::default() };
        network.ipv6.insert("eth0".into(), Active6 { lease, ..Active6::default() });
        assert_eq!(network.dynamic6(), [of(1), of(7), of(8)]);
        assert!(network.set_deprecated(of(1), true) && network.set_deprecated(of(7), true));
        assert!(!network.set_deprecated(of(7), true), "it was before");
        assert!(!network.set_deprecated(of(9), true), "it is not one of these");
        assert_eq!(network.dynamic6(), [of(8), of(1), of(7)]);
        assert!(network.set_deprecated(of(1), false));
        assert_eq!(network.dynamic6(), [of(1), of(8), of(7)]);
    }

    #[test]
    fn a_lease_may_be_lost_alone_and_with_its_interface_goes_all_that_came_over_it() {
        let mut network = Network::default();
        let held = Active6 { servers: vec!["fe80::53".parse().unwrap()], ..Active6::default() };
        network.ipv6.insert("eth1".into(), held);
        assert_eq!(network.lost6("eth1", Loss::Expired), None);
        assert_eq!(network.ipv6.len(), 1);
        assert_eq!(network.lost6("eth1", Loss::Gone), None);
        assert!(network.ipv6.is_empty());
    }
}
