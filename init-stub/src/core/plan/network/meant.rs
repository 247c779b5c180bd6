//! The links of a machine that the config means: those of it, and members of its bonds and bridges.

use super::resolve::Resolved;
use super::seen::{SeenLink, SeenNetwork};
use crate::core::config::{LinkKind, Network};
use crate::core::error::Result;
use std::collections::BTreeMap;

/// One of them.
#[derive(Debug)]
pub struct MeantLink<'a> {
    /// The name that it has, or gets from the config.
    pub name: String,
    /// The link of the config that it is a member of by now.
    pub of: Option<String>,
    /// It.
    pub seen: &'a SeenLink,
}

/// Finds them, each once. Fails as the plan does.
pub fn meant<'a>(config: &Network, seen: &'a SeenNetwork) -> Result<Vec<MeantLink<'a>>> {
    let resolved = Resolved::of(config, seen)?;
    let mut all: BTreeMap<u32, MeantLink<'a>> = BTreeMap::new();
    for (at, link) in config.links().iter().enumerate() {
        let made = link.name.as_ref().filter(|_| !matches!(link.kind, LinkKind::Physical { .. }));
        let made = made.and_then(|name| seen.link(name));
        for one in resolved.physical(at).chain(made) {
            let name = link.name.clone().unwrap_or_else(|| one.name.clone());
            all.insert(one.index, MeantLink { name, of: None, seen: one });
        }
    }
    for (at, link) in config.links().iter().enumerate() {
        let of = link.name.as_ref().and_then(|name| seen.link(name));
        for one in resolved.members(at).iter().filter_map(|member| member.seen) {
            let meant = all.entry(one.index);
            let meant = meant.or_insert_with(|| MeantLink { name: one.name.clone(), of: None, seen: one });
            meant.of = of.filter(|of| one.master == Some(of.index)).map(|of| of.name.clone());
        }
    }
    Ok(all.into_values().collect())
}
