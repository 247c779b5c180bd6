//! `keel-init check FILE…`: does init accept these machine configs?

use crate::core::config::parse;
use crate::sys::stdio::{complain, print};

/// One line per file. 0: all accepted. 1: at least one refused. 3: one cannot be read.
pub fn run(files: &[String]) -> u8 {
    if files.is_empty() {
        complain("usage: keel-init check FILE…\n");
        return 2;
    }
    files.iter().map(|file| one(file)).max().unwrap_or(0)
}

fn one(file: &str) -> u8 {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(e) => {
            complain(&format!("{file}: {e}\n"));
            return 3;
        }
    };
    match parse(&bytes) {
        Ok(_) => {
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
