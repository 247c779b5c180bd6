//! cloud-init's network-config, version 2, which is netplan's.

use super::draft::{Draft, DraftLink};
use super::facts;
use super::left_out::LeftOut;
use super::options::{self, parts};
use super::section::Section;
use crate::core::codec::yaml::Value;
use crate::core::config::{
    ClientId, Dhcp4Overrides, Family, LinkKind, LinkSelector, NetworkLink, Prefix, RouteTo, RoutingRule,
};

/// Kinds of links that are read; those of the machine are the first.
pub const KINDS: [&str; 5] = ["ethernets", "bonds", "bridges", "vlans", "dummy-devices"];

/// Keys of a link that are read, or that have no meaning on a node.
const KNOWN: [&str; 26] = [
    "match",
    "set-name",
    "dhcp4",
    "dhcp6",
    "dhcp4-overrides",
    "dhcp-identifier",
    "accept-ra",
    "addresses",
    "gateway4",
    "gateway6",
    "routes",
    "routing-policy",
    "nameservers",
    "mtu",
    "interfaces",
    "parameters",
    "id",
    "link",
    "renderer",
    "optional",
    "optional-addresses",
    "critical",
    "link-local",
    "ipv6-address-generation",
    "activation-mode",
    "ignore-carrier",
];

/// Reads the links of each kind.
pub fn read(network: Value<'_>, draft: &mut Draft) {
    let whole = Section { value: network, id: "network" };
    whole.other_keys(&[&KINDS[..], &["version", "renderer"]].concat(), &mut draft.out);
    let sections = |kind| {
        let entries = network.get(kind).into_iter().flat_map(Value::entries);
        entries.filter(|(id, _)| *id != "renderer").map(|(id, value)| Section { value, id })
    };
    let is_only = sections("ethernets").count() == 1;
    for one in sections("ethernets") {
        physical(one, is_only, draft);
    }
    for kind in KINDS.iter().skip(1) {
        for one in sections(kind) {
            made(kind, one, draft);
        }
    }
}

fn physical(one: Section, is_only: bool, draft: &mut Draft) {
    let Some(facts) = one.value.get("match").filter(|facts| facts.entries().next().is_some()) else {
        let mut link = DraftLink::every(one.id);
        common(one, &mut link, &mut draft.out);
        return draft.add_named(link, one.id, is_only);
    };
    let facts = Section { value: facts, id: one.id };
    facts.other_keys(&["macaddress", "name", "driver"], &mut draft.out);
    let is_plain = |text: &&str| !text.contains(['*', '?', '[']);
    let mut name = facts.text("name");
    let mut link = if let Some(mac) = facts.text("macaddress") {
        let Some(mac) = facts::mac(mac) else { return draft.out.add(one.id, "macaddress") };
        name = None;
        DraftLink::with_mac(one.id, mac)
    } else if facts.value.get("driver").is_some() {
        let drivers: Vec<&str> = facts.words("driver").collect();
        name = name.filter(|name| !facts::is_every_name(name));
        match (&drivers[..], name) {
            ([driver], None) if is_plain(driver) && driver.len() <= 64 => {
                let driver = Some((*driver).to_owned());
                DraftLink::physical(one.id, LinkSelector { driver, ..LinkSelector::default() })
            }
            _ => return draft.out.add(one.id, "match"),
        }
    } else if name.is_some_and(|name| facts::is_every_name(name) || is_plain(&name)) {
        DraftLink::every(one.id)
    } else {
        return draft.out.add(one.id, "match");
    };
    common(one, &mut link, &mut draft.out);
    let is_every = link.selector().is_some_and(LinkSelector::is_all) && name.is_some_and(facts::is_every_name);
    match one.text("set-name") {
        Some(_) if is_every => draft.out.add(one.id, "set-name"),
        wanted => link.link.name = wanted.map(str::to_owned),
    }
    match name.filter(|_| !is_every) {
        Some(name) => draft.add_named(link, name, is_only),
        None => draft.links.push(link),
    }
}

/// A link that the node makes.
fn made(kind: &str, one: Section, draft: &mut Draft) {
    let out = &mut draft.out;
    let options = || {
        let given = one.value.get("parameters").into_iter().flat_map(Value::entries);
        given.map(|(key, value)| (key, parts(value)))
    };
    let (mut link, members) = match kind {
        "bonds" => {
            let Some(link) = DraftLink::bond(one.id, options(), out) else { return };
            (link, "interfaces")
        }
        "bridges" => {
            let Some(bridge) = options::bridge(one.id, true, options(), out) else { return };
            (DraftLink::new(one.id, LinkKind::Bridge(bridge)), "interfaces")
        }
        "vlans" => {
            let id = one.number("id", [1, 4094], out).and_then(|id| u16::try_from(id).ok());
            let Some(id) = id else { return out.add(one.id, "its id") };
            (DraftLink::vlan(one.id, id), "link")
        }
        _ => (DraftLink::new(one.id, LinkKind::Dummy {}), "interfaces"),
    };
    if kind != "dummy-devices" {
        link.parts = one.words(members).map(str::to_owned).collect();
    }
    common(one, &mut link, out);
    draft.links.push(link);
}

