//! The order in which links are made.

use super::draft::{Draft, DraftLink};
use crate::core::config::{LinkKind, LinkSelector};
use std::collections::{BTreeMap, BTreeSet};

/// The kernel's MAX_NEST_DEV; an interface of the machine is the first level.
const MOST_LEVELS: usize = 8;

impl Draft {
    /// Each link behind what it is made of. A link that joins another one goes down for that, so a VLAN on it comes after that, where
    /// it can. What is in a cycle is left out, and what is made of it.
    pub fn in_order(&mut self) -> Vec<DraftLink> {
        let mut rest = std::mem::take(&mut self.links);
        let mut waiting: BTreeSet<String> = rest.iter().map(|one| one.id.clone()).collect();
        let mut levels: BTreeMap<String, usize> = BTreeMap::new();
        let mut ordered: Vec<DraftLink> = Vec::new();
        while !rest.is_empty() {
            let is_ready = |one: &DraftLink| one.parts.iter().all(|part| !waiting.contains(part));
            let joins = |part: &String| {
                rest.iter().any(|other| !matches!(other.link.kind, LinkKind::Vlan(_)) && other.parts.contains(part))
            };
            let is_first = |one: &&DraftLink| {
                is_ready(one) && !(matches!(one.link.kind, LinkKind::Vlan(_)) && one.parts.iter().any(joins))
            };
            let next = rest.iter().position(|one| is_first(&one)).or_else(|| rest.iter().position(is_ready));
            let Some(next) = next else { break };
            let mut at = 0..;
            let taken: Vec<DraftLink> = rest.extract_if(.., |_| at.next() == Some(next)).collect();
            for one in taken {
                if rest.iter().all(|other| other.id != one.id) {
                    waiting.remove(&one.id);
                }
                let level = one.parts.iter().filter_map(|part| levels.get(part)).max().map_or(1, |below| below + 1);
                if level > MOST_LEVELS {
                    self.out.add(&one.id, "more than eight links made of each other");
                    continue;
                }
                levels.insert(one.id.clone(), level);
                ordered.push(one);
            }
        }
        for one in &rest {
            self.out.add(&one.id, "it is made of itself");
        }
        without_missing(ordered, &rest)
    }
}

/// Members that are left out themselves are none.
fn without_missing(mut ordered: Vec<DraftLink>, rest: &[DraftLink]) -> Vec<DraftLink> {
    let gone: BTreeSet<&String> = rest.iter().filter_map(|one| one.link.name.as_ref()).collect();
    let is_there = |selector: &LinkSelector| selector.name.as_ref().is_none_or(|name| !gone.contains(name));
    for one in &mut ordered {
        match &mut one.link.kind {
            LinkKind::Bond(bond) => bond.members.retain(is_there),
            LinkKind::Bridge(bridge) => bridge.members.retain(is_there),
            _ => {}
        }
    }
    ordered
}
