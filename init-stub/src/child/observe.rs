//! `child observe`: the observation of this machine's disks on stdout.

use crate::cli::print;
use crate::error::{Code, Step};
use crate::observe::disks;

/// 0: an observation. 1: an error.
pub fn run(_: &[String]) -> u8 {
    let found = disks().step(Code::KernelRefused, "observe", "read", "/sys/block");
    let (text, code) = match found {
        Ok(observation) => (serde_json::to_string(&observation), 0),
        Err(error) => (serde_json::to_string(&error), 1),
    };
    print(&text.unwrap_or_default());
    code
}
