//! Azure's `customData`: on a medium that is in the drive from the machine's creation until it has reported that it is up.
//! What the metadata service has, `userData`, can be changed and comes first.

use super::SourceAnswer;
use super::answer::answer;
use super::disk::read;
use crate::core::content::volume::Volume;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;

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
        let (contents, bytes) = read(node, &medium, OVF, None)?;
        if contents.present {
            return Ok(if bytes.is_empty() { SourceAnswer::NoConfig } else { SourceAnswer::Config(bytes.into()) });
        }
    }
    Ok(SourceAnswer::NoConfig)
}
