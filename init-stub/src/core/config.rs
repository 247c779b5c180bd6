//! The machine config: its types and the one way to read it. [`parse`] validates exactly as `schema/machine/v1.json`
//! says, because it interprets the rules of that file; the types below only give the accepted document a shape.

mod canonical;
mod firewall;
mod health;
mod json;
mod kubernetes;
mod machine;
mod meaning;
mod minors;
mod network;
mod prefix;
mod refusal;
mod schema;
mod storage;
mod wireguard;

/// Most bytes of a machine config, unpacked.
pub const LIMIT: usize = 16 << 20;
pub use canonical::digest as canonical_digest;
pub use firewall::*;
pub use health::*;
pub use kubernetes::*;
pub use machine::*;
pub use meaning::{check_network, is_host_name, is_label_value, is_link_name};
pub use minors::{MINORS, Minor, Place};
pub use network::*;
pub use prefix::{Prefix, width};
pub use refusal::{Flaw, Refusal};
pub use storage::*;
pub use wireguard::*;

/// Reads a machine config. Accepts what the schema accepts, in strict JSON: no duplicate key, every number an
/// integer of plain digits, no byte order mark, nothing after the document.
pub fn parse(bytes: &[u8]) -> Result<MachineConfig, Refusal> {
    parse_by(bytes, &MINORS)
}

fn parse_by(bytes: &[u8], minors: &[Minor]) -> Result<MachineConfig, Refusal> {
    let document = json::read(bytes)?;
    minors::check(&document, minors)?;
    schema::check(&document)?;
    drop(document);
    serde_json::from_slice(bytes).map_err(|e| {
        // Only a contradiction between the schema and the types below can end here. The text of a type error
        // may quote the document, so only its place is reported.
        Refusal::new("", format!("keel-init's types contradict its schema at line {} column {}", e.line(), e.column()))
    })
}

/// Reads a machine config and refuses what no node can apply, although the schema lets it pass: see [`meaning`].
pub fn accept(bytes: &[u8]) -> Result<MachineConfig, Refusal> {
    accept_by(bytes, &MINORS)
}

/// The same by another table of minors than that of this program.
pub fn accept_by(bytes: &[u8], minors: &[Minor]) -> Result<MachineConfig, Refusal> {
    let config = parse_by(bytes, minors)?;
    meaning::check(&config)?;
    Ok(config)
}

/// The version that a document names, if it is strict JSON and names one.
pub fn named_version(bytes: &[u8]) -> Option<String> {
    json::read(bytes).ok()?.get("apiVersion")?.text().map(str::to_owned)
}

#[cfg(test)]
mod tests;
