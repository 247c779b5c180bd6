//! What all leases together say: names and servers of the one whose routes win come first.

use super::names::is_host_name;
use super::state::{Network, NodeAddress};
use crate::pid1::node::Node;
use std::net::{IpAddr, Ipv4Addr};

const MOST: usize = 4;

/// Gathers the facts of all leases again.
pub fn gather(node: &mut Node) {
    let network = node.state::<Network>();
    let ranked = network.by_rank();
    let address = own_address(&network.statics, network.best_lease());
    let hostname = ranked.iter().find_map(|held| held.lease.hostname.clone().filter(|name| is_host_name(name)));
    let nameservers = of_any_family(joined(ranked.iter().map(|held| held.lease.nameservers.as_slice())));
    let ntp_servers = of_any_family(joined(ranked.iter().map(|held| held.lease.ntp_servers.as_slice())));
    let search = joined(ranked.iter().map(|held| held.lease.search.as_slice()));
    let network = &mut node.network;
    (network.address, network.hostname) = (address, hostname.map(|name| name.to_lowercase()));
    network.changes = network.changes.wrapping_add(1);
    (network.nameservers, network.ntp_servers, network.search) = (nameservers, ntp_servers, search);
}

fn of_any_family(addresses: Vec<Ipv4Addr>) -> Vec<IpAddr> {
    addresses.into_iter().map(IpAddr::V4).collect()
}

/// The address by which the node is known: that of the link whose default route wins, because it is the one from which the node
/// speaks to its cluster. Of two default routes the lower metric wins, and a static one over a lease of the same. Without a
/// default route it is the first static address, else that of the best lease. An address of IPv6 counts on a node that has none of IPv4.
pub fn own_address(statics: &[NodeAddress], lease: Option<NodeAddress>) -> Option<IpAddr> {
    let (v4, v6): (Vec<&NodeAddress>, Vec<&NodeAddress>) =
        statics.iter().chain(&lease).partition(|one| one.address.is_ipv4());
    let all = if v4.is_empty() { v6 } else { v4 };
    let best = all.iter().filter(|one| one.metric.is_some()).min_by_key(|one| one.metric);
    best.or_else(|| all.first()).map(|one| one.address)
}

/// All in order, each once, not too many.
fn joined<'a, T: Clone + PartialEq + 'a>(lists: impl Iterator<Item = &'a [T]>) -> Vec<T> {
    let mut all: Vec<T> = Vec::new();
    for item in lists.flatten() {
        if !all.contains(item) && all.len() < MOST {
            all.push(item.clone());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::state::{ActiveLease, Network};
    use super::*;

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
            assert_eq!(own_address(&order, None), Some(UPLINK.address), "{order:?}");
            assert_eq!(own_address(&order, Some(LEASED)), Some(UPLINK.address), "{order:?}");
        }
    }

    #[test]
    fn a_lease_with_a_default_route_wins_over_a_static_address_without_one() {
        assert_eq!(own_address(&[STORAGE], Some(LEASED)), Some(LEASED.address));
        assert_eq!(own_address(&[], Some(LEASED)), Some(LEASED.address));
        assert_eq!(own_address(&[STORAGE], Some(LEASED_ONLY)), Some(STORAGE.address));
    }

    #[test]
    fn of_two_leases_with_default_routes_the_lower_metric_wins_and_one_without_a_route_is_last() {
        let held = |address: &str, routes: serde_json::Value, metric: u32| {
            let lease = serde_json::json!({
                "address": address, "prefixLength": 24, "server": "203.0.113.1", "routes": routes, "nameservers": [],
                "search": [], "ntpServers": [], "renewSeconds": 1, "rebindSeconds": 2,
            });
            ActiveLease { lease: serde_json::from_value(lease).unwrap(), metric }
        };
        let default = serde_json::json!([{ "destination": "0.0.0.0", "prefixLength": 0, "gateway": "203.0.113.1" }]);
        let none = serde_json::json!([]);
        let mut network = Network::default();
        network.leases.insert("eth0".into(), held("203.0.113.8", default.clone(), 120));
        network.leases.insert("eth1".into(), held("203.0.113.40", default, 110));
        network.leases.insert("eth2".into(), held("203.0.113.9", none, 100));
        assert_eq!(own_address(&[STORAGE], network.best_lease()), Some(LEASED.address));
        network.leases.remove("eth1");
        assert_eq!(own_address(&[], network.best_lease()), Some(v4(203, 0, 113, 8)));
        network.leases.remove("eth0");
        assert_eq!(own_address(&[STORAGE], network.best_lease()), Some(STORAGE.address));
    }

    #[test]
    fn without_a_default_route_the_first_static_address_counts_and_then_the_lease() {
        assert_eq!(own_address(&[BACKUP, STORAGE], None), Some(BACKUP.address));
        assert_eq!(own_address(&[], Some(LEASED_ONLY)), Some(LEASED.address));
        assert_eq!(own_address(&[], None), None);
    }

    #[test]
    fn an_address_of_ipv6_counts_where_there_is_none_of_ipv4() {
        let v6 = NodeAddress { address: "2001:db8::15".parse().unwrap(), metric: Some(0) };
        assert_eq!(own_address(&[v6], None), Some(v6.address));
        assert_eq!(own_address(&[v6], Some(LEASED)), Some(LEASED.address));
        assert_eq!(own_address(&[v6, STORAGE], None), Some(STORAGE.address));
    }

    #[test]
    fn of_two_static_default_routes_the_lower_metric_counts_also_against_a_lease() {
        let other = NodeAddress { address: v4(192, 0, 2, 77), metric: Some(50) };
        assert_eq!(own_address(&[other, UPLINK], None), Some(UPLINK.address));
        assert_eq!(own_address(&[NodeAddress { metric: Some(500), ..other }], Some(LEASED)), Some(LEASED.address));
    }
}
