//! The links that a document describes, with the names by which they refer to each other, before they are those of a machine
//! config.

use super::facts;
use super::left_out::LeftOut;
use super::network::PlatformNetwork;
use super::options;
use crate::core::config::{
    LinkKind, LinkSelector, MAIN_TABLE, Network, NetworkLink, Prefix, RouteTo, Vlan, VlanProtocol, check_network,
};
use crate::core::scoped::is_link_local;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Most links of a machine config; the other bounds are the machine schema's as well.
pub const MOST_LINKS: usize = 256;
const MOST_ADDRESSES: usize = 64;
const MOST_ROUTES: usize = 256;
const MOST_RULES: usize = 128;
const MOST_SERVERS: usize = 3;
const MOST_DOMAINS: usize = 6;
/// Bytes that IPv6 needs (RFC 8200, 5); with less the kernel takes no address of it.
const LEAST_OF_IPV6: u32 = 1280;
/// Bytes of a link that has no MTU of its own.
const USUAL_MTU: u32 = 1500;

/// What a document says, as it is read.
#[derive(Default)]
pub struct Draft {
    /// In the order of the document.
    pub links: Vec<DraftLink>,
    /// Name servers that belong to no link.
    pub nameservers: Vec<IpAddr>,
    /// Search domains that belong to no link.
    pub search_domains: Vec<String>,
    /// What is not taken over.
    pub out: LeftOut,
}

/// A link with its references still open: the members and the link below a VLAN are ids.
pub struct DraftLink {
    /// How the document calls it.
    pub id: String,
    /// What it is made of, by id.
    pub parts: Vec<String>,
    /// The preferred member of a bond, by id.
    pub primary: Option<String>,
    /// The rest of it.
    pub link: NetworkLink,
}

impl DraftLink {
    /// A link without addresses.
    pub fn new(id: &str, kind: LinkKind) -> Self {
        let link = NetworkLink {
            name: None,
            kind,
            mtu_bytes: None,
            dhcp4: None,
            dhcp4_overrides: None,
            dhcp6: None,
            slaac: None,
            addresses: Vec::new(),
            routes: Vec::new(),
            rules: None,
            nameservers: None,
            search_domains: None,
        };
        Self { id: id.to_owned(), parts: Vec::new(), primary: None, link }
    }

    /// An interface of the machine.
    pub fn physical(id: &str, selector: LinkSelector) -> Self {
        Self::new(id, LinkKind::Physical { selector })
    }

    /// The interface with a hardware address.
    pub fn with_mac(id: &str, mac: String) -> Self {
        Self::physical(id, LinkSelector { mac: Some(mac), ..LinkSelector::default() })
    }

    /// Every interface that nothing else means.
    pub fn every(id: &str) -> Self {
        Self::physical(id, LinkSelector { all: Some(true), ..LinkSelector::default() })
    }

    /// A bond with these options; None: it has no mode of the kernel's.
    pub fn bond<'a>(id: &str, given: impl Iterator<Item = options::Given<'a>>, out: &mut LeftOut) -> Option<Self> {
        let (bond, primary) = options::bond(id, given, out);
        Some(Self { primary, ..Self::new(id, LinkKind::Bond(Box::new(bond?))) })
    }

    /// A VLAN of this number.
    pub fn vlan(id: &str, number: u16) -> Self {
        Self::new(id, LinkKind::Vlan(Vlan { link: String::new(), id: number, protocol: VlanProtocol::Ieee8021q }))
    }

    /// What finds it, if it is an interface of the machine.
    pub fn selector(&self) -> Option<&LinkSelector> {
        match &self.link.kind {
            LinkKind::Physical { selector } => Some(selector),
            _ => None,
        }
    }

    /// Adds name servers of the link.
    pub fn add_servers(&mut self, servers: impl IntoIterator<Item = IpAddr>) {
        self.link.nameservers.get_or_insert_default().extend(servers);
    }

    /// Adds search domains of the link.
    pub fn add_domains(&mut self, domains: impl IntoIterator<Item = String>) {
        self.link.search_domains.get_or_insert_default().extend(domains);
    }

    /// Takes over what another entry says about the same interface; what both say stays as it is.
    fn merge(&mut self, other: NetworkLink) {
        let link = &mut self.link;
        link.name = link.name.take().or(other.name);
        link.mtu_bytes = link.mtu_bytes.or(other.mtu_bytes);
        link.dhcp4 = link.dhcp4.or(other.dhcp4);
        link.dhcp4_overrides = link.dhcp4_overrides.take().or(other.dhcp4_overrides);
        link.dhcp6 = link.dhcp6.or(other.dhcp6);
        link.slaac = link.slaac.or(other.slaac);
        link.addresses.extend(other.addresses);
        link.routes.extend(other.routes);
        link.rules.get_or_insert_default().extend(other.rules.unwrap_or_default());
        self.add_servers(other.nameservers.unwrap_or_default());
        self.add_domains(other.search_domains.unwrap_or_default());
    }
}

