//! Azure's `customData`: on a medium that is in the drive from the machine's creation until it has reported that it is up.
//! What the metadata service has, `userData`, can be changed and comes first.

use super::disk::read;
use super::{Found, SourceAnswer, answer};
use crate::core::content::volume::Volume;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::{Instance, Node};

/// The one file that all of Azure's media have; their labels differ.
pub const OVF: &str = "ovf-env.xml";
const FORMATS: [&str; 2] = ["udf", "iso9660"];

/// Reads the first medium that has the file.
pub fn custom_data(node: &mut Node) -> Result<SourceAnswer, Interrupt> {
    answer(look(node))
}

fn look(node: &mut Node) -> Result<SourceAnswer, Interrupt> {
    let fits = |volume: &&Volume| FORMATS.contains(&volume.identity.format.as_str());
    let media: Vec<Volume> = node.volumes.iter().filter(fits).cloned().collect();
    for medium in media {
        if let (Some(bytes), _) = read(node, &medium, OVF, None)? {
            let found = Found { bytes, instance: Instance::default() };
            return Ok(if found.bytes.is_empty() { SourceAnswer::NoConfig } else { SourceAnswer::Config(found) });
        }
    }
    Ok(SourceAnswer::NoConfig)
}
