//! What all leases together say: names and servers of the one whose routes win come first.

use super::names::is_host_name;
use super::state::{Network, NodeAddress};
use crate::core::codec::dhcp6::lease::{Information, Lease6};
use crate::core::scoped::ScopedAddress;
use crate::pid1::node::Node;
use crate::sys::netdev::Links;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

const MOST: usize = 4;
/// The kernel's metric of a default route that a router advertises.
const METRIC_OF_ROUTERS: u32 = 1024;

/// Gathers the facts of all leases and routers again: those of IPv4 first, then DHCPv6, then routers.
pub fn gather(node: &mut Node) {
    let mut dynamic6 = addresses6(node);
    let network = node.state::<Network>();
    let ranked = network.by_rank();
    let leased = ranked.iter().map(|held| IpAddr::V4(held.lease.address));
    let addresses = all_addresses(&network.statics, leased.chain(dynamic6.iter().map(|one| one.address)));
    let mut dynamic: Vec<NodeAddress> = network.best_lease().into_iter().collect();
    dynamic.append(&mut dynamic6);
    let address = own_address(&network.statics, &dynamic);
    let hostname = ranked.iter().map(|held| &held.lease.hostname);
    let hostname: Vec<&String> =
        hostname.chain(network.leases6().map(|(_, lease)| &lease.hostname)).flatten().collect();
    let hostname = hostname.into_iter().find(|name| is_host_name(name)).map(|name| name.to_lowercase());

    let of_leases = ranked.iter().flat_map(|held| &held.lease.nameservers).map(|ip| IpAddr::V4(*ip).into());
    let nameservers = network.servers6(|held| &held.nameservers, |held| &held.nameservers);
    let advertised = network.ipv6.iter().flat_map(|(name, held)| scoped(name, &held.servers));
    let mut nameservers: Vec<ScopedAddress> = of_leases.chain(nameservers).chain(advertised).collect();
    // The kubelet copies them for pods, where those of the link lead nowhere.
    nameservers.sort_by_key(|one| one.interface.is_some());
    let nameservers = joined(nameservers.into_iter());
    let of_leases = ranked.iter().flat_map(|held| &held.lease.ntp_servers).map(|ip| IpAddr::V4(*ip).into());
    let ntp_servers = joined(of_leases.chain(network.servers6(|held| &held.ntp_servers, |held| &held.ntp_servers)));
    let of_leases = ranked.iter().flat_map(|held| &held.lease.search);
    let of_dhcp6 = network.ipv6.values().flat_map(|held| {
        let lease = held.lease.iter().flat_map(|(_, lease)| &lease.search);
        lease.chain(held.information.iter().flat_map(|information| &information.search)).chain(&held.domains)
    });
    let search = joined(of_leases.chain(of_dhcp6).cloned());

    let network = &mut node.network;
    (network.address, network.hostname) = (address, hostname);
    network.addresses = addresses;
    network.changes = network.changes.wrapping_add(1);
    (network.nameservers, network.ntp_servers, network.search) = (nameservers, ntp_servers, search);
}

/// The addresses of IPv6 that others have given, in the order of [`Network::dynamic6`]. One has a default route where a router has advertised one on its
/// interface, or the config puts one over it.
pub fn addresses6(node: &mut Node) -> Vec<NodeAddress> {
    let all = node.state::<Network>().dynamic6();
    if all.is_empty() {
        return Vec::new();
    }
    let network = node.state::<Network>();
    let (gateways, mut of_config) =
        (Links::open().and_then(|links| links.ipv6_gateways()).unwrap_or_default(), BTreeMap::new());
    if !network.routes6.is_empty() {
        let present = Links::open().and_then(|links| links.all()).unwrap_or_default();
        let metrics = present.iter().filter_map(|link| Some((link.index, network.static_metric6(link)?)));
        of_config.extend(metrics);
    }
    let of = |(index, address)| {
        let advertised = gateways.contains_key(&index).then_some(METRIC_OF_ROUTERS);
        let metric = advertised.into_iter().chain(of_config.get(&index).copied()).min();
        NodeAddress { address: IpAddr::V6(address), metric }
    };
    all.into_iter().map(of).collect()
}

/// Addresses that something on an interface has named.
fn scoped(interface: &str, addresses: &[Ipv6Addr]) -> Vec<ScopedAddress> {
    addresses.iter().map(|ip| ScopedAddress::on(interface, IpAddr::V6(*ip))).collect()
}

/// The address by which the node is known: that of the link whose default route wins, because it is the one from which the node
/// speaks to its cluster. Of two default routes the lower metric wins, and a static one over a lease of the same. Without a
/// default route it is the first static address, else the best that others have given. An address of IPv6 counts on a node that has none of IPv4.
pub fn own_address(statics: &[NodeAddress], dynamic: &[NodeAddress]) -> Option<IpAddr> {
    let (v4, v6): (Vec<&NodeAddress>, Vec<&NodeAddress>) =
        statics.iter().chain(dynamic).partition(|one| one.address.is_ipv4());
    let all = if v4.is_empty() { v6 } else { v4 };
    let best = all.iter().filter(|one| one.metric.is_some()).min_by_key(|one| one.metric);
    best.or_else(|| all.first()).map(|one| one.address)
}

impl Network {
    /// The servers that DHCPv6 names, with leases and without.
    fn servers6(
        &self,
        of_lease: fn(&Lease6) -> &Vec<Ipv6Addr>,
        of_information: fn(&Information) -> &Vec<Ipv6Addr>,
    ) -> impl Iterator<Item = ScopedAddress> {
        self.ipv6.iter().flat_map(move |(name, held)| {
            let leased = held.lease.iter().flat_map(move |(_, lease)| of_lease(lease));
            let others = held.information.iter().flat_map(of_information);
            leased.chain(others).map(|ip| ScopedAddress::on(name, IpAddr::V6(*ip)))
        })
    }
}

