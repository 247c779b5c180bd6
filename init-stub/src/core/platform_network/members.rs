//! What links are made of: names for those that others are made of, and selectors for members.

use super::draft::{Draft, DraftLink, MOST_LINKS};
use super::facts::{by_name, is_name};
use crate::core::config::{LinkKind, LinkSelector};
use std::collections::{BTreeMap, BTreeSet};

/// The bound of the machine schema.
const MOST_MEMBERS: usize = 64;

impl Draft {
    /// Makes names and selectors of ids. Links that cannot be made are left out.
    pub fn resolve(&mut self) {
        self.add_lower_links();
        let mut names = self.wanted_names();
        self.name_lower_links(&mut names);
        self.find_members();
    }

    /// A VLAN may be on an interface that has no entry of its own.
    fn add_lower_links(&mut self) {
        let vlans = self.links.iter().filter(|one| matches!(one.link.kind, LinkKind::Vlan(_)));
        let ids: BTreeSet<String> = vlans.flat_map(|one| one.parts.clone()).collect();
        for id in ids {
            if self.links.len() < MOST_LINKS
                && self.links.iter().all(|one| one.id != id)
                && let Some(selector) = by_name(&id)
            {
                self.links.push(DraftLink::physical(&id, selector));
            }
        }
    }

    /// Gives each link that is made its name; a name belongs to the first that has it.
    fn wanted_names(&mut self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for one in &mut self.links {
            if let Some(name) = one.link.name.take() {
                if is_name(&name) && names.insert(name.clone()) {
                    one.link.name = Some(name);
                } else {
                    self.out.add(&one.id, "its name");
                }
            }
        }
        for one in self.links.iter_mut().filter(|one| one.selector().is_none()) {
            let (stem, number) = match &one.link.kind {
                LinkKind::Bond(_) => ("bond", 0),
                LinkKind::Bridge(_) => ("br", 0),
                LinkKind::Vlan(vlan) => ("vlan", vlan.id.into()),
                _ => ("dummy", 0),
            };
            one.link.name = Some(free_name(&one.id, stem, number, &mut names));
        }
        names
    }

    /// A VLAN is on a link by its name, so that link gets one.
    fn name_lower_links(&mut self, names: &mut BTreeSet<String>) {
        let mut below: BTreeMap<String, Option<String>> = BTreeMap::new();
        let lower: BTreeSet<String> = self.vlans().flat_map(|one| one.parts.clone()).collect();
        for one in &mut self.links {
            if !lower.contains(&one.id) || below.contains_key(&one.id) {
                continue;
            }
            let is_one = one
                .selector()
                .is_none_or(|selector| selector.name.is_some() || selector.mac.is_some() || selector.path.is_some());
            if is_one && one.link.name.is_none() {
                let own = one.selector().and_then(|selector| selector.name.clone());
                let own = own.filter(|own| names.insert(own.clone()));
                one.link.name = Some(own.unwrap_or_else(|| free_name(&one.id, "nic", 0, names)));
            }
            below.insert(one.id.clone(), one.link.name.clone().filter(|_| is_one));
        }
        let (out, mut numbers) = (&mut self.out, BTreeSet::new());
        self.links.retain_mut(|one| {
            let LinkKind::Vlan(vlan) = &mut one.link.kind else { return true };
            let Some(name) = one.parts.first().and_then(|id| below.get(id).cloned().flatten()) else {
                out.add(&one.id, "the link that it is on");
                return false;
            };
            if !numbers.insert((name.clone(), vlan.id)) {
                out.add(&one.id, "another VLAN has its number");
                return false;
            }
            vlan.link = name;
            one.parts.truncate(1);
            true
        });
    }

    fn vlans(&self) -> impl Iterator<Item = &DraftLink> {
        self.links.iter().filter(|one| matches!(one.link.kind, LinkKind::Vlan(_)))
    }

