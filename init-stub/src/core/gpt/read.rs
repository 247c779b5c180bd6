//! Reading a table from a disk. A copy counts only if everything in it holds together.

use super::{ENTRY_BYTES, Entry, Geometry, Guid, HEADER_BYTES, LABEL_UNITS, SIGNATURE, Table};
use crate::core::bytes::{array_at, put, u16_at, u32_at, u64_at};
use crate::core::device::Device;
use serde::{Deserialize, Serialize};
use std::io;

/// More entries than any tool writes; bounds what a hostile header can make us read.
const MAX_ENTRIES: u32 = 1024;

/// How one copy of a table stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CopyState {
    /// It is the table.
    Valid,
    /// It holds together, but says something else than the copy that counts.
    Different,
    /// There is none, or it is damaged.
    Invalid,
}

/// What was found at the two places of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The table: the primary copy's, else the backup's.
    pub table: Option<Table>,
    /// The copy at the start.
    pub primary: CopyState,
    /// The copy in the last sectors.
    pub backup: CopyState,
    /// Whether sector 0 tells old tools to keep away.
    pub protective_mbr: bool,
    /// Where there is no table: the disk that a whole header at the start was made for, if it is another one than this.
    pub made_for: Option<Geometry>,
}

/// One valid copy and the places it names.
struct CopyFound {
    table: Table,
    other: u64,
    last_usable: u64,
}

/// Looks at both copies. When both are valid and differ the primary counts: an update writes it last, so it names
/// nothing that is not done.
pub fn read(device: &dyn Device) -> io::Result<Found> {
    let geometry = Geometry::of(device);
    let last = geometry.sectors().saturating_sub(1);
    let primary = if last > 1 { read_copy(device, &geometry, 1)? } else { None };
    let backup = if last > 1 { read_copy(device, &geometry, last)? } else { None };
    let at_the_end = |copy: &CopyFound| copy.other == last && copy.last_usable == geometry.last_usable();
    let (primary_state, backup_state) = match (&primary, &backup) {
        (Some(p), Some(b)) if p.table == b.table && at_the_end(p) => (CopyState::Valid, CopyState::Valid),
        (Some(_), Some(_)) => (CopyState::Valid, CopyState::Different),
        (Some(_), None) => (CopyState::Valid, CopyState::Invalid),
        (None, Some(_)) => (CopyState::Invalid, CopyState::Valid),
        (None, None) => (CopyState::Invalid, CopyState::Invalid),
    };
    let mbr = device.bytes(0, 512)?;
    let protective_mbr = mbr.get(450) == Some(&0xee) && u16_at(&mbr, 510) == Some(0xaa55);
    let made_for = if primary.is_none() && backup.is_none() { made_for(device, &geometry)? } else { None };
    Ok(Found {
        table: primary.or(backup).map(|copy| copy.table),
        primary: primary_state,
        backup: backup_state,
        protective_mbr,
        made_for,
    })
}

/// Sizes of sectors that disks have.
const SECTORS: [u32; 2] = [512, 4096];

/// What the header at the start says about its disk, with either size of sectors. A disk image that was truncated, or copied
/// to a disk with other sectors, has a header that is whole and true of another disk.
fn made_for(device: &dyn Device, here: &Geometry) -> io::Result<Option<Geometry>> {
    for sector_bytes in SECTORS {
        let sector = u64::from(sector_bytes);
        if here.size_bytes < 2 * sector {
            continue;
        }
        let bytes = device.bytes(sector, sector_bytes as usize)?;
        let size_bytes = other_copy(&bytes).and_then(|last| last.checked_add(1)?.checked_mul(sector));
        let stated = size_bytes.map(|size_bytes| Geometry { size_bytes, sector_bytes });
        if let Some(stated) = stated.filter(|stated| stated != here) {
            return Ok(Some(stated));
        }
    }
    Ok(None)
}

/// Where a header at the start, whole by its own checksum, says that the other copy is: in the last sector of its disk.
fn other_copy(bytes: &[u8]) -> Option<u64> {
    let size = u32_at(bytes, 12).filter(|size| *size >= HEADER_BYTES)?;
    let mut summed = bytes.get(..size as usize)?.to_vec();
    put(&mut summed, 16, &[0; 4]);
    let is_whole = bytes.starts_with(SIGNATURE)
        && u32_at(bytes, 16) == Some(crc32fast::hash(&summed))
        && u64_at(bytes, 24) == Some(1);
    u64_at(bytes, 32).filter(|_| is_whole)
}