/// What every link may have.
fn common(one: Section, draft: &mut DraftLink, out: &mut LeftOut) {
    one.other_keys(&KNOWN, out);
    let link = &mut draft.link;
    link.mtu_bytes = one.mtu(out);
    link.dhcp4 = one.flag("dhcp4", out);
    link.dhcp6 = one.flag("dhcp6", out);
    link.slaac = one.flag("accept-ra", out).or(link.dhcp6);
    link.dhcp4_overrides = overrides(one, out);
    addresses(one, link, out);
    for key in ["gateway4", "gateway6"] {
        if let Some(text) = one.text(key) {
            match facts::ip(text) {
                Some(gateway) => link.routes.push(facts::default_route(gateway)),
                None => out.add(one.id, key),
            }
        }
    }
    for value in one.list("routes") {
        link.routes.extend(route(Section { value, id: one.id }, out));
    }
    for value in one.list("routing-policy") {
        match rule(Section { value, id: one.id }, out) {
            Some(rule) => link.rules.get_or_insert_default().push(rule),
            None => out.add(one.id, "routing-policy"),
        }
    }
    if let Some(value) = one.value.get("nameservers") {
        let section = Section { value, id: one.id };
        draft.add_servers(section.servers("addresses", out));
        draft.add_domains(section.domains("search", out));
    }
}

/// Addresses as text, or as a mapping with options.
fn addresses(one: Section, link: &mut NetworkLink, out: &mut LeftOut) {
    for value in one.list("addresses") {
        let text = value.text().or_else(|| value.entries().next().map(|(text, _)| text));
        match text.filter(|text| text.contains('/')).and_then(|text| facts::address(text, None)) {
            Some(address) => link.addresses.push(address),
            None => out.add(one.id, "addresses"),
        }
        for (_, options) in value.entries() {
            Section { value: options, id: one.id }.other_keys(&["label"], out);
        }
    }
}

fn overrides(one: Section, out: &mut LeftOut) -> Option<Dhcp4Overrides> {
    const READ: [&str; 8] =
        ["use-routes", "use-dns", "use-domains", "use-ntp", "use-mtu", "use-hostname", "send-hostname", "route-metric"];
    let mut all = Dhcp4Overrides::default();
    if let Some(value) = one.value.get("dhcp4-overrides") {
        let section = Section { value, id: one.id };
        section.other_keys(&READ, out);
        // What is the default has no key.
        let mut flag = |key| section.flag(key, out).filter(|flag| !flag);
        all.use_routes = flag("use-routes");
        all.use_dns = flag("use-dns");
        all.use_domains = flag("use-domains");
        all.use_ntp = flag("use-ntp");
        all.use_mtu = flag("use-mtu");
        all.use_hostname = flag("use-hostname");
        all.send_hostname = flag("send-hostname");
        all.route_metric = section.number("route-metric", [0, u32::MAX], out);
    }
    if one.text("dhcp-identifier") == Some("duid") {
        all.client_id = Some(ClientId::Duid);
    }
    (all != Dhcp4Overrides::default()).then_some(all)
}

fn route(one: Section, out: &mut LeftOut) -> Option<RouteTo> {
    let gateway = one.text("via").map(facts::ip);
    let source = one.text("from").map(facts::ip);
    let is_ipv4 = gateway.or(source).flatten().is_none_or(|ip| ip.is_ipv4());
    let to = match one.text("to") {
        Some("default") => Some(facts::everything(is_ipv4)),
        Some(text) => facts::network(text, None),
        None => None,
    };
    let is_usual = one.text("type").is_none_or(|kind| kind == "unicast");
    let table = one.number("table", [1, u32::MAX], out);
    let is_wrong = gateway == Some(None) || source == Some(None) || table == Some(255);
    let is_table = table.is_some() || one.value.get("table").is_none();
    let Some(to) = to.filter(|_| is_usual && is_table && !is_wrong) else {
        out.add(one.id, "a route");
        return None;
    };
    one.other_keys(&["to", "via", "from", "metric", "table", "on-link", "type", "scope"], out);
    Some(RouteTo {
        source: source.flatten(),
        metric: one.number("metric", [0, u32::MAX], out),
        table,
        on_link: one.flag("on-link", out),
        ..facts::route(to, gateway.flatten())
    })
}

/// A rule; None: it cannot be one of a machine config.
fn rule(one: Section, out: &mut LeftOut) -> Option<RoutingRule> {
    let network = |key| one.text(key).map(|text| facts::network(text, None));
    let (from, to) = (network("from"), network("to"));
    let is_wrong = from == Some(None) || to == Some(None) || one.value.get("type-of-service").is_some();
    let prefix = |given: Option<Option<Prefix>>| given.flatten().filter(|prefix| prefix.prefix_length > 0);
    let rule = RoutingRule {
        from: prefix(from),
        to: prefix(to),
        mark: one.number("mark", [1, u32::MAX], out),
        family: None,
        table: one.number("table", [1, u32::MAX], out).filter(|table| *table != 255)?,
        priority: one.number("priority", [1, 32765], out),
    };
    let is_of = |one: Prefix| if one.address.is_ipv4() { Family::Ipv4 } else { Family::Ipv6 };
    let has_address = rule.from.or(rule.to).is_some();
    let family = from.flatten().or(to.flatten()).map_or(Family::Ipv4, is_of);
    let is_one_family = rule.from.zip(rule.to).is_none_or(|(from, to)| is_of(from) == is_of(to));
    let has_condition = has_address || rule.mark.is_some();
    (!is_wrong && is_one_family && has_condition)
        .then_some(RoutingRule { family: (!has_address).then_some(family), ..rule })
}
