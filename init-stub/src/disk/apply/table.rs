//! Writing partition tables. The order of writes and flushes is the whole point: see `docs/adr/0004-own-partition-table-writer.md`.

use crate::core::bytes::is_zero;
use crate::core::claim::{self, END_BYTES};
use crate::core::device::Device;
use crate::core::gpt::{
    self, Copy, ENTRIES as MOST_PARTITIONS, Entry, Geometry, Guid, LABEL_UNITS, MAKING, MAKING_SUFFIX, Piece, Table,
    pieces, protective_mbr,
};
use crate::core::plan::PartitionLayout;
use std::io::{self, Error, ErrorKind};

/// Random bytes; on a node from the kernel.
pub type Random<'a> = &'a dyn Fn() -> io::Result<[u8; 16]>;

/// A first table, on a disk that is empty, claimed or to be wiped: claim, backup copy, primary copy with the protective MBR, then the claim goes. Whatever part of
/// this a cut leaves is known as Keel's by the claim and begun again.
pub fn write_table(device: &dyn Device, wipe: bool, partitions: &[PartitionLayout], random: Random) -> io::Result<()> {
    let geometry = Geometry::of(device);
    if wipe {
        erase(device, &geometry)?
    } else {
        clear_pieces(device, &geometry)?
    }
    let entries = partitions.iter().map(|layout| making(layout, random)).collect::<io::Result<_>>()?;
    let table = Table { disk_guid: Guid::of_keel_disk(random()?), entries };
    let claim = claim::encode(&table, &geometry);
    put(device, &claim)?;
    device.flush()?;
    write_copies(device, &table, &geometry)?;
    put(device, &Piece { offset: claim.offset, bytes: vec![0; claim.bytes.len()] })?;
    device.flush()
}

/// Zeros at both ends, where every known signature and both tables are. A cut in here leaves a disk that is foreign
/// still and may be wiped still, or one that is empty.
fn erase(device: &dyn Device, geometry: &Geometry) -> io::Result<()> {
    let zeros = vec![0; END_BYTES];
    device.write(0, &zeros)?;
    let tail = geometry.size_bytes.saturating_sub(END_BYTES as u64) / geometry.sector() * geometry.sector();
    device.write(tail, &zeros)?;
    device.flush()
}

/// Removes the pieces of a first table that was cut, while its claim is still valid: with the next claim they would be foreign.
fn clear_pieces(device: &dyn Device, geometry: &Geometry) -> io::Result<()> {
    let length = |sectors: u64| usize::try_from(sectors * geometry.sector()).unwrap_or(0);
    let tail = (geometry.last_usable() + 1) * geometry.sector();
    let mut cleared = false;
    for (offset, length) in [(0, length(geometry.first_usable())), (tail, length(geometry.entry_sectors() + 1))] {
        if !is_zero(&device.bytes(offset, length)?) {
            device.write(offset, &vec![0; length])?;
            cleared = true;
        }
    }
    if cleared { device.flush() } else { Ok(()) }
}

/// Writes both copies and the MBR again, from the copy that counts.
pub fn repair_table(device: &dyn Device) -> io::Result<()> {
    update(device, |_| Ok(()))
}

/// Adds an unfinished partition and drops the leftovers of others.
pub fn add_partition(device: &dyn Device, layout: &PartitionLayout, drop: &[u32], random: Random) -> io::Result<()> {
    update(device, |table| {
        table.entries.retain(|entry| !(drop.contains(&entry.number) && entry.type_guid == MAKING));
        table.entries.push(making(layout, random)?);
        Ok(())
    })
}

/// Gives a partition its label and type. Only an unfinished one: others are finished and not init's to change.
pub fn finish_partition(device: &dyn Device, number: u32, label: &str, type_guid: Guid) -> io::Result<()> {
    update(device, |table| {
        let entry = table.entries.iter_mut().find(|e| e.number == number && e.type_guid == MAKING);
        let entry = entry
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("partition {number} is not an unfinished one")))?;
        entry.label = label.into();
        entry.type_guid = type_guid;
        Ok(())
    })
}

/// Changes the table that is on the disk.
fn update(device: &dyn Device, change: impl FnOnce(&mut Table) -> io::Result<()>) -> io::Result<()> {
    let mut table =
        gpt::read(device)?.table.ok_or_else(|| Error::new(ErrorKind::InvalidData, "no valid partition table"))?;
    let geometry = Geometry::of(device);
    if let Some(entry) = table.entries.iter().find(|entry| !geometry.can_keep(entry)) {
        let what = format!("partition {} is where no table of {MOST_PARTITIONS} entries has room for it", entry.number);
        return Err(Error::new(ErrorKind::InvalidData, what));
    }
    change(&mut table)?;
    write_copies(device, &table, &geometry)
}

/// The backup copy is on the medium before the primary is touched, so one of them is whole at every moment, and the
/// primary, which counts, never says more than what is done.
fn write_copies(device: &dyn Device, table: &Table, geometry: &Geometry) -> io::Result<()> {
    for copy in [Copy::Backup, Copy::Primary] {
        pieces(table, geometry, copy).iter().try_for_each(|piece| put(device, piece))?;
        if copy == Copy::Primary {
            put(device, &protective_mbr(geometry))?;
        }
        device.flush()?;
    }
    Ok(())
}

fn put(device: &dyn Device, piece: &Piece) -> io::Result<()> {
    device.write(piece.offset, &piece.bytes)
}

fn making(layout: &PartitionLayout, random: Random) -> io::Result<Entry> {
    let label = format!("{}{MAKING_SUFFIX}", layout.label);
    if label.encode_utf16().count() > LABEL_UNITS {
        return Err(Error::new(ErrorKind::InvalidInput, "the label is too long"));
    }
    let guid = Guid::random(random()?);
    Ok(Entry {
        number: layout.number,
        label,
        type_guid: MAKING,
        guid,
        first_sector: layout.first_sector,
        last_sector: layout.last_sector,
        attributes: 0,
    })
}

#[cfg(test)]
mod tests;