fn read_copy(device: &dyn Device, geometry: &Geometry, own: u64) -> io::Result<Option<CopyFound>> {
    let header = device.bytes(own * geometry.sector(), geometry.sector_bytes as usize)?;
    let Some(header) = check_header(&header, geometry, own) else { return Ok(None) };
    let bytes = device.bytes(header.entries_at * geometry.sector(), header.entries as usize * ENTRY_BYTES)?;
    if crc32fast::hash(&bytes) != header.entries_crc {
        return Ok(None);
    }
    let entries: Option<Vec<Entry>> = bytes
        .chunks_exact(ENTRY_BYTES)
        .zip(1..)
        .filter(|(b, _)| array_at(b, 0) != Some(Guid::ZERO.0))
        .map(|(b, n)| entry(b, n))
        .collect();
    Ok(entries.filter(|entries| holds_together(entries, &header)).map(|entries| CopyFound {
        table: Table { disk_guid: header.disk_guid, entries },
        other: header.other,
        last_usable: header.last_usable,
    }))
}

struct Header {
    other: u64,
    first_usable: u64,
    last_usable: u64,
    disk_guid: Guid,
    entries_at: u64,
    entries: u32,
    entries_crc: u32,
}

/// The header, if its checksum and every number in it make sense for this disk.
fn check_header(bytes: &[u8], geometry: &Geometry, own: u64) -> Option<Header> {
    let size = u32_at(bytes, 12).filter(|size| (HEADER_BYTES..=geometry.sector_bytes).contains(size))?;
    let mut summed = bytes.get(..size as usize)?.to_vec();
    put(&mut summed, 16, &[0; 4]);
    let sound = bytes.starts_with(SIGNATURE)
        && u32_at(bytes, 16) == Some(crc32fast::hash(&summed))
        && u64_at(bytes, 24) == Some(own)
        && u32_at(bytes, 84) == Some(ENTRY_BYTES as u32);
    let header = Header {
        other: u64_at(bytes, 32)?,
        first_usable: u64_at(bytes, 40)?,
        last_usable: u64_at(bytes, 48)?,
        disk_guid: Guid(array_at(bytes, 56)?),
        entries_at: u64_at(bytes, 72)?,
        entries: u32_at(bytes, 80).filter(|n| (1..=MAX_ENTRIES).contains(n))?,
        entries_crc: u32_at(bytes, 88)?,
    };
    let entry_sectors = (u64::from(header.entries) * ENTRY_BYTES as u64).div_ceil(geometry.sector());
    let inside = header.entries_at >= 2 && header.entries_at.checked_add(entry_sectors)? <= geometry.sectors();
    // The table lies before or behind all partitions, and the first two sectors are nobody's.
    let (from, until) = if own < header.entries_at {
        (header.entries_at.saturating_add(entry_sectors), geometry.sectors())
    } else {
        (2, header.entries_at)
    };
    let apart = from <= header.first_usable && header.last_usable < until;
    (sound && inside && apart && header.first_usable <= header.last_usable).then_some(header)
}

fn entry(bytes: &[u8], number: u32) -> Option<Entry> {
    let units = (0..LABEL_UNITS).map_while(|i| u16_at(bytes, 56 + 2 * i)).take_while(|unit| *unit != 0);
    Some(Entry {
        number,
        label: char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect(),
        type_guid: Guid(array_at(bytes, 0)?),
        guid: Guid(array_at(bytes, 16)?),
        first_sector: u64_at(bytes, 32)?,
        last_sector: u64_at(bytes, 40)?,
        attributes: u64_at(bytes, 48)?,
    })
}

/// Every partition inside the usable sectors and none over another.
fn holds_together(entries: &[Entry], header: &Header) -> bool {
    let mut spans: Vec<_> = entries.iter().map(|e| (e.first_sector, e.last_sector)).collect();
    spans.sort_unstable();
    spans.iter().all(|(first, last)| header.first_usable <= *first && first <= last && *last <= header.last_usable)
        && spans.windows(2).all(|pair| matches!(pair, [(_, last), (next, _)] if last < next))
}
