//! The metadata services of the platforms, each a source of its own. The stage asks only that of this machine's platform.

use super::fetch::{Online, Place, ask};
use super::{Class, Source, SourceAnswer, platform};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::pid1::wait;
use crate::sys::clock::mono_ms;

/// How long the instance is asked for. A boot goes on without one.
const INSTANCE_MS: u64 = 10_000;
const AGAIN_MS: u64 = 500;

/// The source of a platform.
pub const fn source(
    name: &'static str,
    place: &'static str,
    ask: fn(&mut Node) -> Result<SourceAnswer, Interrupt>,
) -> Source {
    Source { name, place, class: Class::Platform(name), ask }
}

/// Asks the metadata service of a platform.
pub fn of(node: &mut Node, name: &str) -> Result<SourceAnswer, Interrupt> {
    ask(node, Place::Platform { name: name.into() }, &format!("metadata service of {name}"))
}

/// Asks this machine's platform for its host name, if no source has told one: the machine config came from elsewhere.
/// The network is there as the config wants it. The document that the platform may have is dropped.
pub fn learn_instance(node: &mut Node) -> Result<(), Interrupt> {
    let Ok(Some((name, _))) = platform::detect() else { return Ok(()) };
    if name == "none" || node.instance.hostname.is_some() {
        return Ok(());
    }
    let until = mono_ms() + INSTANCE_MS;
    *node.state() = Some(Online { until: Some(until) });
    while mono_ms() < until {
        match of(node, name)? {
            SourceAnswer::Config(found) => {
                node.take_name(found.instance);
                return Ok(());
            }
            SourceAnswer::Retry { .. } => wait::pause(node, AGAIN_MS)?,
            // It has none, and then its facts about the machine are in the node already; or it has no more.
            _ => return Ok(()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::sources::platform::TABLE as PLATFORMS;
    use crate::sources::{Class, all};

    #[test]
    fn every_platform_is_a_source_in_the_same_order() {
        let mut sources: Vec<&str> = all()
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
