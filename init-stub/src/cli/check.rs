//! `keel-init check FILE…`: does init accept these machine configs?

use crate::core::codec::packed::unpack;
use crate::core::config::{Flaw, Refusal, parse};
use crate::core::error::Error;
use crate::sources::worker::verify::verify_document;
use crate::sys::stdio::{complain, print};

const USAGE: &str = "usage: keel-init check [--schema-only] FILE…\n";

/// One line per file. 0: all accepted. 1: at least one refused. 3: one cannot be read.
pub fn run(arguments: &[String]) -> u8 {
    let (check, files): (Check, &[String]) = match arguments {
        [flag, files @ ..] if flag == "--schema-only" => (by_schema, files),
        files => (as_at_a_boot, files),
    };
    if files.is_empty() || files.iter().any(|file| file.starts_with("--")) {
        complain(USAGE);
        return 2;
    }
    files.iter().map(|file| one(file, check)).max().unwrap_or(0)
}

/// Checks the bytes of a file.
type Check = fn(Vec<u8>) -> Result<(), Refusal>;

/// What a source may give, packed or not, and all that a boot refuses before it writes anything.
fn as_at_a_boot(bytes: Vec<u8>) -> Result<(), Refusal> {
    let refusal = |error: Error| Refusal {
        pointer: error.pointer.unwrap_or_default(),
        message: error.detail.unwrap_or_default(),
        flaw: Flaw::Wrong,
    };
    unpack(bytes, "file").and_then(|document| verify_document(&document)).map(drop).map_err(refusal)
}

/// What keelctl can check, too: a document, and `schema/machine/v1.json`.
fn by_schema(bytes: Vec<u8>) -> Result<(), Refusal> {
    parse(&bytes).map(drop)
}

fn one(file: &str, check: Check) -> u8 {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(e) => {
            complain(&format!("{file}: {e}\n"));
            return 3;
        }
    };
    match check(bytes) {
        Ok(()) => {
            print(&format!("accept {file}\n"));
            0
        }
        Err(refusal) => {
            // The whole document has an empty pointer; the line keeps its four words.
            let pointer = if refusal.pointer.is_empty() { "/" } else { &refusal.pointer };
            print(&format!("refuse {file} {pointer} {}\n", refusal.message));
            1
        }
    }
}
