//! The metadata services of the platforms, each a source of its own. The stage asks only that of this machine's platform.

use super::fetch::{Place, ask};
use super::{Class, Said, Source};
use crate::node::Node;

/// The source of a platform.
pub const fn source(name: &'static str, place: &'static str, ask: fn(&mut Node) -> Said) -> Source {
    Source { name, place, class: Class::Platform, ask }
}

/// Asks the metadata service of a platform.
pub fn of(node: &mut Node, name: &str) -> Said {
    ask(node, Place::Platform { name: name.into() }, &format!("metadata service of {name}"))
}

#[cfg(test)]
mod tests {
    use crate::sources::platform::TABLE as PLATFORMS;
    use crate::sources::{Class, TABLE};

    #[test]
    fn every_platform_is_a_source_in_the_same_order() {
        let sources: Vec<&str> =
            TABLE.iter().filter(|source| source.class == Class::Platform).map(|source| source.name).collect();
        assert_eq!(sources, PLATFORMS.map(|platform| platform.name));
    }
}
