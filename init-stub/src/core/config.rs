//! The machine config: its types and the one way to read it. [`parse`] judges exactly as `schema/machine/v1.json`
//! says, because it interprets that very file; the types below only give the accepted document a shape.

mod canonical;
mod json;
mod kubernetes;
mod meaning;
mod minors;
mod network;
mod schema;
mod storage;

use serde::Deserialize;

/// Most bytes of a machine config, unpacked.
pub const LIMIT: usize = 16 << 20;
pub use canonical::digest as canonical_digest;
pub use kubernetes::*;
pub use meaning::is_host_name;
pub use minors::{MINORS, Minor, Place};
pub use network::*;
pub use storage::*;

/// Why a document is no machine config: the place as a JSON pointer, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// JSON pointer of the offending value; empty for the whole document.
    pub pointer: String,
    /// What is wrong, without any value of the document that could be a secret.
    pub message: String,
    /// What kind of document it is.
    pub flaw: Flaw,
}

/// What kind of document is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It breaks the schema, or has a value that no node can apply.
    Wrong,
    /// It ends in the middle.
    Truncated,
    /// Its version is newer than this program.
    TooNew,
    /// It has a part that a later version removed.
    TooOld,
}

impl Refusal {
    fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into(), flaw: Flaw::Wrong }
    }
}

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
        // may quote the document, so only its place is told.
        Refusal::new("", format!("keel-init's types contradict its schema at line {} column {}", e.line(), e.column()))
    })
}

/// Reads a machine config and refuses what no node can obey, although the schema lets it pass: see [`meaning`].
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

/// What one machine must be; the fields are documented in `schema/machine/v1.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct MachineConfig {
    /// The minor of the schema that it is written in: `keel/v1`, `keel/v1.1`, ….
    pub api_version: String,
    /// Always `MachineConfig`.
    #[allow(dead_code, reason = "read by nobody, but a closed object must name all its keys")]
    pub kind: String,
    pub hostname: Hostname,
    pub kernel: Kernel,
    pub network: Network,
    pub time: Time,
    pub storage: Storage,
    pub kubernetes: Kubernetes,
    pub on_failure: OnFailure,
}

/// Modules and sysctl values.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Kernel {
    pub modules: Vec<String>,
    pub sysctl: Vec<Sysctl>,
}

/// One value below /proc/sys.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Sysctl {
    pub name: String,
    pub value: String,
}

/// What init does when the boot cannot go on.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum OnFailure {
    Halt {},
    Reboot { delay_ms: u64, max_delay_ms: u64 },
}

#[cfg(test)]
mod tests;
