//! cloud-init's network-config, version 1: a list of entries with subnets.

use super::draft::{Draft, DraftLink};
use super::facts;
use super::left_out::LeftOut;
use super::options::{self, parts};
use super::section::Section;
use crate::core::codec::yaml::Value;
use crate::core::config::{LinkKind, RouteTo};

/// Keys of an entry that are read, or that have no meaning on a node.
const KNOWN: [&str; 13] = [
    "type",
    "name",
    "mac_address",
    "mtu",
    "subnets",
    "params",
    "bond_interfaces",
    "bridge_interfaces",
    "vlan_link",
    "vlan_id",
    "accept-ra",
    "keep_configuration",
    "optional",
];

/// Reads the entries of `config`.
pub fn read(network: Value<'_>, draft: &mut Draft) {
    let entries: Vec<Section> = network
        .get("config")
        .into_iter()
        .flat_map(Value::items)
        .map(|value| Section { value, id: value.get("name").and_then(Value::text).unwrap_or("an entry") })
        .collect();
    let is_only = entries.iter().filter(|one| kind(one) == "physical").count() == 1;
    for one in &entries {
        match kind(one) {
            "physical" => physical(*one, is_only, draft),
            "bond" | "bridge" | "vlan" => made(*one, draft),
            "nameserver" | "route" => {}
            "loopback" if one.list("subnets").all(|subnet| subnet.get("address").is_none()) => {}
            _ => draft.out.add(one.id, "its type"),
        }
    }
    // Of links that are all there.
    for one in &entries {
        match kind(one) {
            "nameserver" => nameserver(*one, draft),
            "route" => {
                if let Some(route) = route(*one, &mut draft.out) {
                    draft.add_route(route);
                }
            }
            _ => {}
        }
    }
}

fn kind<'a>(one: &Section<'a>) -> &'a str {
    one.text("type").unwrap_or_default()
}

fn physical(one: Section, is_only: bool, draft: &mut Draft) {
    let mac = one.text("mac_address");
    let mut link = match mac.map(facts::mac) {
        Some(Some(mac)) => DraftLink::with_mac(one.id, mac),
        Some(None) => return draft.out.add(one.id, "mac_address"),
        None => DraftLink::every(one.id),
    };
    common(one, &mut link, &mut draft.out);
    match mac {
        Some(_) => draft.links.push(link),
        None => draft.add_named(link, one.id, is_only),
    }
}

/// A link that the node makes.
fn made(one: Section, draft: &mut Draft) {
    let out = &mut draft.out;
    let params = || {
        let value = one.value.get("params");
        let names = ["bond-", "bond_", "bridge-", "bridge_"];
        let short = move |key: &'_ str| names.iter().find_map(|prefix| key.strip_prefix(prefix)).map(str::len);
        value.into_iter().flat_map(Value::entries).map(move |(key, value)| {
            let start = short(key).and_then(|length| key.len().checked_sub(length)).unwrap_or(0);
            (key.get(start..).unwrap_or(key), parts(value))
        })
    };
    let (mut link, members) = match one.text("type") {
        Some("bond") => {
            let Some(link) = DraftLink::bond(one.id, params(), out) else { return };
            (link, "bond_interfaces")
        }
        Some("bridge") => {
            let Some(bridge) = options::bridge(one.id, false, params(), out) else { return };
            (DraftLink::new(one.id, LinkKind::Bridge(bridge)), "bridge_interfaces")
        }
        _ => {
            let id = one.number("vlan_id", [1, 4094], out).and_then(|id| u16::try_from(id).ok());
            let Some(id) = id else { return out.add(one.id, "its vlan_id") };
            (DraftLink::vlan(one.id, id), "vlan_link")
        }
    };
    link.parts = one.words(members).map(str::to_owned).collect();
    if one.value.get("mac_address").is_some() {
        out.add(one.id, "mac_address");
    }
    common(one, &mut link, out);
    draft.links.push(link);
}

/// What every link may have.
fn common(one: Section, link: &mut DraftLink, out: &mut LeftOut) {
    link.link.mtu_bytes = one.mtu(out);
    let accepts = one.flag("accept-ra", out);
    if accepts == Some(true) {
        link.link.slaac = Some(true);
    }
    one.other_keys(&KNOWN, out);
    for value in one.list("subnets") {
        subnet(Section { value, id: one.id }, accepts != Some(false), link, out);
    }
}

fn subnet(one: Section, accepts: bool, link: &mut DraftLink, out: &mut LeftOut) {
    if one.text("control") == Some("manual") {
        return out.add(one.id, "a subnet with control: manual");
    }
    match one.text("type").unwrap_or_default() {
        "dhcp" | "dhcp4" => link.link.dhcp4 = Some(true),
        "dhcp6" => {
            link.link.dhcp6 = Some(true);
            link.link.slaac = Some(accepts);
        }
        "ipv6_dhcpv6-stateful" => link.link.dhcp6 = Some(true),
        "ipv6_dhcpv6-stateless" | "ipv6_slaac" => link.link.slaac = Some(true),
        "static" | "static6" => {
            let mask = one.text("netmask").or_else(|| one.text("prefix"));
            match one.text("address").and_then(|text| facts::address(text, mask)) {
                Some(address) => link.link.addresses.push(address),
                None => out.add(one.id, "address"),
            }
        }
        "manual" => {}
        _ => out.add(one.id, "the type of a subnet"),
    }
    if let Some(text) = one.text("gateway") {
        match facts::ip(text) {
            Some(gateway) => {
                let metric = one.number("metric", [0, u32::MAX], out);
                link.link.routes.push(RouteTo { metric, ..facts::default_route(gateway) });
            }
            None => out.add(one.id, "gateway"),
        }
    }
    for value in one.list("routes") {
        link.link.routes.extend(route(Section { value, id: one.id }, out));
    }
    link.add_servers(one.servers("dns_nameservers", out));
    link.add_domains(one.domains("dns_search", out));
}

/// A route of a subnet or of the whole node.
fn route(one: Section, out: &mut LeftOut) -> Option<RouteTo> {
    let mask = one.text("netmask").or_else(|| one.text("prefix"));
    let to = one.text("network").or_else(|| one.text("destination")).and_then(|text| facts::network(text, mask));
    let Some(to) = to else {
        out.add(one.id, "a route");
        return None;
    };
    let gateway = one.text("gateway").map(facts::ip);
    if gateway == Some(None) {
        out.add(one.id, "the gateway of a route");
        return None;
    }
    let metric = one.number("metric", [0, u32::MAX], out);
    Some(RouteTo { metric, ..facts::route(to, gateway.flatten()) })
}

fn nameserver(one: Section, draft: &mut Draft) {
    let servers = one.servers("address", &mut draft.out);
    let domains = one.domains("search", &mut draft.out);
    let link = one.text("interface").and_then(|id| draft.links.iter_mut().find(|link| link.id == id));
    match link {
        Some(link) => {
            link.add_servers(servers);
            link.add_domains(domains);
        }
        None => {
            draft.nameservers.extend(servers);
            draft.search_domains.extend(domains);
        }
    }
}