    /// Members get the selectors of what they mean. An interface is a member of one link.
    fn find_members(&mut self) {
        let kind_of = |kind: &LinkKind| match kind {
            LinkKind::Bond(_) => Some("bond"),
            LinkKind::Bridge(_) => Some("bridge"),
            _ => None,
        };
        let mut found: BTreeMap<String, (LinkSelector, Option<&str>)> = BTreeMap::new();
        for one in &self.links {
            let selector = match one.selector() {
                Some(selector) => selector.clone(),
                None => LinkSelector { name: one.link.name.clone(), ..LinkSelector::default() },
            };
            found.entry(one.id.clone()).or_insert((selector, kind_of(&one.link.kind)));
        }
        let mut taken = BTreeSet::new();
        for one in &mut self.links {
            let own = kind_of(&one.link.kind);
            let members = match &mut one.link.kind {
                LinkKind::Bond(bond) => &mut bond.members,
                LinkKind::Bridge(bridge) => &mut bridge.members,
                _ => continue,
            };
            let mut kept = Vec::new();
            for id in std::mem::take(&mut one.parts) {
                let meant = found.get(&id).cloned().or_else(|| Some((by_name(&id)?, None)));
                // The kernel takes no bond into a bond, and no bridge into a bridge.
                let is_fit = |(selector, kind): &(LinkSelector, Option<&str>)| {
                    !selector.is_all() && *kind != own && members.len() < MOST_MEMBERS
                };
                match meant.filter(is_fit).filter(|(selector, _)| taken.insert(selector.clone())) {
                    Some((selector, _)) => {
                        members.push(selector);
                        kept.push(id);
                    }
                    None => self.out.add(&one.id, &format!("member {id}")),
                }
            }
            if let LinkKind::Bond(bond) = &mut one.link.kind {
                bond.primary = one.primary.take().and_then(|id| kept.iter().position(|kept| *kept == id));
            }
            one.parts = kept;
        }
    }

    /// A member has no addresses, and that of a bond has the MTU of the bond. One that no VLAN is on needs no entry then.
    pub fn clear_members(&mut self) {
        let mut owners: BTreeMap<String, (usize, bool)> = BTreeMap::new();
        for (at, one) in self.links.iter().enumerate().filter(|(_, one)| !matches!(one.link.kind, LinkKind::Vlan(_))) {
            let is_bond = matches!(one.link.kind, LinkKind::Bond(_));
            owners.extend(one.parts.iter().map(|id| (id.clone(), (at, is_bond))));
        }
        let mut mtus: BTreeMap<usize, u32> = BTreeMap::new();
        for one in &mut self.links {
            let Some((owner, is_bond)) = owners.get(&one.id) else { continue };
            let whole = DraftLink::new(&one.id, one.link.kind.clone()).link;
            let cleared = crate::core::config::NetworkLink {
                name: one.link.name.clone(),
                mtu_bytes: one.link.mtu_bytes.filter(|_| !is_bond),
                ..whole
            };
            if let Some(mtu) = one.link.mtu_bytes.filter(|_| *is_bond) {
                mtus.entry(*owner).or_insert(mtu);
            }
            let former = std::mem::replace(&mut one.link, cleared);
            if !former.addresses.is_empty() || [former.dhcp4, former.dhcp6, former.slaac].contains(&Some(true)) {
                self.out.add(&one.id, "addresses of a member");
            }
        }
        for (at, mtu) in mtus {
            if let Some(owner) = self.links.get_mut(at) {
                owner.link.mtu_bytes = owner.link.mtu_bytes.or(Some(mtu));
            }
        }
        let is_bare = |one: &DraftLink| one.link.name.is_none() && one.link.mtu_bytes.is_none();
        self.links.retain(|one| one.selector().is_none() || !owners.contains_key(&one.id) || !is_bare(one));
    }
}

/// The id if it can be a name, or one of a stem and the first free number.
fn free_name(id: &str, stem: &str, mut number: u32, names: &mut BTreeSet<String>) -> String {
    if is_name(id) && names.insert(id.to_owned()) {
        return id.to_owned();
    }
    loop {
        let name = format!("{stem}{number}");
        if names.insert(name.clone()) {
            return name;
        }
        number = number.wrapping_add(1);
    }
}
