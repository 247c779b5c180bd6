//! The machine config: its types and the one way to read it. [`parse`] validates exactly as `schema/machine/v1.json`
//! says, because it interprets that very file; the types below only give the accepted document a shape.

mod canonical;
mod json;
mod kubernetes;
mod machine;
mod meaning;
mod network;
mod refusal;
mod schema;
mod storage;

/// Most bytes of a machine config, unpacked.
pub const LIMIT: usize = 16 << 20;
pub use canonical::digest as canonical_digest;
pub use kubernetes::*;
pub use machine::*;
pub use meaning::is_host_name;
pub use network::*;
pub use refusal::Refusal;
pub use storage::*;

/// Reads a machine config. Accepts what the schema accepts, in strict JSON: no duplicate key, every number an
/// integer of plain digits, no byte order mark, nothing after the document.
pub fn parse(bytes: &[u8]) -> Result<MachineConfig, Refusal> {
    let document = json::read(bytes)?;
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
    let config = parse(bytes)?;
    meaning::check(&config)?;
    Ok(config)
}

#[cfg(test)]
mod tests;
