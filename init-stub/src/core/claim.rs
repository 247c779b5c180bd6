//! The claim sector. Writing a first table takes many sectors, and a power cut may fall between any two. So before
//! the first of them one sector, which a power cut leaves whole, says what Keel is about to write. A disk that
//! differs from zeros only by (parts of) exactly that is Keel's unfinished table, not foreign.

use crate::core::bytes::{is_zero, put, u32_at, u64_at};
use crate::core::gpt::{Copy, Geometry, Piece, Table, pieces, protective_mbr};

/// Bytes from the start of the disk: in the gap before the first partition, behind every known signature (LBA 2040 with sectors of 512 bytes).
pub const OFFSET: u64 = (1 << 20) - 4096;
/// How much is looked at from each end of a disk.
pub const END_BYTES: usize = 1 << 20;
const MAGIC: &[u8; 16] = b"KEEL DISK CLAIM\0";
/// Unit of the checksums, whatever the disk's sector size.
const UNIT: usize = 512;
const CRC_AT: usize = UNIT - 4;
const SUMS_AT: usize = 32;

/// The claim for a table, as the sector to write.
pub fn encode(table: &Table, geometry: &Geometry) -> Piece {
    let mut bytes = vec![0; geometry.sector_bytes as usize];
    put(&mut bytes, 0, MAGIC);
    put(&mut bytes, 16, &geometry.size_bytes.to_le_bytes());
    put(&mut bytes, 24, &geometry.sector_bytes.to_le_bytes());
    for (i, sum) in sums(table, geometry).iter().enumerate() {
        put(&mut bytes, SUMS_AT + 4 * i, &sum.to_le_bytes());
    }
    let crc = crc32fast::hash(bytes.get(..CRC_AT).unwrap_or_default());
    put(&mut bytes, CRC_AT, &crc.to_le_bytes());
    Piece { offset: OFFSET, bytes }
}

/// One checksum per unit of what will be at the head and at the tail of the disk.
fn sums(table: &Table, geometry: &Geometry) -> Vec<u32> {
    let [primary_entries, primary_header] = pieces(table, geometry, Copy::Primary);
    let [backup_entries, backup_header] = pieces(table, geometry, Copy::Backup);
    [protective_mbr(geometry), primary_header, primary_entries, backup_entries, backup_header]
        .iter()
        .flat_map(|piece| piece.bytes.chunks(UNIT))
        .map(crc32fast::hash)
        .collect()
}

/// Whether `head` and `tail` (the first and last [`END_BYTES`] of the disk) hold a valid claim, and nothing else
/// but zeros and pieces of the claimed table.
pub fn holds(head: &[u8], tail: &[u8], geometry: &Geometry) -> bool {
    let Some(claim) = head.get(OFFSET as usize..) else { return false };
    let sound = claim.starts_with(MAGIC)
        && u64_at(claim, 16) == Some(geometry.size_bytes)
        && u32_at(claim, 24) == Some(geometry.sector_bytes)
        && u32_at(claim, CRC_AT) == claim.get(..CRC_AT).map(crc32fast::hash);
    let sector = geometry.sector_bytes as usize;
    let entries = geometry.entry_sectors() as usize * sector;
    let (head_table, tail_table) = ((2 * sector + entries) / UNIT, (sector + entries) / UNIT);
    let tail_start = tail.len() / UNIT - (tail.len() / UNIT).min(tail_table);
    let claimed = |i: usize| u32_at(claim, SUMS_AT + 4 * i);
    let ours = |unit: &[u8], i: usize| is_zero(unit) || claimed(i) == Some(crc32fast::hash(unit));
    sound
        && head
            .chunks(UNIT)
            .take(OFFSET as usize / UNIT)
            .enumerate()
            .all(|(i, unit)| if i < head_table { ours(unit, i) } else { is_zero(unit) })
        && claim.get(UNIT..).is_some_and(is_zero)
        && tail
            .chunks(UNIT)
            .enumerate()
            .all(|(i, unit)| if i >= tail_start { ours(unit, head_table + i - tail_start) } else { is_zero(unit) })
}
