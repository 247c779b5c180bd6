//! Looking at the content of one disk.

use super::{Disk, DiskIdentity, Partition, Table};
use crate::core::bytes::is_zero;
use crate::core::claim::{self, END_BYTES};
use crate::core::content::probe;
use crate::core::device::Device;
use crate::core::gpt::{self, Entry, Geometry};
use std::io;

/// Where an ext superblock is, which is all that most partitions need to be asked for.
const SUPERBLOCK_BYTES: u64 = 4096;
/// How much of a partition with something else is looked at from its start: past every magic number.
const HEAD_BYTES: u64 = 256 << 10;
/// How much of a partition is looked at from its end.
const TAIL_BYTES: u64 = 64 << 10;

/// Reads the table and the start of each partition; unless the table is Keel's own, also the first and last MiB.
pub fn observe(device: &dyn Device, path: &str, identity: DiskIdentity, read_only: bool) -> io::Result<Disk> {
    let geometry = Geometry::of(device);
    let found = gpt::read(device)?;
    let ends = if is_keels(device, &geometry, &found)? {
        Ends { empty: false, claimed: false, signatures: vec!["gpt".into()] }
    } else {
        ends(device, &geometry)?
    };
    let table = match found.table {
        None => None,
        Some(table) => Some(Table {
            disk_guid: table.disk_guid,
            primary: found.primary,
            backup: found.backup,
            protective_mbr: found.protective_mbr,
            partitions: table
                .entries
                .into_iter()
                .map(|entry| partition(device, &geometry, entry))
                .collect::<io::Result<_>>()?,
        }),
    };
    Ok(Disk {
        device: path.into(),
        identity,
        boot: false,
        read_only,
        empty: ends.empty,
        claimed: ends.claimed,
        signatures: ends.signatures,
        geometry,
        table,
        made_for: found.made_for,
    })
}

/// Whether Keel made the table and is done with it: then the rest of both ends says nothing that matters.
fn is_keels(device: &dyn Device, geometry: &Geometry, found: &gpt::Found) -> io::Result<bool> {
    let marked = found.table.as_ref().is_some_and(|table| table.disk_guid.is_keel_disk());
    Ok(marked && is_zero(&device.bytes(claim::OFFSET, geometry.sector_bytes as usize)?))
}

/// What the first and last MiB say.
struct Ends {
    empty: bool,
    claimed: bool,
    signatures: Vec<String>,
}

fn ends(device: &dyn Device, geometry: &Geometry) -> io::Result<Ends> {
    let length = usize::try_from(geometry.size_bytes).unwrap_or(usize::MAX).min(END_BYTES);
    let head = device.bytes(0, length)?;
    let tail = device.bytes(geometry.size_bytes - length as u64, length)?;
    Ok(Ends {
        empty: is_zero(&head) && is_zero(&tail),
        claimed: claim::holds(&head, &tail, geometry),
        signatures: probe::signatures(&head, &tail),
    })
}

/// An unfinished partition will be made again whatever it contains, so it is not read.
fn partition(device: &dyn Device, geometry: &Geometry, entry: Entry) -> io::Result<Partition> {
    if entry.type_guid == gpt::MAKING {
        return Ok(Partition { entry, empty: false, signatures: Vec::new(), ext: None });
    }
    let (start, end) = (entry.first_sector * geometry.sector(), (entry.last_sector + 1) * geometry.sector());
    let at = |offset: u64, length: u64| device.bytes(offset, usize::try_from(length).unwrap_or(0));
    let superblock = at(start, SUPERBLOCK_BYTES.min(end - start))?;
    if let Some(ext) = probe::ext(&superblock) {
        return Ok(Partition { entry, empty: false, signatures: vec![ext.format.clone()], ext: Some(ext) });
    }
    let head = at(start, HEAD_BYTES.min(end - start))?;
    let tail_bytes = TAIL_BYTES.min(end - start);
    let tail = at(end - tail_bytes, tail_bytes)?;
    Ok(Partition {
        empty: is_zero(&head) && is_zero(&tail),
        signatures: probe::signatures(&head, &tail),
        ext: None,
        entry,
    })
}
