//! Which interface of the machine each selector of the config means.

use super::seen::{SeenLink, SeenNetwork};
use crate::core::config::{LinkKind, LinkSelector, Network, NetworkLink};
use crate::core::error::{Code, Error, Result};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Something that the config names and the machine does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// The selector.
    pub pointer: String,
    /// What is looked for, for people.
    pub what: String,
    /// Whether the link cannot be without it: it is the link itself, or the only member.
    pub needed: bool,
}

/// The selectors of a config with what they mean on this machine.
pub struct Resolved<'a> {
    /// By the place of the link in the config.
    links: BTreeMap<usize, Vec<&'a SeenLink>>,
    members: BTreeMap<usize, Vec<Member<'a>>>,
    /// Names of links that are there, or will be when the plan is carried out.
    names: BTreeSet<String>,
    pub missing: Vec<Missing>,
}

/// A member of a bond or a bridge.
pub struct Member<'a> {
    /// Its name, where it is not renamed.
    pub name: String,
    /// Place of its selector.
    pub place: usize,
    /// None: it is made by the same plan.
    pub seen: Option<&'a SeenLink>,
}

impl<'a> Resolved<'a> {
    /// Finds what each selector means. Two of them may not mean the same interface.
    pub fn of(config: &Network, seen: &'a SeenNetwork) -> Result<Self> {
        let mut all =
            Self { links: BTreeMap::new(), members: BTreeMap::new(), names: BTreeSet::new(), missing: Vec::new() };
        let mut claims = Claims(BTreeMap::new());
        for (at, link) in config.links().iter().enumerate() {
            let LinkKind::Physical { selector } = &link.kind else { continue };
            if selector.is_all() {
                continue;
            }
            let pointer = format!("/network/links/{at}/kind/selector");
            let found = meant(link, selector, seen);
            for one in &found {
                claims.take(one, selector, &pointer)?;
            }
            if let (Some(name), [first, second, ..]) = (&link.name, &found[..]) {
                return Err(Error::new(Code::InterfaceClaimedTwice, "name", name)
                    .with_detail(format!("{} is {} and {}", words(selector), first.name, second.name))
                    .with_pointer(pointer));
            }
            if found.is_empty() {
                all.missing.push(Missing { pointer, what: words(selector), needed: true });
            }
            all.links.insert(at, found);
        }
        let mut members = Claims(BTreeMap::new());
        for (at, link) in config.links().iter().enumerate() {
            all.names.extend(all.links.get(&at).into_iter().flatten().map(|one| name_of(one, link)));
            if !matches!(&link.kind, LinkKind::Physical { .. }) {
                all.take_members(config, seen, at, &mut members)?;
            }
        }
        all.take_every(config, seen, &[claims, members]);
        Ok(all)
    }

    /// The interfaces of a physical link of the config.
    pub fn physical(&self, at: usize) -> impl Iterator<Item = &'a SeenLink> + use<'a> {
        self.links.get(&at).cloned().unwrap_or_default().into_iter()
    }

    /// The members that a link of the config has on this machine.
    pub fn members(&self, at: usize) -> &[Member<'a>] {
        self.members.get(&at).map_or(&[], Vec::as_slice)
    }

