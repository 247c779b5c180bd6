//! `plan(network of the machine config, network seen) → operations`: what makes the links of the machine those of the config. Pure and
//! idempotent: what is there already needs no operation, so it is made again whenever a link has come or has lost something.

mod meant;
mod operation;
mod resolve;
mod seen;
mod wireguard;

pub use meant::{MeantLink, meant};
pub use operation::{LinkAction, LinkOperation, MadeKind};
pub use resolve::{Missing, words};
pub use seen::{SeenLink, SeenNetwork, SeenRoute, SeenRule};
pub use wireguard::{SeenPeer, SeenWireguard, address_of};

use crate::core::config::{Network, NetworkLink, Prefix};
use crate::core::error::{Code, Error, Result};
use resolve::Resolved;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Values of the kernel's `accept_ra`. Its own value 1 means "unless the node forwards packets", as every node with a kubelet does.
pub const ACCEPT_NEVER: u32 = 0;
/// See [`ACCEPT_NEVER`].
pub const ACCEPT_ALWAYS: u32 = 2;

/// What is to be done, and what cannot be done yet.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPlan {
    /// In this order.
    pub operations: Vec<LinkAction>,
    /// What the config names and the machine does not have.
    pub missing: Vec<Missing>,
    /// Addresses of the config that cannot be used, because another machine on the link has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<Taken>,
    /// Peers of tunnels that have the machine's own key, which the kernel leaves out: the parts of the config that ask for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub own_peers: Vec<String>,
    /// Whether there is more to do that the kernel would not take yet, or an address that may be another machine's.
    pub has_more: bool,
    /// What that is: the part of the config, and what it asks for.
    #[serde(skip)]
    pub waits: Vec<(String, String)>,
}

/// An address of the config that another machine on the link has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    /// Name of the link.
    pub link: String,
    /// The part of the config that asks for it.
    pub pointer: String,
    /// The address.
    pub address: IpAddr,
}

/// What must be done.
pub fn network(config: &Network, seen: &SeenNetwork) -> Result<NetworkPlan> {
    let resolved = Resolved::of(config, seen)?;
    let up = seen.links.iter().filter(|link| link.up).map(|link| link.name.clone()).collect();
    let missing = resolved.missing.clone();
    let mut planner = Planner { seen, moved: BTreeMap::new(), up, plan: NetworkPlan { missing, ..Default::default() } };
    planner.make_room(config, &resolved);
    let mut links = Vec::new();
    for (at, link) in config.links().iter().enumerate() {
        for now in planner.link(link, &resolved, at)? {
            links.push((at, link, now));
        }
    }
    // Over links that are all there: a route may have the address of another one as its source.
    for (at, link, now) in &links {
        planner.routes(now, link, &format!("/network/links/{at}"));
    }
    Ok(planner.plan)
}

struct Planner<'a> {
    seen: &'a SeenNetwork,
    /// Names of links that have another one by now, by index.
    moved: BTreeMap<u32, String>,
    /// Names of links that are up by now.
    up: BTreeSet<String>,
    plan: NetworkPlan,
}

/// A link of the config as it is when its part of the plan ends.
struct Now<'a> {
    name: String,
    /// None: it is about to be made.
    seen: Option<&'a SeenLink>,
}

