//! The kernel's view of a disk's partitions, made equal to the table on the disk.

use crate::core::device::Device;
use crate::core::gpt::{Geometry, Table};
use crate::sys::block::{add_partition, delete_partition};
use crate::sys::disk_file::DiskFile;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Start and length in bytes.
type Span = (u64, u64);

/// Tells the kernel what differs; nothing, when nothing does.
pub fn sync(device: &DiskFile, path: &str, table: &Table) -> io::Result<()> {
    let sector = Geometry::of(device as &dyn Device).sector();
    let wanted: BTreeMap<u32, Span> = table
        .entries
        .iter()
        .map(|e| (e.number, (e.first_sector * sector, (e.last_sector - e.first_sector + 1) * sector)))
        .collect();
    let known = known(path)?;
    for (number, _) in known.iter().filter(|(number, (span, _))| wanted.get(number) != Some(span)) {
        delete_partition(device.file(), *number)?;
    }
    for (number, (start, length)) in
        wanted.iter().filter(|(number, span)| known.get(number).map(|(known, _)| known) != Some(span))
    {
        add_partition(device.file(), *number, *start, *length)?;
    }
    Ok(())
}

/// Path of the device of a partition, which the kernel made while adding it.
pub fn device_of(disk: &str, number: u32) -> io::Result<String> {
    known(disk)?
        .remove(&number)
        .map(|(_, name)| format!("/dev/{name}"))
        .ok_or_else(|| io::Error::from_raw_os_error(libc::ENODEV))
}

/// What the kernel knows: span and name by number. In sysfs every number is of 512 bytes, whatever the disk's sector size.
fn known(disk: &str) -> io::Result<BTreeMap<u32, (Span, String)>> {
    let name = disk.rsplit('/').next().unwrap_or(disk);
    let mut partitions = BTreeMap::new();
    for entry in fs::read_dir(Path::new("/sys/block").join(name))? {
        let entry = entry?;
        let number =
            |attribute: &str| fs::read_to_string(entry.path().join(attribute)).ok()?.trim().parse::<u64>().ok();
        let Some(found) = number("partition").and_then(|n| u32::try_from(n).ok()) else { continue };
        let (Some(start), Some(length)) = (number("start"), number("size")) else { continue };
        partitions.insert(found, ((start * 512, length * 512), entry.file_name().to_string_lossy().into_owned()));
    }
    Ok(partitions)
}
