//! What a platform says and a config does not, and the other way round.

use super::PlatformNetwork;
use crate::core::config::{LinkKind, Network, RouteTo};
use std::collections::BTreeSet;

/// Most phrases of a difference.
const MOST_PHRASES: usize = 20;

impl PlatformNetwork {
    /// The same as a config has it.
    pub fn into_network(self) -> Network {
        let Self { links, nameservers, search_domains, .. } = self;
        let search_domains = Some(search_domains).filter(|domains| !domains.is_empty());
        Network { links: Some(links), nameservers, search_domains, ..Network::default() }
    }
}

/// What only a platform says, and what only a config, each in short phrases.
pub fn difference(platform: &PlatformNetwork, config: &Network) -> (Vec<String>, Vec<String>) {
    let there = phrases(&platform.clone().into_network());
    let here = phrases(config);
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.difference(other).take(MOST_PHRASES).cloned().collect::<Vec<_>>()
    };
    (only(&there, &here), only(&here, &there))
}

/// What a network says: `address 192.0.2.10/24`, `DHCPv4`, `VLAN 40`. Names and selectors of links are not compared, because a platform
/// guesses them.
fn phrases(network: &Network) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for link in network.links() {
        match &link.kind {
            LinkKind::Vlan(vlan) => drop(all.insert(format!("VLAN {}", vlan.id))),
            LinkKind::Bond(_) => drop(all.insert("bond".into())),
            LinkKind::Bridge(_) => drop(all.insert("bridge".into())),
            // No platform names one, so that a config with one would always differ.
            LinkKind::Wireguard(_) => continue,
            LinkKind::Physical { .. } | LinkKind::Dummy {} => {}
        }
        let asks = [("DHCPv4", link.has_dhcp4()), ("DHCPv6", link.has_dhcp6()), ("SLAAC", link.has_slaac())];
        all.extend(asks.iter().filter(|(_, does)| *does).map(|(what, _)| (*what).to_owned()));
        all.extend(link.mtu_bytes.map(|bytes| format!("MTU {bytes}")));
        all.extend(link.addresses.iter().map(|address| format!("address {address}")));
        all.extend(link.routes.iter().map(route_phrase));
        all.extend(link.nameservers.iter().flatten().map(|server| format!("name server {server}")));
        all.extend(link.search_domains.iter().flatten().map(|domain| format!("search domain {domain}")));
    }
    all.extend(network.nameservers.iter().map(|server| format!("name server {server}")));
    all.extend(network.search_domains.iter().flatten().map(|domain| format!("search domain {domain}")));
    all
}

fn route_phrase(route: &RouteTo) -> String {
    let gateway = route.gateway.map(|gateway| format!(" through {gateway}")).unwrap_or_default();
    match route.prefix_length {
        0 => format!("default route{gateway}"),
        length => format!("route to {}/{length}{gateway}", route.destination),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::platform_network::{Format, read};

    #[test]
    fn names_of_links_make_no_difference_and_addresses_do() {
        let text = b"version: 2\nethernets:\n  ens18:\n    match: {macaddress: '52:54:00:00:00:01'}\n    addresses: [192.0.2.10/24]\n    routes: [{to: default, via: 192.0.2.1}]\n    nameservers: {addresses: [192.0.2.53]}\n";
        let platform = read(Format::NetworkConfig, text).unwrap();
        let link = serde_json::json!({
            "name": "eth0", "kind": { "type": "physical", "selector": { "name": "eth0" } },
            "addresses": [{ "address": "192.0.2.10", "prefixLength": 24 }],
            "routes": [{ "destination": "0.0.0.0", "prefixLength": 0, "gateway": "192.0.2.1" }],
        });
        let mut link: crate::core::config::NetworkLink = serde_json::from_value(link).unwrap();
        let of = |link: &crate::core::config::NetworkLink, servers: &[&str]| Network {
            links: Some(vec![link.clone()]),
            nameservers: servers.iter().map(|server| server.parse().unwrap()).collect(),
            ..Network::default()
        };
        assert_eq!(difference(&platform, &of(&link, &["192.0.2.53"])), (Vec::new(), Vec::new()));
        link.addresses.clear();
        link.dhcp4 = Some(true);
        let (there, here) = difference(&platform, &of(&link, &[]));
        assert_eq!(there, ["address 192.0.2.10/24", "name server 192.0.2.53"]);
        assert_eq!(here, ["DHCPv4"]);
    }
}
