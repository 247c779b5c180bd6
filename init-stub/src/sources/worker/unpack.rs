//! `child unpack`: the bytes of a source in, the document in them out.

use crate::core::codec::packed::unpack;
use crate::core::config::LIMIT;
use crate::pid1::worker::{job, refuse};
use std::io::{self, Write};

/// 0: the document is on stdout. 1: there is none, and an error is on stdout.
pub fn run() -> u8 {
    let Some((place, bytes)) = job::<String>(LIMIT) else { return 2 };
    match unpack(bytes, &place) {
        Ok(document) => u8::from(io::stdout().write_all(&document).is_err()),
        Err(error) => refuse(&error),
    }
}
