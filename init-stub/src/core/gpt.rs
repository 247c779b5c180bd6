//! The GUID partition table as bytes: reading both copies, and the bytes of a new one. Writing them in the right
//! order is the business of `apply`.

mod encode;
mod guid;
mod read;

pub use encode::{Copy, Piece, pieces, protective_mbr};
pub use guid::Guid;
pub use read::{CopyState, Found, read};

use serde::{Deserialize, Serialize};

/// Type of a partition that Keel is still making.
pub const MAKING: Guid = Guid::of(0xa53c_1a5e, 0x8b24, 0x40e7, 0x9f7e_12a3_fedb_f54f);
/// Type of a finished KEEL-STATE.
pub const STATE: Guid = Guid::of(0x91c3_8142, 0x9454, 0x4d26, 0xa439_5c3b_54cd_16b9);
/// The suffix of the label of an unfinished partition.
pub const MAKING_SUFFIX: &str = "~new";
/// Partitions start and end at multiples of this.
pub const ALIGNMENT: u64 = 1 << 20;
/// Entries of a table. More is possible, nobody needs it, and every tool expects this number.
pub const ENTRIES: u32 = 128;
const ENTRY_BYTES: usize = 128;
const HEADER_BYTES: u32 = 92;
const SIGNATURE: &[u8; 8] = b"EFI PART";
/// UTF-16 units that a label has room for.
pub const LABEL_UNITS: usize = 36;

/// One partition of a table. Sectors are logical sectors of the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    /// Place in the table, from 1; the kernel's partition number.
    pub number: u32,
    /// GPT partition name.
    pub label: String,
    /// Type.
    pub type_guid: Guid,
    /// Identity of this one partition.
    pub guid: Guid,
    /// First sector.
    pub first_sector: u64,
    /// Last sector; it belongs to the partition.
    pub last_sector: u64,
    /// Attribute bits.
    pub attributes: u64,
}

/// What a partition table says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Identity of the disk.
    pub disk_guid: Guid,
    /// Partitions by number.
    pub entries: Vec<Entry>,
}

/// The sizes of a disk that a table depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Geometry {
    /// Size of the disk in bytes.
    pub size_bytes: u64,
    /// Logical sector size in bytes.
    pub sector_bytes: u32,
}

impl Geometry {
    /// The geometry of an open device.
    pub fn of(device: &dyn crate::core::device::Device) -> Self {
        Self { size_bytes: device.size_bytes(), sector_bytes: device.sector_bytes().max(512) }
    }

    /// Bytes of a sector.
    pub fn sector(&self) -> u64 {
        u64::from(self.sector_bytes)
    }

    /// Number of sectors.
    pub fn sectors(&self) -> u64 {
        self.size_bytes / self.sector()
    }

    /// Sectors that the entries of one copy take.
    pub fn entry_sectors(&self) -> u64 {
        (u64::from(ENTRIES) * ENTRY_BYTES as u64).div_ceil(self.sector())
    }

    /// First sector that a partition may use.
    pub fn first_usable(&self) -> u64 {
        2 + self.entry_sectors()
    }

    /// Last sector that a partition may use.
    pub fn last_usable(&self) -> u64 {
        self.sectors().saturating_sub(2 + self.entry_sectors())
    }

    /// Sectors between two aligned positions.
    pub fn alignment(&self) -> u64 {
        ALIGNMENT / self.sector()
    }

    /// Whether Keel can write a table with this partition: other tools make tables with more entries, and smaller ones that
    /// leave room for a partition where Keel's has its own.
    pub fn can_keep(&self, entry: &Entry) -> bool {
        (1..=ENTRIES).contains(&entry.number)
            && self.first_usable() <= entry.first_sector
            && entry.last_sector <= self.last_usable()
    }

    /// Whether a table and at least one aligned partition fit.
    pub fn holds_a_table(&self) -> bool {
        self.last_usable() >= 2 * self.alignment()
    }
}
