//! Azure's `customData`: on a medium that is in the drive from the machine's creation until it has reported that it is up.
//! What the metadata service has, `userData`, can be changed and comes first.

use super::Said;
use super::disk::read;
use crate::error::Result;
use crate::node::Node;
use crate::volume::Volume;

/// The one file that all of Azure's media have; their labels differ.
pub const OVF: &str = "ovf-env.xml";
const FORMATS: [&str; 2] = ["udf", "iso9660"];

/// Reads the first medium that has the file.
pub fn custom_data(node: &mut Node) -> Said {
    look(node).unwrap_or_else(Said::Fatal)
}

fn look(node: &mut Node) -> Result<Said> {
    let fits = |volume: &&Volume| FORMATS.contains(&volume.identity.format.as_str());
    let media: Vec<Volume> = node.volumes.iter().filter(fits).cloned().collect();
    for medium in media {
        let (contents, bytes) = read(node, &medium, OVF, None)?;
        if contents.present {
            return Ok(if bytes.is_empty() { Said::NoConfig } else { Said::Config(bytes.into()) });
        }
    }
    Ok(Said::NoConfig)
}