impl Draft {
    /// An interface of the machine that the document knows only by a name.
    pub fn add_named(&mut self, mut link: DraftLink, name: &str, is_only: bool) {
        let selector = facts::by_name(name).or_else(|| {
            self.out.add(name, "only a node with udev has this name");
            is_only.then(|| LinkSelector { all: Some(true), ..LinkSelector::default() })
        });
        if let Some(selector) = selector {
            link.link.kind = LinkKind::Physical { selector };
            self.links.push(link);
        }
    }

    /// Adds a route to the link whose network its gateway is in.
    pub fn add_route(&mut self, route: RouteTo) {
        let has_gateway = |link: &&mut DraftLink| {
            link.link.addresses.iter().any(|one| route.gateway.is_some_and(|gateway| one.contains(gateway)))
        };
        match self.links.iter_mut().find(has_gateway) {
            Some(link) => link.link.routes.push(route),
            None => self.out.add("route", "no link has its gateway"),
        }
    }

    /// The links with what they refer to, each behind what it is made of.
    pub fn finish(mut self) -> PlatformNetwork {
        self.merge_same();
        self.resolve();
        self.clear_members();
        let mut links = Vec::new();
        let (mut routes, mut mtus) = (BTreeSet::new(), BTreeMap::new());
        let (mut servers, mut domains) = (BTreeSet::new(), BTreeSet::new());
        for draft in self.in_order() {
            let mut link = tidy(draft, &mut routes, &mut self.out);
            fit_mtu(&mut link, &mut mtus, &mut self.out);
            servers.extend(link.nameservers.iter().flatten().copied());
            domains.extend(link.search_domains.iter().flatten().cloned());
            links.push(link);
        }
        let links = self.applicable(links);
        // Such an address needs the link that it is on.
        if self.nameservers.iter().any(|ip| is_link_local(*ip)) {
            self.out.add("name servers", "an address that every link has");
        }
        self.nameservers.retain(|ip| !servers.contains(ip) && !is_link_local(*ip));
        self.search_domains.retain(|name| !domains.contains(name));
        first_of(&mut self.nameservers, MOST_SERVERS, "name servers", &mut self.out);
        first_of(&mut self.search_domains, MOST_DOMAINS, "search domains", &mut self.out);
        PlatformNetwork {
            links,
            nameservers: self.nameservers,
            search_domains: self.search_domains,
            left_out: self.out.phrases(),
        }
    }

    /// The links without those that a machine config cannot have.
    fn applicable(&mut self, links: Vec<NetworkLink>) -> Vec<NetworkLink> {
        let mut network = Network { links: Some(links), ..Network::default() };
        while let Err(refusal) = check_network(&network) {
            let rest = refusal.pointer.strip_prefix("/network/links/").and_then(facts::number_in);
            let place = rest.map_or(0, |(place, _)| place);
            let name = network.links().get(usize::try_from(place).unwrap_or(0)).and_then(|link| link.name.as_ref());
            self.out.add(name.unwrap_or(&refusal.pointer), &refusal.message);
            let mut at = 0..;
            network.links.iter_mut().for_each(|links| links.retain(|_| at.next() != Some(place)));
        }
        network.links.unwrap_or_default()
    }

    /// Makes one entry of those that mean the same interface. Its ids are those of both.
    fn merge_same(&mut self) {
        let mut kept: Vec<DraftLink> = Vec::new();
        let mut renamed: BTreeMap<String, String> = BTreeMap::new();
        for one in std::mem::take(&mut self.links) {
            let same = |other: &&mut DraftLink| one.selector().is_some() && other.selector() == one.selector();
            if let Some(other) = kept.iter_mut().find(same) {
                if other.id != one.id {
                    renamed.entry(one.id).or_insert_with(|| other.id.clone());
                }
                other.merge(one.link);
            } else if one.selector().is_none() && kept.iter().any(|other| other.id == one.id) {
                self.out.add(&one.id, "another entry has this name");
            } else if kept.len() == MOST_LINKS {
                self.out.add("links", "those behind the first 256");
            } else {
                kept.push(one);
            }
        }
        let ids = kept.iter().map(|one| one.id.clone()).collect::<BTreeSet<_>>();
        renamed.retain(|from, _| !ids.contains(from));
        for part in kept.iter_mut().flat_map(|one| one.parts.iter_mut().chain(&mut one.primary)) {
            if let Some(to) = renamed.get(part) {
                part.clone_from(to);
            }
        }
        self.links = kept;
    }
}

