//! `child observe`: looks at every disk of this machine and prints the observation as JSON.

use crate::cli::print;
use crate::device::Opened;
use crate::error::{Code, Result, Step};
use crate::observe::{Disk, Found, Observation, VERSION, disk, find_disks};
use std::fs::File;
use std::path::Path;

/// 0: stdout has the observation. 1: stdout has an error.
pub fn run(_: &[String]) -> u8 {
    let (json, code) = match observation() {
        Ok(seen) => (serde_json::to_string(&seen), 0),
        Err(error) => (serde_json::to_string(&error), 1),
    };
    print(&json.unwrap_or_default());
    code
}

fn observation() -> Result<Observation> {
    let found = find_disks(Path::new("/sys")).step(Code::DiskIo, "observe", "list", "/sys/block")?;
    let disks = found.into_iter().map(one).collect::<Result<_>>()?;
    Ok(Observation { v: VERSION, disks, paths: None })
}

fn one(found: Found) -> Result<Disk> {
    let path = format!("/dev/{}", found.name);
    File::open(&path)
        .and_then(|file| disk(&Opened::new(file, found.sector_bytes)?, &path, found.identity, found.read_only))
        .step(Code::DiskIo, "observe", "look at", path)
}
