//! stdout and stderr of a program that is not PID 1: its data, and what is wrong.

use std::io::Write;

/// Writes to stdout; false when nobody reads it any more.
pub fn print(text: &str) -> bool {
    std::io::stdout().write_all(text.as_bytes()).is_ok()
}

/// Writes to stderr.
pub fn complain(text: &str) {
    // With nobody to read a complaint there is nobody to tell that it was lost.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
