//! What a server has, and what its status says.

use crate::pid1::node::Instance;

/// Most bytes of a document as it comes, which may be packed.
pub const DOCUMENT_LIMIT: u64 = 4 << 20;

/// What a server has.
pub struct Outcome {
    /// The document; None: it has none.
    pub document: Option<Vec<u8>>,
    /// What it calls the machine.
    pub instance: Instance,
}

/// Statuses that pass by themselves.
pub fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}

/// A status as people read it.
pub fn status_text(status: u16) -> String {
    let reason = ureq::http::StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
    reason.map_or_else(|| status.to_string(), |reason| format!("{status} {reason}"))
}
