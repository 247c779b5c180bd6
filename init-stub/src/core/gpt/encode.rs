//! The bytes of a table.

use super::{ENTRIES, ENTRY_BYTES, Entry, Geometry, HEADER_BYTES, LABEL_UNITS, SIGNATURE, Table};
use crate::core::bytes::put;

/// Which of the two copies of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copy {
    /// At the start of the disk.
    Primary,
    /// At its end.
    Backup,
}

/// Bytes and where they belong on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Offset in bytes.
    pub offset: u64,
    /// Whole sectors.
    pub bytes: Vec<u8>,
}

/// The entries, then the header of one copy: in this order, as the header vouches for the entries.
pub fn pieces(table: &Table, geometry: &Geometry, copy: Copy) -> [Piece; 2] {
    let last = geometry.sectors().saturating_sub(1);
    let (own, other, entries_at) = match copy {
        Copy::Primary => (1, last, 2),
        Copy::Backup => (last, 1, geometry.last_usable() + 1),
    };
    let entries = entry_bytes(table, geometry);
    let header = header_bytes(table, geometry, [own, other, entries_at], crc32fast::hash(&entries));
    [
        Piece { offset: entries_at * geometry.sector(), bytes: entries },
        Piece { offset: own * geometry.sector(), bytes: header },
    ]
}

/// The protective MBR: one partition of type 0xee over the whole disk.
pub fn protective_mbr(geometry: &Geometry) -> Piece {
    let mut bytes = vec![0; geometry.sector_bytes as usize];
    let sectors = u32::try_from(geometry.sectors().saturating_sub(1)).unwrap_or(u32::MAX);
    put(&mut bytes, 446, &[0, 0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff, 1, 0, 0, 0]);
    put(&mut bytes, 458, &sectors.to_le_bytes());
    put(&mut bytes, 510, &[0x55, 0xaa]);
    Piece { offset: 0, bytes }
}

fn entry_bytes(table: &Table, geometry: &Geometry) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(geometry.entry_sectors() * geometry.sector()).unwrap_or(0)];
    for entry in &table.entries {
        let at = (entry.number.saturating_sub(1) as usize).saturating_mul(ENTRY_BYTES);
        put(&mut bytes, at, &one_entry(entry));
    }
    bytes
}

fn one_entry(entry: &Entry) -> [u8; ENTRY_BYTES] {
    let mut bytes = [0; ENTRY_BYTES];
    put(&mut bytes, 0, &entry.type_guid.0);
    put(&mut bytes, 16, &entry.guid.0);
    put(&mut bytes, 32, &entry.first_sector.to_le_bytes());
    put(&mut bytes, 40, &entry.last_sector.to_le_bytes());
    put(&mut bytes, 48, &entry.attributes.to_le_bytes());
    for (i, unit) in entry.label.encode_utf16().take(LABEL_UNITS).enumerate() {
        put(&mut bytes, 56 + 2 * i, &unit.to_le_bytes());
    }
    bytes
}

fn header_bytes(table: &Table, geometry: &Geometry, [own, other, entries_at]: [u64; 3], entries_crc: u32) -> Vec<u8> {
    let mut bytes = vec![0; geometry.sector_bytes as usize];
    put(&mut bytes, 0, SIGNATURE);
    put(&mut bytes, 8, &0x0001_0000_u32.to_le_bytes());
    put(&mut bytes, 12, &HEADER_BYTES.to_le_bytes());
    put(&mut bytes, 24, &own.to_le_bytes());
    put(&mut bytes, 32, &other.to_le_bytes());
    put(&mut bytes, 40, &geometry.first_usable().to_le_bytes());
    put(&mut bytes, 48, &geometry.last_usable().to_le_bytes());
    put(&mut bytes, 56, &table.disk_guid.0);
    put(&mut bytes, 72, &entries_at.to_le_bytes());
    put(&mut bytes, 80, &ENTRIES.to_le_bytes());
    put(&mut bytes, 84, &(ENTRY_BYTES as u32).to_le_bytes());
    put(&mut bytes, 88, &entries_crc.to_le_bytes());
    let crc = crc32fast::hash(bytes.get(..HEADER_BYTES as usize).unwrap_or_default());
    put(&mut bytes, 16, &crc.to_le_bytes());
    bytes
}