    /// Whether a link of this name is there when the plan is carried out.
    pub fn will_be_there(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// `all` means what nothing else does.
    fn take_every(&mut self, config: &Network, seen: &'a SeenNetwork, claims: &[Claims]) {
        let is_free =
            |one: &&SeenLink| one.master.is_none() && claims.iter().all(|all| !all.0.contains_key(&one.index));
        for (at, link) in config.links().iter().enumerate() {
            if let LinkKind::Physical { selector: LinkSelector { all: Some(true), .. } } = &link.kind {
                self.links.insert(at, seen.physical().filter(is_free).collect());
            }
        }
    }

    /// What the selector of a member means. Its name is first of all that of a link of the config, or the one by which that is found.
    fn member(&self, config: &Network, seen: &'a SeenNetwork, selector: &LinkSelector) -> Vec<&'a SeenLink> {
        if let Some(name) = &selector.name {
            let others = LinkSelector { name: None, ..selector.clone() };
            for (at, link) in config.links().iter().enumerate() {
                let is_named = link.name.as_ref() == Some(name);
                match &link.kind {
                    LinkKind::Physical { selector } if is_named || selector.name.as_ref() == Some(name) => {
                        return self.physical(at).filter(|one| one.fits(&others)).collect();
                    }
                    LinkKind::Physical { .. } => {}
                    _ if is_named => return seen.link(name).into_iter().collect(),
                    _ => {}
                }
            }
        }
        let is_physical = |one: &&SeenLink| !one.is_physical() || seen.physical().any(|other| other.index == one.index);
        seen.links.iter().filter(|one| one.fits(selector)).filter(is_physical).collect()
    }

    /// Whether a selector names an interface by a link of the config that the machine does not have.
    fn is_missing_link(&self, config: &Network, selector: &LinkSelector) -> bool {
        let links = config.links().iter().enumerate();
        selector.name.is_some()
            && links.filter(|(at, _)| self.links.get(at).is_some_and(Vec::is_empty)).any(|(_, link)| match &link.kind {
                LinkKind::Physical { selector: own } => link.name == selector.name || own.name == selector.name,
                _ => false,
            })
    }

    fn take_members(&mut self, config: &Network, seen: &'a SeenNetwork, at: usize, claims: &mut Claims) -> Result<()> {
        let Some(link) = config.links().get(at) else { return Ok(()) };
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for (place, selector) in link.kind.members().iter().enumerate() {
            let pointer = format!("/network/links/{at}/kind/members/{place}");
            let before = found.len();
            for one in self.member(config, seen, selector) {
                claims.take(one, selector, &pointer)?;
                found.push(Member { name: one.name.clone(), place, seen: Some(one) });
            }
            if found.len() > before {
                continue;
            }
            match selector.name.as_ref().filter(|name| self.names.contains(*name)) {
                Some(name) => found.push(Member { name: name.clone(), place, seen: None }),
                // The link of the config that it is has its own row.
                None if self.is_missing_link(config, selector) => {}
                None => missing.push(Missing { pointer, what: words(selector), needed: false }),
            }
        }
        if found.is_empty() {
            missing.iter_mut().for_each(|one| one.needed = true);
        }
        self.missing.extend(missing);
        let is_on_missing = matches!(&link.kind, LinkKind::Vlan(vlan) if !self.names.contains(&vlan.link));
        self.names.extend(link.name.clone().filter(|_| !is_on_missing));
        self.members.insert(at, found);
        Ok(())
    }
}

/// The interfaces that are a physical link of the config. One that got its name from there is found by that, and not another one that the
/// kernel has given its former name since.
fn meant<'a>(link: &NetworkLink, selector: &LinkSelector, seen: &'a SeenNetwork) -> Vec<&'a SeenLink> {
    let renamed = LinkSelector { name: link.name.clone(), ..selector.clone() };
    if selector.name.is_some()
        && link.name.is_some()
        && let Some(found) = seen.physical().find(|one| one.fits(&renamed))
    {
        return vec![found];
    }
    seen.physical().filter(|one| one.fits(selector)).collect()
}

/// Its name once the plan is carried out.
fn name_of(one: &SeenLink, link: &NetworkLink) -> String {
    link.name.clone().unwrap_or_else(|| one.name.clone())
}

/// Who means an interface, by its index.
struct Claims(BTreeMap<u32, (String, String)>);

impl Claims {
    fn take(&mut self, one: &SeenLink, selector: &LinkSelector, pointer: &str) -> Result<()> {
        let claim = (words(selector), pointer.to_owned());
        let Some((what, place)) = self.0.insert(one.index, claim) else { return Ok(()) };
        Err(Error::new(Code::InterfaceClaimedTwice, "set up", &one.name)
            .with_detail(format!(
                "{what} ({place}) and {} ({pointer}) are both this interface, which has the MAC address {}",
                words(selector),
                one.mac.as_deref().unwrap_or("none")
            ))
            .with_pointer(pointer))
    }
}

/// A selector, for people.
pub fn words(selector: &LinkSelector) -> String {
    if selector.is_all() {
        return "an interface".into();
    }
    let facts = [
        ("", &selector.name),
        ("with MAC address ", &selector.mac),
        ("with permanent MAC address ", &selector.permanent_mac),
        ("with driver ", &selector.driver),
        ("at PCI address ", &selector.path),
    ];
    let facts: Vec<String> =
        facts.iter().filter_map(|(what, value)| Some(format!("{what}{}", value.as_ref()?))).collect();
    format!("interface {}", facts.join(" "))
}
