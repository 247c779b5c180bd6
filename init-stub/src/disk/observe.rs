//! Looking at this machine: its disks, the filesystems on them, and paths. Observing never writes.

mod boot;
mod controllers;
mod paths;
mod search;
mod sysfs;
mod volumes;

use crate::core::gpt::{Geometry, Guid};
use crate::core::observation::{Disk, DiskIdentity, Observation, VERSION, mark_boot_disk, observe};
use crate::modules::devices::Drivers;
use crate::sys::disk_file::DiskFile;
pub use boot::partition as boot_partition;
use controllers::without_driver;
pub use paths::{Wanted, observe as paths, open_parent, open_root, wanted};
pub use search::{Look, NewDisks, look};
use std::fs::File;
use std::io;
use std::path::Path;
pub use volumes::volumes;

/// The disks of this machine, with what is on them; `boot` is the partition that it was started from.
pub fn disks(boot: Option<Guid>) -> io::Result<Observation> {
    let disks = sysfs::find(Path::new("/sys"))?.into_iter().map(|found| {
        let path = format!("/dev/{}", found.name);
        let geometry = Geometry { size_bytes: found.size_bytes, sector_bytes: found.sector_bytes };
        let opened = File::open(&path).and_then(|file| DiskFile::new(file, found.sector_bytes));
        let seen = opened.and_then(|device| observe(&device, &path, found.identity.clone(), found.read_only));
        // A disk that cannot be read is one that must not be taken for empty, and no reason to leave out the others.
        seen.unwrap_or_else(|e| Disk {
            device: path,
            identity: found.identity,
            geometry,
            boot: false,
            read_only: found.read_only,
            empty: false,
            claimed: false,
            signatures: vec![format!("nothing readable ({e})")],
            table: None,
            made_for: None,
        })
    });
    let mut disks = disks.collect::<Vec<_>>();
    if let Some(partition) = boot {
        mark_boot_disk(&mut disks, partition);
    }
    let without_driver =
        Drivers::of_image().map_or_else(Vec::new, |drivers| without_driver(Path::new("/sys"), &drivers));
    Ok(Observation { v: VERSION, disks, without_driver, ..Observation::default() })
}

/// A file as if it were a disk, with a serial number so that a selector can find it.
pub fn image(path: &str, serial: Option<&str>) -> io::Result<Disk> {
    let device = DiskFile::new(File::open(path)?, 512)?;
    observe(&device, path, DiskIdentity { serial: serial.map(str::to_owned), ..DiskIdentity::default() }, false)
}
