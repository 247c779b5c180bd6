//! The metadata services of the platforms, each a source of its own. The stage asks only that of this machine's platform.

use super::fetch::{Place, ask};
use super::{Class, Said, Source, platform};
use crate::beside;
use crate::node::{Node, Online};
use crate::sys::clock::mono_ms;

/// How long an identity is asked for. A boot goes on without one.
const IDENTITY_MS: u64 = 10_000;
const AGAIN_MS: u64 = 500;

/// The source of a platform.
pub const fn source(name: &'static str, place: &'static str, ask: fn(&mut Node) -> Said) -> Source {
    Source { name, place, class: Class::Platform(name), ask }
}

/// Asks the metadata service of a platform.
pub fn of(node: &mut Node, name: &str) -> Said {
    ask(node, Place::Platform { name: name.into() }, &format!("metadata service of {name}"))
}

/// Asks this machine's platform for its host name, if no source has told one: the machine config came from elsewhere.
/// The network is there as the config wants it. The document that the platform may have is dropped.
pub fn learn_identity(node: &mut Node) {
    let Ok(Some((name, _))) = platform::detect() else { return };
    if name == "none" || node.identity.hostname.is_some() {
        return;
    }
    let until = mono_ms() + IDENTITY_MS;
    node.online = Some(Online { until: Some(until) });
    while mono_ms() < until {
        match of(node, name) {
            Said::Config(found) => return node.take_name(found.identity),
            Said::Retry { .. } => beside::pause(node, AGAIN_MS),
            // It has none, and then what it says of the machine is in the node already; or it will say no more.
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::sources::platform::TABLE as PLATFORMS;
    use crate::sources::{Class, TABLE};

    #[test]
    fn every_platform_is_a_source_in_the_same_order() {
        let mut sources: Vec<&str> = TABLE
            .iter()
            .filter_map(|source| match source.class {
                Class::Platform(name) => Some(name),
                _ => None,
            })
            .collect();
        // A platform may have more sources than its metadata service.
        sources.dedup();
        assert_eq!(sources, PLATFORMS.map(|platform| platform.name));
    }
}
