//! What all leases together say: names and servers of the one whose routes win come first.

use super::Network;
use super::names::is_host_name;
use crate::pid1::node::Node;
use std::net::{IpAddr, Ipv4Addr};

const MOST: usize = 4;

/// Gathers the facts of all leases anew.
pub fn gather(node: &mut Node) {
    let network = node.state::<Network>();
    let ranked = network.by_rank();
    let address = network.own_static.or(ranked.first().map(|held| held.lease.address.into()));
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