/// Every address by which a cluster may know the node, each once.
fn all_addresses(statics: &[NodeAddress], others: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let mut all: Vec<IpAddr> = Vec::new();
    for address in statics.iter().map(|one| one.address).chain(others) {
        if !is_link_local(address) && !all.contains(&address) {
            all.push(address);
        }
    }
    all
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

/// All in order, each once, not too many.
fn joined<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = Vec::new();
    for item in items {
        if !all.contains(&item) && all.len() < MOST {
            all.push(item);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::state::{ActiveLease, Network};
    use super::*;
    use std::net::Ipv4Addr;

    const STORAGE: NodeAddress = NodeAddress { address: v4(10, 9, 0, 5), metric: None };
    const BACKUP: NodeAddress = NodeAddress { address: v4(172, 20, 4, 7), metric: None };
    const UPLINK: NodeAddress = NodeAddress { address: v4(198, 51, 100, 21), metric: Some(0) };
    const LEASED: NodeAddress = NodeAddress { address: v4(203, 0, 113, 40), metric: Some(100) };
    const LEASED_ONLY: NodeAddress = NodeAddress { metric: None, ..LEASED };

    const fn v4(a: u8, b: u8, c: u8, d: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    }

    #[test]
    fn the_address_with_the_static_gateway_is_the_nodes_wherever_it_stands() {
        for order in [[STORAGE, BACKUP, UPLINK], [STORAGE, UPLINK, BACKUP], [UPLINK, STORAGE, BACKUP]] {
            assert_eq!(own_address(&order, &[]), Some(UPLINK.address), "{order:?}");
            assert_eq!(own_address(&order, &[LEASED]), Some(UPLINK.address), "{order:?}");
        }
    }

    #[test]
    fn a_lease_with_a_default_route_wins_over_a_static_address_without_one() {
        assert_eq!(own_address(&[STORAGE], &[LEASED]), Some(LEASED.address));
        assert_eq!(own_address(&[], &[LEASED]), Some(LEASED.address));
        assert_eq!(own_address(&[STORAGE], &[LEASED_ONLY]), Some(STORAGE.address));
    }

    #[test]
    fn of_two_leases_with_default_routes_the_lower_metric_wins_and_one_without_a_route_is_last() {
        let held = |address: &str, routes: serde_json::Value, metric: u32| {
            let lease = serde_json::json!({
                "address": address, "prefixLength": 24, "server": "203.0.113.1", "routes": routes, "nameservers": [],
                "search": [], "ntpServers": [], "renewSeconds": 1, "rebindSeconds": 2,
            });
            ActiveLease { lease: serde_json::from_value(lease).unwrap(), metric, mtu_before: None }
        };
        let default = serde_json::json!([{ "destination": "0.0.0.0", "prefixLength": 0, "gateway": "203.0.113.1" }]);
        let none = serde_json::json!([]);
        let mut network = Network::default();
        network.leases.insert("eth0".into(), held("203.0.113.8", default.clone(), 120));
        network.leases.insert("eth1".into(), held("203.0.113.40", default, 110));
        network.leases.insert("eth2".into(), held("203.0.113.9", none, 100));
        assert_eq!(own_address(&[STORAGE], network.best_lease().as_slice()), Some(LEASED.address));
        network.leases.remove("eth1");
        assert_eq!(own_address(&[], network.best_lease().as_slice()), Some(v4(203, 0, 113, 8)));
        network.leases.remove("eth0");
        assert_eq!(own_address(&[STORAGE], network.best_lease().as_slice()), Some(STORAGE.address));
    }

    #[test]
    fn without_a_default_route_the_first_static_address_counts_and_then_the_lease() {
        assert_eq!(own_address(&[BACKUP, STORAGE], &[]), Some(BACKUP.address));
        assert_eq!(own_address(&[], &[LEASED_ONLY]), Some(LEASED.address));
        assert_eq!(own_address(&[], &[]), None);
    }

    #[test]
    fn an_address_of_ipv6_counts_where_there_is_none_of_ipv4() {
        let v6 = NodeAddress { address: "2001:db8::15".parse().unwrap(), metric: Some(0) };
        assert_eq!(own_address(&[v6], &[]), Some(v6.address));
        assert_eq!(own_address(&[v6], &[LEASED]), Some(LEASED.address));
        assert_eq!(own_address(&[v6, STORAGE], &[]), Some(STORAGE.address));
    }

    #[test]
    fn all_addresses_are_the_static_ones_and_then_the_others_without_those_of_a_link() {
        let local = NodeAddress { address: "fe80::7".parse().unwrap(), metric: None };
        let v6: IpAddr = "2001:db8::15".parse().unwrap();
        let others = [LEASED.address, UPLINK.address, v4(169, 254, 7, 7), v6];
        assert_eq!(
            all_addresses(&[STORAGE, local, UPLINK], others.into_iter()),
            [STORAGE.address, UPLINK.address, LEASED.address, v6]
        );
    }

    #[test]
    fn of_two_static_default_routes_the_lower_metric_counts_also_against_a_lease() {
        let other = NodeAddress { address: v4(192, 0, 2, 77), metric: Some(50) };
        assert_eq!(own_address(&[other, UPLINK], &[]), Some(UPLINK.address));
        assert_eq!(own_address(&[NodeAddress { metric: Some(500), ..other }], &[LEASED]), Some(LEASED.address));
    }
}
