//! What all leases together say: names and servers of the one whose routes win come first.

use super::names::is_host_name;
use super::state::{Network, StaticAddress};
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

/// The address by which the node is known: that of the interface whose default route wins, because it is the one from which
/// the node speaks to its cluster. A static gateway wins over every lease, since its route has metric 0, and the last one
/// over the others, since it takes their place. Without a default route it is the first static address, else that of the
/// best lease. `lease` is the address of the best lease, and whether that lease has a default route.
pub fn own_address(statics: &[StaticAddress], lease: Option<(IpAddr, bool)>) -> Option<IpAddr> {
    let by_gateway = statics.iter().rev().find(|fixed| fixed.has_gateway).map(|fixed| fixed.address);
    let by_lease = lease.filter(|(_, has_default_route)| *has_default_route).map(|(address, _)| address);
    let first = statics.first().map(|fixed| fixed.address);
    by_gateway.or(by_lease).or(first).or(lease.map(|(address, _)| address))
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

    const STORAGE: StaticAddress = StaticAddress { address: v4(10, 9, 0, 5), has_gateway: false };
    const BACKUP: StaticAddress = StaticAddress { address: v4(172, 20, 4, 7), has_gateway: false };
    const UPLINK: StaticAddress = StaticAddress { address: v4(198, 51, 100, 21), has_gateway: true };
    const LEASED: IpAddr = v4(203, 0, 113, 40);

    const fn v4(a: u8, b: u8, c: u8, d: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    }

    #[test]
    fn the_address_with_the_static_gateway_is_the_nodes_wherever_it_stands() {
        for order in [[STORAGE, BACKUP, UPLINK], [STORAGE, UPLINK, BACKUP], [UPLINK, STORAGE, BACKUP]] {
            assert_eq!(own_address(&order, None), Some(UPLINK.address), "{order:?}");
            assert_eq!(own_address(&order, Some((LEASED, true))), Some(UPLINK.address), "{order:?}");
        }
    }

    #[test]
    fn a_lease_with_a_default_route_wins_over_a_static_address_without_one() {
        assert_eq!(own_address(&[STORAGE], Some((LEASED, true))), Some(LEASED));
        assert_eq!(own_address(&[], Some((LEASED, true))), Some(LEASED));
        assert_eq!(own_address(&[STORAGE], Some((LEASED, false))), Some(STORAGE.address));
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
        assert_eq!(own_address(&[STORAGE], network.best_lease()), Some(LEASED));
        network.leases.remove("eth1");
        assert_eq!(own_address(&[], network.best_lease()), Some(v4(203, 0, 113, 8)));
        network.leases.remove("eth0");
        assert_eq!(own_address(&[STORAGE], network.best_lease()), Some(STORAGE.address));
    }

    #[test]
    fn without_a_default_route_the_first_static_address_counts_and_then_the_lease() {
        assert_eq!(own_address(&[BACKUP, STORAGE], None), Some(BACKUP.address));
        assert_eq!(own_address(&[], Some((LEASED, false))), Some(LEASED));
        assert_eq!(own_address(&[], None), None);
    }

    #[test]
    fn of_two_static_gateways_the_last_counts_because_its_route_replaces_the_other() {
        let other = StaticAddress { address: v4(192, 0, 2, 77), has_gateway: true };
        assert_eq!(own_address(&[UPLINK, other], None), Some(other.address));
    }
}
