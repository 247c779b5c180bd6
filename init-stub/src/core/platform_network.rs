//! What platforms say about the network of a machine, in the terms of the machine config.

mod clouds;
mod difference;
pub mod draft;
pub mod facts;
mod left_out;
mod members;
mod network;
mod network_config;
mod network_data;
pub mod options;
mod order;
mod section;
mod version_1;
mod version_2;

use crate::core::codec::yaml::Document;
pub use difference::difference;
use draft::Draft;
pub use network::PlatformNetwork;
use serde::{Deserialize, Serialize};

/// Most bytes of a document that says it.
pub const LIMIT: usize = 256 << 10;

/// A form in which a platform says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Format {
    /// `network-config` of cloud-init, version 1 or 2.
    NetworkConfig,
    /// `network_data.json` of OpenStack.
    NetworkData,
    /// `/metadata/v1.json` of DigitalOcean.
    DigitalOcean,
    /// `/v1.json` of Vultr.
    Vultr,
}

/// Reads what a platform says; an empty document says nothing. The error says why it cannot be read and quotes no value.
pub fn read(format: Format, bytes: &[u8]) -> Result<PlatformNetwork, String> {
    if bytes.len() > LIMIT {
        return Err(format!("it has more than {LIMIT} bytes"));
    }
    let document = match format {
        Format::NetworkConfig => Document::read(bytes)?,
        Format::NetworkData | Format::DigitalOcean | Format::Vultr => Document::read_json(bytes)?,
    };
    let Some(document) = document else { return Ok(PlatformNetwork::default()) };
    let mut draft = Draft::default();
    match format {
        Format::NetworkConfig => network_config::read(document.root(), &mut draft)?,
        Format::NetworkData => network_data::read(document.root(), &mut draft),
        Format::DigitalOcean => clouds::digital_ocean(document.root(), &mut draft),
        Format::Vultr => clouds::vultr(document.root(), &mut draft),
    }
    if document.is_exhausted() {
        return Err("its aliases make it too large".into());
    }
    Ok(draft.finish())
}

#[cfg(test)]
pub mod tests;
