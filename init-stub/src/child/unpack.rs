//! `child unpack`: gzip in, its content out, at most a byte more than a machine config may have.

use crate::cli::print;
use crate::sources::LIMIT;
use flate2::read::MultiGzDecoder;
use std::io::{Read, Write};

/// 0: unpacked. 1: not gzip, damaged, or nobody reads; stdout then ends with the reason.
pub fn run(_: &[String]) -> u8 {
    let most = u64::try_from(LIMIT).unwrap_or(u64::MAX) + 1;
    let mut content = Vec::new();
    let outcome = MultiGzDecoder::new(std::io::stdin().lock()).take(most).read_to_end(&mut content);
    match outcome.and_then(|_| std::io::stdout().write_all(&content)) {
        Ok(()) => 0,
        Err(e) => {
            print(&e.to_string());
            1
        }
    }
}