impl<'a> Planner<'a> {
    fn link(&mut self, link: &NetworkLink, resolved: &Resolved<'a>, at: usize) -> Result<Vec<Now<'a>>> {
        let pointer = format!("/network/links/{at}");
        let Some(kind) = MadeKind::of(&link.kind) else {
            let mut all = Vec::new();
            for seen in resolved.physical(at) {
                let mut now = Now { name: self.name_of(seen), seen: Some(seen) };
                self.rename(&mut now, link, &pointer);
                self.settle(&now, link, &pointer);
                all.push(now);
            }
            return Ok(all);
        };
        let name = link.name.clone().unwrap_or_default();
        let found = self.seen.link(&name);
        if let Some(found) = found {
            self.check_same(found, &kind, &format!("{pointer}/name"))?;
        }
        if let MadeKind::Vlan(vlan) = &kind
            && !resolved.will_be_there(&vlan.link)
        {
            return Ok(Vec::new());
        }
        if found.is_none() {
            self.add(&name, &pointer, LinkOperation::MakeLink { kind: kind.clone() });
        }
        let now = Now { name, seen: found };
        if let Some(tunnel) = link.kind.wireguard() {
            let seen = found.and_then(|found| found.wireguard.clone()).unwrap_or_default();
            let (operations, own) = wireguard::operations(&now.name, tunnel, &seen, &pointer);
            self.plan.operations.extend(operations);
            self.plan.own_peers.extend(own);
        }
        self.members(&now, &kind, resolved, at);
        self.settle(&now, link, &pointer);
        Ok(vec![now])
    }

    /// A link of that name which somebody else has made is not taken for that of the config.
    fn check_same(&self, found: &SeenLink, kind: &MadeKind, pointer: &str) -> Result<()> {
        let is = found.kind.as_deref().unwrap_or("interface of the machine");
        let other = match kind {
            _ if is != kind.name() => Some(is.to_owned()),
            MadeKind::Vlan(vlan) if found.vlan.is_some_and(|id| id != vlan.id) => Some("another VLAN".into()),
            MadeKind::Vlan(vlan) => {
                let on = self.seen.links.iter().find(|link| Some(link.index) == found.on);
                on.filter(|on| self.name_of(on) != vlan.link).map(|on| format!("a VLAN on {}", on.name))
            }
            _ => None,
        };
        let Some(other) = other else { return Ok(()) };
        Err(Error::new(Code::NetworkRefused, "make", &found.name)
            .with_detail(format!("there is another link of this name: {other}"))
            .with_pointer(pointer))
    }

    /// Two interfaces may have each other's names, or one a name that another is to have: it gets a name that nobody wants first.
    fn make_room(&mut self, config: &Network, resolved: &Resolved<'a>) {
        let named = config.links().iter().enumerate().filter_map(|(at, link)| Some((at, link.name.as_ref()?)));
        let wanted: Vec<(usize, &SeenLink, &String)> =
            named.flat_map(|(at, name)| resolved.physical(at).map(move |seen| (at, seen, name))).collect();
        for (at, seen, name) in &wanted {
            let Some(other) = self.seen.link(name).filter(|other| other.index != seen.index && other.is_physical())
            else {
                continue;
            };
            let is_taken = |name: &str| {
                self.seen.link(name).is_some() || config.links().iter().any(|link| link.name.as_deref() == Some(name))
            };
            let free = (0..)
                .map(|number| format!("eth{number}"))
                .find(|name| !is_taken(name) && !self.moved.values().any(|moved| moved == name));
            let pointer = format!("/network/links/{at}/name");
            let free = free.unwrap_or_default();
            self.add(&other.name, &pointer, LinkOperation::BringDown);
            self.add(&other.name, &pointer, LinkOperation::Rename { name: free.clone() });
            self.moved.insert(other.index, free);
        }
    }

    /// The name that a link has by now.
    fn name_of(&self, seen: &SeenLink) -> String {
        self.moved.get(&seen.index).unwrap_or(&seen.name).clone()
    }

    fn rename(&mut self, now: &mut Now, link: &NetworkLink, pointer: &str) {
        let Some(wanted) = link.name.as_ref().filter(|wanted| **wanted != now.name) else { return };
        self.add(&now.name, pointer, LinkOperation::BringDown);
        self.add(&now.name, &format!("{pointer}/name"), LinkOperation::Rename { name: wanted.clone() });
        now.name.clone_from(wanted);
        if let Some(seen) = now.seen {
            self.moved.insert(seen.index, wanted.clone());
        }
    }

    fn members(&mut self, now: &Now, kind: &MadeKind, resolved: &Resolved<'a>, at: usize) {
        let primary = match kind {
            MadeKind::Bond(bond) => bond.primary,
            _ => None,
        };
        for member in resolved.members(at) {
            let pointer = format!("/network/links/{at}/kind/members/{}", member.place);
            let name = member.seen.map_or_else(|| member.name.clone(), |seen| self.name_of(seen));
            let has_joined = member
                .seen
                .and_then(|one| one.master)
                .is_some_and(|master| now.seen.is_some_and(|seen| seen.index == master));
            if !has_joined {
                self.add(&name, &pointer, LinkOperation::BringDown);
                self.add(&name, &pointer, LinkOperation::Join { of: now.name.clone() });
            }
            self.add(&name, &pointer, LinkOperation::BringUp);
            let is_primary = now.seen.zip(member.seen).is_some_and(|(bond, one)| bond.primary == Some(one.index));
            if primary == Some(member.place) && !(has_joined && is_primary) {
                self.add(&now.name, &pointer, LinkOperation::SetPrimary { member: name });
            }
        }
    }

    /// What every link may have, but for routes.
    fn settle(&mut self, now: &Now, link: &NetworkLink, pointer: &str) {
        if let Some(bytes) = link.mtu_bytes.filter(|bytes| now.seen.is_none_or(|seen| seen.mtu != *bytes)) {
            self.add(&now.name, &format!("{pointer}/mtuBytes"), LinkOperation::SetMtu { bytes });
        }
        // A server of DHCPv6 gives no routes: they come from routers in any case.
        let (accepted, addresses) = (link.has_slaac() || link.has_dhcp6(), link.has_slaac());
        let accept_ra = if accepted { ACCEPT_ALWAYS } else { ACCEPT_NEVER };
        let is_other = |seen: &SeenLink| {
            seen.accept_ra.is_some_and(|is| is != accept_ra)
                || (accepted && seen.autoconf.is_some_and(|is| is != addresses))
        };
        if now.seen.is_none_or(is_other) {
            self.add(&now.name, pointer, LinkOperation::SetAdvertisements { accepted, addresses });
        }
        self.add(&now.name, pointer, LinkOperation::BringUp);
        for (at, address) in link.addresses.iter().enumerate() {
            let pointer = format!("{pointer}/addresses/{at}");
            match now.seen.filter(|seen| seen.addresses.contains(address)) {
                None => self.add(&now.name, &pointer, LinkOperation::AddAddress { address: *address }),
                Some(seen) if seen.duplicates.contains(&address.address) => {
                    let link = now.name.clone();
                    self.plan.taken.push(Taken { link, pointer, address: address.address });
                }
                // Without a carrier there is nobody to ask.
                Some(seen) if seen.carrier && seen.tentative.contains(&address.address) => {
                    self.wait(pointer, format!("{}: {address}", now.name));
                }
                Some(_) => {}
            }
        }
    }

    fn routes(&mut self, now: &Now, link: &NetworkLink, pointer: &str) {
        for (at, route) in link.routes.iter().enumerate() {
            if now.seen.is_some_and(|seen| self.seen.has_route(seen.index, route)) {
                continue;
            }
            // The kernel refuses a source of IPv6 until it knows that nobody else has it.
            if route.source.is_some_and(|source| source.is_ipv6() && !self.seen.can_send_from(source)) {
                let to = Prefix { address: route.destination, prefix_length: route.prefix_length };
                self.wait(format!("{pointer}/routes/{at}"), format!("{}: route to {to}", now.name));
                continue;
            }
            self.add(&now.name, &format!("{pointer}/routes/{at}"), LinkOperation::AddRoute { route: *route });
        }
        for (at, rule) in link.rules.iter().flatten().enumerate() {
            if !self.seen.has_rule(rule) {
                self.add(&now.name, &format!("{pointer}/rules/{at}"), LinkOperation::AddRule { rule: *rule });
            }
        }
    }

    /// The kernel would not take this yet.
    fn wait(&mut self, pointer: String, what: String) {
        self.plan.has_more = true;
        self.plan.waits.push((pointer, what));
    }

    /// One more operation, unless it brings a link into the state that it is in.
    fn add(&mut self, link: &str, pointer: &str, operation: LinkOperation) {
        match &operation {
            LinkOperation::BringUp if !self.up.insert(link.into()) => return,
            LinkOperation::BringDown if !self.up.remove(link) => return,
            _ => {}
        }
        self.plan.operations.push(LinkAction { link: link.into(), pointer: pointer.into(), operation });
    }
}

#[cfg(test)]
mod tests;
