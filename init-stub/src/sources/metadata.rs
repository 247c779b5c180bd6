//! The metadata services of the platforms, each a source of its own. The stage asks only that of this machine's platform.

use super::fetch::{Online, Place, ask};
use super::{Class, Found, Source, SourceAnswer, platform};
use crate::core::error::Error;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::pid1::wait;
use crate::sys::clock::mono_ms;

/// How long the instance is asked for. A boot goes on without one.
const INSTANCE_MS: u64 = 10_000;
/// How long it is asked what it calls the node: a node that has joined without cannot get a provider's id any more.
const NODE_MS: u64 = 60_000;
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
    ask_for(node, name, false)
}

fn ask_for(node: &mut Node, name: &str, is_node: bool) -> Result<SourceAnswer, Interrupt> {
    ask(node, Place::Platform { name: name.into(), node: is_node }, &format!("metadata service of {name}"))
}

/// Asks this machine's platform for its host name, if no source has told one: the machine config came from elsewhere.
/// The network is there as the config wants it. The document that the platform may have is dropped.
pub fn learn_instance(node: &mut Node) -> Result<(), Interrupt> {
    let Ok(Some((name, _))) = platform::detect() else { return Ok(()) };
    if name == "none" || node.instance.hostname.is_some() {
        return Ok(());
    }
    // Without a document, its facts about the machine are in the node already.
    if let Ok(Some(found)) = persistently(node, INSTANCE_MS, name, false)? {
        node.take_instance(found.instance);
    }
    Ok(())
}

/// What this machine's platform calls the node, as a JSON object of `providerID` and labels, and why something is not there.
pub fn learn_node(node: &mut Node) -> Result<(String, Option<String>), Interrupt> {
    let name = platform::detect().ok().flatten().map_or("none", |(name, _)| name);
    let Some(row) = platform::row(name) else {
        return Ok((String::new(), Some("nothing names a platform that Keel knows".into())));
    };
    let found = match persistently(node, NODE_MS, name, true)? {
        Ok(found) => found.map(|found| found.bytes).unwrap_or_default(),
        Err(error) => return Ok((String::new(), error.detail)),
    };
    let found = String::from_utf8(found).unwrap_or_default();
    let mut missing = String::new();
    for (key, _) in row.node.lines().filter_map(|line| line.split_once(' ')) {
        if !found.contains(key) {
            missing.push_str(if missing.is_empty() { "it does not tell " } else { ", " });
            missing.push_str(key);
        }
    }
    Ok((found, Some(missing).filter(|missing| !missing.is_empty())))
}

/// Asks until somebody answers, for so many milliseconds; None: there is nothing.
fn persistently(
    node: &mut Node,
    limit: u64,
    name: &str,
    is_node: bool,
) -> Result<Result<Option<Found>, Error>, Interrupt> {
    let until = mono_ms() + limit;
    *node.state() = Some(Online { until: Some(until) });
    loop {
        let error = match ask_for(node, name, is_node)? {
            SourceAnswer::Config(found) => return Ok(Ok(Some(found))),
            SourceAnswer::Retry { error, .. } => error,
            SourceAnswer::Fatal(error) => return Ok(Err(error)),
            _ => return Ok(Ok(None)),
        };
        if mono_ms() + AGAIN_MS >= until {
            return Ok(Err(error));
        }
        wait::pause(node, AGAIN_MS)?;
    }
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
