//! `child canonical`: a document in, the digest of what it means out; nothing if it is no strict JSON.

use super::stdin;
use crate::cli::print;
use crate::config::canonical_digest;
use crate::sources::LIMIT;

/// Always 0.
pub fn run(_: &[String]) -> u8 {
    let document = stdin(LIMIT).unwrap_or_default();
    if document.len() <= LIMIT {
        print(&canonical_digest(&document).unwrap_or_default());
    }
    0
}