/// The link without what occurs twice, what the kernel refuses, and what is beyond the bounds of a machine config.
fn tidy(draft: DraftLink, seen: &mut BTreeSet<(Prefix, u32, u32)>, out: &mut LeftOut) -> NetworkLink {
    let DraftLink { id, mut link, .. } = draft;
    link.dhcp4_overrides = link.dhcp4_overrides.filter(|_| link.dhcp4 == Some(true));
    for flag in [&mut link.dhcp4, &mut link.dhcp6, &mut link.slaac] {
        *flag = flag.filter(|flag| *flag);
    }
    first_of(&mut link.addresses, MOST_ADDRESSES, &id, out);
    let has_ipv6 = link.dhcp6.or(link.slaac).is_some() || link.addresses.iter().any(|one| one.address.is_ipv6());
    if has_ipv6 && link.mtu_bytes.is_some_and(|bytes| bytes < LEAST_OF_IPV6) {
        link.mtu_bytes = None;
        out.add(&id, "mtu");
    }
    let mut routes = Vec::new();
    for route in std::mem::take(&mut link.routes) {
        if routes.len() == MOST_ROUTES {
            out.add(&id, "routes behind the first 256");
            break;
        }
        if let Some(route) = fitting(route, &link, &routes, seen, &id, out) {
            routes.push(route);
        }
    }
    link.routes = routes;
    link.rules = some(link.rules, MOST_RULES, &id, out);
    link.nameservers = some(link.nameservers, MOST_SERVERS, &id, out);
    link.search_domains = some(link.search_domains, MOST_DOMAINS, &id, out);
    link
}

/// The kernel refuses a VLAN that has a larger MTU than the link that it is on. `mtus` are those of the links before it.
fn fit_mtu(link: &mut NetworkLink, mtus: &mut BTreeMap<String, u32>, out: &mut LeftOut) {
    let Some(name) = &link.name else { return };
    let below = match &link.kind {
        LinkKind::Vlan(vlan) => mtus.get(&vlan.link).copied(),
        _ => None,
    };
    if below.zip(link.mtu_bytes).is_some_and(|(below, own)| own > below) {
        link.mtu_bytes = None;
        out.add(name, "mtu");
    }
    mtus.insert(name.clone(), link.mtu_bytes.or(below).unwrap_or(USUAL_MTU));
}

/// A route as the kernel takes it: of two to one network the first wins, and a gateway that no address is with is on the link.
fn fitting(
    mut route: RouteTo,
    link: &NetworkLink,
    others: &[RouteTo],
    seen: &mut BTreeSet<(Prefix, u32, u32)>,
    id: &str,
    out: &mut LeftOut,
) -> Option<RouteTo> {
    let to = Prefix { address: route.destination, prefix_length: route.prefix_length };
    let is_of_family = |ip: Option<IpAddr>| ip.is_none_or(|ip| ip.is_ipv4() == to.address.is_ipv4());
    let is_own = |ip| link.addresses.iter().any(|one| one.address == ip);
    if !is_of_family(route.gateway) || !is_of_family(route.source) || route.gateway.is_some_and(is_own) {
        out.add(id, &format!("the route to {to}"));
        return None;
    }
    route.on_link = route.on_link.filter(|is| *is && route.gateway.is_some());
    if route.gateway.is_some_and(|ip| !is_link_local(ip) && !link.addresses.iter().any(|one| one.contains(ip))) {
        route.on_link = Some(true);
    }
    route.table = route.table.filter(|table| *table != MAIN_TABLE);
    if others.contains(&route) {
        return None;
    }
    let table = route.table.unwrap_or(MAIN_TABLE);
    if seen.contains(&(to, table, route.effective_metric())) {
        let (.., highest) = *seen.range((to, table, 0)..=(to, table, u32::MAX)).next_back()?;
        route.metric = Some(highest.checked_add(1)?);
    }
    seen.insert((to, table, route.effective_metric()));
    Some(route)
}

/// A list as [`first_of`] leaves it; an empty one is None.
fn some<T: PartialEq>(list: Option<Vec<T>>, most: usize, id: &str, out: &mut LeftOut) -> Option<Vec<T>> {
    let mut list = list?;
    first_of(&mut list, most, id, out);
    (!list.is_empty()).then_some(list)
}

/// Leaves each value of a list once, and not more than the bound.
fn first_of<T: PartialEq>(list: &mut Vec<T>, most: usize, of: &str, out: &mut LeftOut) {
    let mut kept: Vec<T> = Vec::new();
    for one in std::mem::take(list) {
        if kept.contains(&one) {
            continue;
        }
        if kept.len() == most {
            out.add(of, &format!("more than {most} of a kind"));
            break;
        }
        kept.push(one);
    }
    *list = kept;
}
