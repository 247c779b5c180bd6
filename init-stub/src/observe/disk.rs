//! Looking at the content of one disk.

use super::{Disk, Identity, Partition, Table};
use crate::bytes::is_zero;
use crate::claim::{self, END_BYTES};
use crate::device::Device;
use crate::gpt::{self, Entry, Geometry};
use crate::probe;
use std::io;

/// How much of a partition is looked at from its start: past every magic number.
const HEAD_BYTES: u64 = 256 << 10;
/// How much of a partition is looked at from its end.
const TAIL_BYTES: u64 = 64 << 10;

/// Reads the first and last MiB, the table, and the start and end of each partition.
pub fn observe(device: &dyn Device, path: &str, identity: Identity, read_only: bool) -> io::Result<Disk> {
    let geometry = Geometry::of(device);
    let size = geometry.size_bytes;
    let length = usize::try_from(size).unwrap_or(usize::MAX).min(END_BYTES);
    let head = device.bytes(0, length)?;
    let tail = device.bytes(size - length as u64, length)?;
    let found = gpt::read(device)?;
    let table = match found.table {
        None => None,
        Some(table) => Some(Table {
            disk_guid: table.disk_guid,
            primary: found.primary,
            backup: found.backup,
            protective_mbr: found.protective_mbr,
            partitions: table.entries.into_iter().map(|entry| partition(device, &geometry, entry)).collect::<io::Result<_>>()?,
        }),
    };
    Ok(Disk {
        device: path.into(),
        identity,
        read_only,
        empty: is_zero(&head) && is_zero(&tail),
        claimed: claim::holds(&head, &tail, &geometry),
        signatures: probe::signatures(&head, &tail),
        geometry,
        table,
    })
}

/// A partition that is in the making will be made anew whatever it shows, so it is not read.
fn partition(device: &dyn Device, geometry: &Geometry, entry: Entry) -> io::Result<Partition> {
    if entry.type_guid == gpt::MAKING {
        return Ok(Partition { entry, empty: false, signatures: Vec::new(), ext: None });
    }
    let (start, end) = (entry.first_sector * geometry.sector(), (entry.last_sector + 1) * geometry.sector());
    let at = |offset: u64, length: u64| device.bytes(offset, usize::try_from(length).unwrap_or(0));
    let head = at(start, HEAD_BYTES.min(end - start))?;
    let tail_bytes = TAIL_BYTES.min(end - start);
    let tail = at(end - tail_bytes, tail_bytes)?;
    Ok(Partition { empty: is_zero(&head) && is_zero(&tail), signatures: probe::signatures(&head, &tail), ext: probe::ext(&head), entry })
}
