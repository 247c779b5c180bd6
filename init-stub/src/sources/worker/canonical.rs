//! `child canonical`: a document in, the digest of what it means out; nothing if it is not strict JSON.

use crate::core::config::{LIMIT, canonical_digest};
use crate::pid1::worker::job;
use crate::sys::stdio::print;

/// 0, whatever the document is.
pub fn run() -> u8 {
    let Some(((), document)) = job(LIMIT) else { return 2 };
    if document.len() <= LIMIT {
        print(&canonical_digest(&document).unwrap_or_default());
    }
    0
}
