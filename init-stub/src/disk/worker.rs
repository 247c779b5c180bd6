//! `child observe`: the observation of this machine's disks and its labelled filesystems on stdout.

use crate::core::error::{Code, Step};
use crate::disk::observe::{Look, boot_partition, disks, volumes};
use crate::modules::devices;
use crate::pid1::worker::{job, refuse};
use crate::sys::confine::drop_capabilities;
use crate::sys::stdio::print;
use std::path::Path;

/// Looks when all devices have their drivers. 0: an observation. 1: an error.
pub fn run() -> u8 {
    let Some(((), _)) = job(0) else { return 2 };
    devices::load();
    let boot = boot_partition();
    // From here on it reads what is on the disks.
    let found = drop_capabilities()
        .step(Code::KernelRefused, "confine", "observe")
        .and_then(|()| disks(boot).step(Code::KernelRefused, "read", "/sys/block"));
    match found {
        Ok(observation) => {
            let volumes = volumes(Path::new("/sys"), Path::new("/dev"));
            u8::from(!print(&serde_json::to_string(&Look { observation, volumes }).unwrap_or_default()))
        }
        Err(error) => refuse(&error),
    }
}
