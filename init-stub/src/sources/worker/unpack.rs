//! `child unpack`: the bytes of a source in, the document in them out.

use crate::core::codec::packed::document;
use crate::core::config::LIMIT;
use crate::core::error::Error;
use crate::pid1::worker::{job, refuse};
use crate::sources::unpack::UnpackJob;
use std::io::{self, Write};

/// 0: the document is on stdout. 1: there is none, and an [`Error`] is on stdout.
pub fn run() -> u8 {
    let Some((UnpackJob { place }, bytes)) = job(LIMIT) else { return 2 };
    match document(bytes) {
        Ok(document) => u8::from(io::stdout().write_all(&document).is_err()),
        Err((code, detail)) => refuse(&Error::new(code, "unpack", place).with_detail(detail)),
    }
}
