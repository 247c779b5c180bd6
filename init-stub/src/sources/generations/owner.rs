//! Which machine wrote a KEEL-STATE. What it keeps (the node's name, its certificate, its join) is trusted only there: a
//! copied disk must not make a second machine the same node.

use super::Header;
use crate::pid1::node::Node;
use crate::sources::smbios::{known_uuid, machine_uuid};
use crate::sources::value;

/// The word of the kernel command line by which an operator says that this machine is the one named there.
const ACCEPT: &str = "keel.state.accept=";
/// How the word names a machine that has neither a UUID nor an instance id.
const NAMELESS: &str = "none";

/// What tells this machine from others.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// The UUID of its firmware, where that has one of its own.
    pub uuid: Option<String>,
    /// What its provider, or its seed, calls it.
    pub instance_id: Option<String>,
    /// The machine whose KEEL-STATE the operator accepts here: that machine's UUID, or its instance id, or `none`.
    pub accepted: Option<String>,
}

impl Machine {
    /// This machine, as far as it is known by now.
    pub fn here(node: &Node) -> Self {
        Self { uuid: machine_uuid(), instance_id: node.instance.instance_id.clone(), accepted: value(ACCEPT) }
    }

    /// Why another machine wrote the generation with this header; None when this one did. Of two machines without a UUID the
    /// instance ids decide. Where one has no instance id either, they cannot be told apart, and the KEEL-STATE is trusted.
    pub fn difference(&self, header: &Header) -> Option<String> {
        let its = header.smbios_uuid.as_deref().and_then(known_uuid);
        let difference = match (&its, &self.uuid) {
            (Some(its), Some(here)) => (its != here).then(|| written_by(its, here)),
            (Some(its), None) => Some(written_by(its, "a machine without a UUID")),
            (None, Some(here)) => Some(written_by("without a UUID", here)),
            (None, None) => match (&header.instance_id, &self.instance_id) {
                (Some(its), Some(here)) if its != here => {
                    Some(written_by(&format!("with the instance id {its}"), &format!("the one with {here}")))
                }
                _ => None,
            },
        };
        let name = its.or_else(|| header.instance_id.clone()).unwrap_or_else(|| NAMELESS.into());
        let accepted = self.accepted.as_ref().is_some_and(|accepted| accepted.eq_ignore_ascii_case(&name));
        difference.filter(|_| !accepted).map(|text| format!("{text}; {ACCEPT}{name} would accept it"))
    }
}

fn written_by(its: &str, here: &str) -> String {
    format!("the machine {its} wrote it, and this machine is {here}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "4c4c4544-0042-3510-8052-b4c04f564433";
    const B: &str = "11111111-2222-4333-8444-555555555555";
    const CONSTANT: &str = "03000200-0400-0500-0006-000700080009";

    fn header(uuid: Option<&str>, id: Option<&str>) -> Header {
        Header {
            source: "nocloud".into(),
            api_version: String::new(),
            sha256: String::new(),
            kept_sha256: String::new(),
            smbios_uuid: uuid.map(str::to_owned),
            instance_id: id.map(str::to_owned),
        }
    }

    fn here(uuid: Option<&str>, id: Option<&str>) -> Machine {
        Machine { uuid: uuid.map(str::to_owned), instance_id: id.map(str::to_owned), accepted: None }
    }

    #[test]
    fn the_uuid_decides_and_without_one_on_both_sides_the_instance_id() {
        for (wrote, reads, is_same) in [
            ((Some(A), Some("i-1")), (Some(A), Some("i-1")), true),
            // A seed made again for the same machine, and a virtual machine that moved to another host.
            ((Some(A), Some("i-1")), (Some(A), Some("i-2")), true),
            ((Some(A), None), (Some(A), Some("i-2")), true),
            // Every seed of some tools has the same instance id.
            ((Some(A), Some("iid-local01")), (Some(B), Some("iid-local01")), false),
            ((Some(A), None), (Some(B), None), false),
            ((Some(A), Some("i-1")), (None, Some("i-1")), false),
            ((None, None), (Some(B), None), false),
            ((None, Some("i-1")), (None, Some("i-2")), false),
            ((None, Some("i-1")), (None, Some("i-1")), true),
            ((None, Some("i-1")), (None, None), true),
            ((None, None), (None, None), true),
            // What an older keel-init kept for a UUID and this one knows for a constant.
            ((Some(CONSTANT), None), (None, None), true),
        ] {
            let difference = here(reads.0, reads.1).difference(&header(wrote.0, wrote.1));
            assert_eq!(difference.is_none(), is_same, "{wrote:?} on {reads:?}: {difference:?}");
        }
    }

    #[test]
    fn both_machines_are_named_and_so_is_the_word_that_accepts_the_other() {
        let text = here(Some(B), None).difference(&header(Some(A), None)).unwrap();
        assert!(text.contains(A) && text.contains(B), "{text}");
        for (wrote, accepted) in [
            ((Some(A), None), A.to_uppercase()),
            ((None, Some("i-1")), "i-1".to_owned()),
            ((None, None), "none".to_owned()),
        ] {
            let machine = Machine { accepted: Some(accepted.clone()), ..here(Some(B), None) };
            assert_eq!(machine.difference(&header(wrote.0, wrote.1)), None, "{accepted}");
            let other = header(Some("22222222-2222-4333-8444-555555555555"), None);
            assert!(machine.difference(&other).is_some(), "{accepted}");
        }
    }
}
