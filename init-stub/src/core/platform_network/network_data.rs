//! OpenStack's network_data.json.

use super::draft::{Draft, DraftLink};
use super::facts;
use super::left_out::LeftOut;
use super::options::parts;
use super::section::Section;
use crate::core::codec::yaml::Value;
use crate::core::config::RouteTo;
use std::net::IpAddr;

/// Reads links, networks and services.
pub fn read(root: Value<'_>, draft: &mut Draft) {
    let sections = |key, name| {
        let values = root.get(key).into_iter().flat_map(Value::items);
        values.map(move |value| Section { value, id: value.get(name).and_then(Value::text).unwrap_or("an entry") })
    };
    let is_made = |one: &Section| matches!(one.text("type"), Some("bond" | "vlan"));
    let is_only = sections("links", "id").filter(|one| !is_made(one)).count() == 1;
    for one in sections("links", "id") {
        let link = if is_made(&one) { made(one, draft) } else { physical(one, is_only, draft) };
        if let Some(mut link) = link {
            link.link.mtu_bytes = one.mtu(&mut draft.out);
            draft.links.push(link);
        }
    }
    for one in sections("networks", "link") {
        match draft.links.iter_mut().find(|link| link.id == one.id) {
            Some(link) => network(one, link, &mut draft.out),
            None => draft.out.add(one.id, "a network of a link that is not there"),
        }
    }
    let servers = services(Section { value: root, id: "services" }, &mut draft.out);
    draft.nameservers.extend(servers);
}

fn physical(one: Section, is_only: bool, draft: &mut Draft) -> Option<DraftLink> {
    match one.text("ethernet_mac_address") {
        Some(text) => match facts::mac(text) {
            Some(mac) => return Some(DraftLink::with_mac(one.id, mac)),
            None => draft.out.add(one.id, "ethernet_mac_address"),
        },
        None if is_only => return Some(DraftLink::every(one.id)),
        None => draft.out.add(one.id, "it has no ethernet_mac_address"),
    }
    None
}

fn made(one: Section, draft: &mut Draft) -> Option<DraftLink> {
    let out = &mut draft.out;
    if one.text("type") == Some("vlan") {
        let id = one.number("vlan_id", [1, 4094], out).and_then(|id| u16::try_from(id).ok());
        let Some(id) = id else {
            out.add(one.id, "its vlan_id");
            return None;
        };
        let mut link = DraftLink::vlan(one.id, id);
        link.parts = one.text("vlan_link").map(str::to_owned).into_iter().collect();
        return Some(link);
    }
    let given = one.value.entries().filter(|(key, _)| *key != "bond_links");
    let given = given.filter_map(|(key, value)| Some((key.strip_prefix("bond_")?, parts(value))));
    let mut link = DraftLink::bond(one.id, given, out)?;
    link.parts = one.words("bond_links").map(str::to_owned).collect();
    Some(link)
}

fn network(one: Section, draft: &mut DraftLink, out: &mut LeftOut) {
    let link = &mut draft.link;
    match one.text("type").unwrap_or_default() {
        "ipv4_dhcp" => link.dhcp4 = Some(true),
        "ipv6_dhcp" => {
            link.dhcp6 = Some(true);
            link.slaac = Some(true);
        }
        "ipv6_dhcpv6-stateful" => link.dhcp6 = Some(true),
        "ipv6_dhcpv6-stateless" | "ipv6_slaac" => link.slaac = Some(true),
        "ipv4" | "ipv6" => {
            match one.text("ip_address").and_then(|text| facts::address(text, one.text("netmask"))) {
                Some(address) => link.addresses.push(address),
                None => out.add(one.id, "ip_address"),
            }
            if let Some(gateway) = one.text("gateway").and_then(facts::ip) {
                link.routes.push(facts::default_route(gateway));
            }
        }
        _ => out.add(one.id, "the type of a network"),
    }
    for value in one.list("routes") {
        link.routes.extend(route(Section { value, id: one.id }, out));
    }
    let servers = services(one, out);
    draft.add_servers(servers);
    draft.add_servers(one.servers("dns_nameservers", out));
}

fn route(one: Section, out: &mut LeftOut) -> Option<RouteTo> {
    let to = one.text("network").and_then(|text| facts::network(text, one.text("netmask")));
    let (Some(to), Some(gateway)) = (to, one.text("gateway").and_then(facts::ip)) else {
        out.add(one.id, "a route");
        return None;
    };
    Some(facts::route(to, Some(gateway)))
}

fn services(one: Section, out: &mut LeftOut) -> Vec<IpAddr> {
    let all = one.list("services").map(|value| Section { value, id: one.id });
    let dns: Vec<Section> = all.filter(|service| service.text("type") == Some("dns")).collect();
    dns.iter().flat_map(|service| service.servers("address", out)).collect()
}
