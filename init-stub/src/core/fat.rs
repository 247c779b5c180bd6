//! FAT16 and FAT32: the names in a folder, and a new name for a file in one step. Only the entries that hold the long name change; the one
//! with the first cluster and the size stays as it is. So a power cut leaves the file under its old name or its new one (or, where
//! the long name lies in two sectors, under its short one), and never under two or none. A kernel renames by a second entry for the same
//! clusters, and takes the first away afterwards.

use super::bytes::{array_at, put, u16_at, u32_at};
use super::device::Device;
use std::collections::VecDeque;
use std::io::{Error, ErrorKind, Result};

const ENTRY: usize = 32;
/// Characters of a long name in one entry, and where its halves are.
const IN_ENTRY: usize = 13;
const PLACES: [usize; IN_ENTRY] = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
const FREE: u8 = 0xe5;
const LAST: u8 = 0x40;
/// What the first byte of a short name stands for that would be [`FREE`].
const ESCAPED: u8 = 0x05;
const LONG: u8 = 0x0f;
const VOLUME: u8 = 0x08;
const FOLDER: u8 = 0x10;
/// Bits of a short name's entry: its letters are small ones.
const SMALL_STEM: u8 = 0x08;
const SMALL_ENDING: u8 = 0x10;
/// Fewer clusters are FAT16.
const FAT32_FROM: u64 = 65_525;
/// More than any folder of images has.
const MOST_CLUSTERS: usize = 1024;
const MOST_CLUSTER_BYTES: u64 = 64 << 10;
/// More than any root of a FAT16 has.
const MOST_ROOT_BYTES: u64 = 128 << 10;

/// A file or a folder by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The long name where there is one, else the short one.
    pub name: String,
    /// Size in bytes; 0 of a folder.
    pub size_bytes: u32,
    /// Its first cluster; 0: it is empty.
    pub cluster: u32,
    is_folder: bool,
    /// Places of its entries, in their order: the long name's, then the short one's.
    slots: Vec<u64>,
    /// Places of free entries right before them.
    free_before: Vec<u64>,
    checksum: u8,
}

/// A whole sector to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectorWrite {
    /// Where, in bytes.
    pub offset: u64,
    /// What.
    pub bytes: Vec<u8>,
}

/// An open FAT.
pub struct Fat<'a> {
    device: &'a dyn Device,
    cluster_bytes: u64,
    fat_at: u64,
    data_at: u64,
    clusters: u64,
    root: Place,
}

/// Where a folder is.
#[derive(Clone, Copy)]
enum Place {
    /// The root of a FAT16.
    Fixed {
        at: u64,
        bytes: u64,
    },
    Chain(u32),
}

fn broken(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("it is not a FAT that can be read: {what}"))
}

impl<'a> Fat<'a> {
    /// Reads the first sector. It fails for anything else than FAT16 and FAT32.
    pub fn open(device: &'a dyn Device) -> Result<Self> {
        let head = device.bytes(0, 512)?;
        Self::of(device, &head).ok_or_else(|| broken("its first sector"))
    }

    fn of(device: &'a dyn Device, head: &[u8]) -> Option<Self> {
        let byte = |at: usize| head.get(at).copied().map(u64::from);
        let short = |at| u16_at(head, at).map(u64::from);
        let long = |at| u32_at(head, at).map(u64::from);
        let sector = short(11)?;
        let cluster_bytes = byte(13)?.checked_mul(sector)?;
        let is_fit = head.get(510..) == Some(&[0x55, 0xaa][..]) && sector.is_power_of_two() && sector >= 512;
        if !is_fit || !cluster_bytes.is_power_of_two() || cluster_bytes > MOST_CLUSTER_BYTES {
            return None;
        }
        let fat_sectors = short(22).filter(|count| *count > 0).or(long(36))?;
        let total = short(19).filter(|count| *count > 0).or(long(32))?;
        let fat_at = short(14)?.checked_mul(sector)?;
        let root_at = fat_at.checked_add(byte(16)?.checked_mul(fat_sectors)?.checked_mul(sector)?)?;
        let root_bytes = short(17)?.checked_mul(u64::try_from(ENTRY).ok()?)?;
        let data_at = root_at.checked_add(root_bytes.next_multiple_of(sector))?;
        let end = total.checked_mul(sector)?;
        let clusters = end.checked_sub(data_at)?.checked_div(cluster_bytes)?;
        let link_bytes = if clusters < FAT32_FROM { 2 } else { 4 };
        let links = fat_sectors.checked_mul(sector)?.checked_div(link_bytes)?;
        if end > device.size_bytes() || links < clusters.checked_add(2)? || root_bytes > MOST_ROOT_BYTES {
            return None;
        }
        let root = if root_bytes > 0 {
            Place::Fixed { at: root_at, bytes: root_bytes }
        } else {
            Place::Chain(u32_at(head, 44)?)
        };
        Some(Self { device, cluster_bytes, fat_at, data_at, clusters, root })
    }

    /// What is in a folder, `EFI/Linux` for example; None: there is no such folder.
    pub fn list(&self, folder: &str) -> Result<Option<Vec<Named>>> {
        let mut place = self.root;
        for part in folder.split('/').filter(|part| !part.is_empty()) {
            let inside = self.names(place)?;
            let found = inside.into_iter().find(|one| one.is_folder && one.name.eq_ignore_ascii_case(part));
            let Some(found) = found else { return Ok(None) };
            place = Place::Chain(found.cluster);
        }
        self.names(place).map(Some)
    }

    /// What gives a file another name, which is ASCII; None: its entries and the free ones before them have no room for it.
    pub fn rename(&self, file: &Named, name: &str) -> Result<Option<Vec<SectorWrite>>> {
        let needed = name.len().div_ceil(IN_ENTRY);
        let mut long: VecDeque<u64> = file.slots.iter().copied().collect();
        long.pop_back();
        let mut free: VecDeque<u64> = file.free_before.iter().copied().collect();
        while long.len() < needed {
            let Some(slot) = free.pop_back() else { return Ok(None) };
            long.push_front(slot);
        }
        let mut sectors: Vec<SectorWrite> = Vec::new();
        while long.len() > needed {
            let Some(slot) = long.pop_front() else { break };
            self.put(&mut sectors, slot, &[FREE])?;
        }
        for (part, slot) in (0..needed).rev().zip(&long) {
            self.put(&mut sectors, *slot, &long_entry(name, part, part.saturating_add(1) == needed, file.checksum))?;
        }
        Ok(Some(sectors))
    }

    /// Changes bytes in a sector that is in the list, or comes to it.
    fn put(&self, sectors: &mut Vec<SectorWrite>, at: u64, new: &[u8]) -> Result<()> {
        let sector = u64::from(self.device.sector_bytes().max(512));
        let offset = at.checked_div(sector).unwrap_or(0).saturating_mul(sector);
        let within = usize::try_from(at.saturating_sub(offset)).unwrap_or(usize::MAX);
        if !sectors.iter().any(|one| one.offset == offset) {
            let bytes = self.device.bytes(offset, usize::try_from(sector).unwrap_or(512))?;
            sectors.push(SectorWrite { offset, bytes });
        }
        if let Some(one) = sectors.iter_mut().find(|one| one.offset == offset) {
            put(&mut one.bytes, within, new);
        }
        Ok(())
    }

    /// The places of all entries of a folder, with their bytes, up to the one that ends it.
    fn entries(&self, place: Place) -> Result<Vec<(u64, [u8; ENTRY])>> {
        let mut runs = Vec::new();
        match place {
            Place::Fixed { at, bytes } => runs.push((at, bytes)),
            Place::Chain(mut cluster) => loop {
                let number = u64::from(cluster);
                if number < 2 || number >= self.clusters.saturating_add(2) || runs.len() >= MOST_CLUSTERS {
                    return Err(broken("a folder's clusters"));
                }
                runs.push((
                    self.data_at.saturating_add((number.saturating_sub(2)).saturating_mul(self.cluster_bytes)),
                    self.cluster_bytes,
                ));
                match self.next(cluster)? {
                    Some(next) => cluster = next,
                    None => break,
                }
            },
        }
        let mut found = Vec::new();
        for (at, length) in runs {
            let bytes = self.device.bytes(at, usize::try_from(length).map_err(|_| broken("a folder's size"))?)?;
            for (offset, chunk) in (at..).step_by(ENTRY).zip(bytes.chunks_exact(ENTRY)) {
                let Some(entry) = array_at::<ENTRY>(chunk, 0) else { continue };
                if entry.first() == Some(&0) {
                    return Ok(found);
                }
                found.push((offset, entry));
            }
        }
        Ok(found)
    }

    /// The cluster behind another one; None: it is the last.
    fn next(&self, cluster: u32) -> Result<Option<u32>> {
        let number = u64::from(cluster);
        let link = if self.clusters < FAT32_FROM {
            let bytes = self.device.bytes(self.fat_at.saturating_add(number.saturating_mul(2)), 2)?;
            u16_at(&bytes, 0).map(|link| if link >= 0xfff8 { u32::MAX } else { u32::from(link) })
        } else {
            let bytes = self.device.bytes(self.fat_at.saturating_add(number.saturating_mul(4)), 4)?;
            u32_at(&bytes, 0)
                .map(|link| link & 0x0fff_ffff)
                .map(|link| if link >= 0x0fff_fff8 { u32::MAX } else { link })
        };
        Ok(link.filter(|link| *link != u32::MAX))
    }

    fn names(&self, place: Place) -> Result<Vec<Named>> {
        let mut found = Vec::new();
        let mut long = LongName::default();
        let mut free_before = Vec::new();
        for (at, entry) in self.entries(place)? {
            let [first, ..] = entry;
            let attributes = entry.get(11).copied().unwrap_or_default();
            if first == FREE {
                // What is free between the parts of a name belongs to no name.
                if !long.slots.is_empty() {
                    free_before.clear();
                    long = LongName::default();
                }
                free_before.push(at);
            } else if attributes & 0x3f == LONG {
                long.add(at, &entry);
            } else {
                let long = std::mem::take(&mut long);
                let free_before = std::mem::take(&mut free_before);
                if attributes & VOLUME == 0 && first != b'.' {
                    found.push(named(long, free_before, at, &entry));
                }
            }
        }
        Ok(found)
    }
}

/// The entries of a long name, last part first as they are on the disk.
#[derive(Default)]
struct LongName {
    slots: Vec<u64>,
    units: VecDeque<u16>,
    checksum: Option<u8>,
    left: u8,
}

impl LongName {
    fn add(&mut self, at: u64, entry: &[u8; ENTRY]) {
        let [order, ..] = *entry;
        let checksum = entry.get(13).copied();
        if order & LAST != 0 {
            *self = Self { left: order & 0x1f, checksum, ..Self::default() };
        } else if self.left == 0 || order != self.left || checksum != self.checksum {
            // A part that is missing, or one of another name.
            *self = Self::default();
            return;
        }
        self.left = self.left.saturating_sub(1);
        self.slots.push(at);
        for place in PLACES.iter().rev() {
            self.units.push_front(u16_at(entry, *place).unwrap_or_default());
        }
    }

    /// The name, if all parts are there and belong to this short name.
    fn name(&self, checksum: u8) -> Option<String> {
        let is_whole = self.left == 0 && !self.slots.is_empty() && self.checksum == Some(checksum);
        let units: Vec<u16> = self.units.iter().copied().take_while(|unit| *unit != 0).collect();
        is_whole.then(|| String::from_utf16_lossy(&units))
    }
}

fn named(long: LongName, free_before: Vec<u64>, at: u64, entry: &[u8; ENTRY]) -> Named {
    let short: [u8; 11] = array_at(entry, 0).unwrap_or_default();
    let checksum = checksum(&short);
    let number = |place| u32::from(u16_at(entry, place).unwrap_or_default());
    let (name, mut slots) = match long.name(checksum) {
        Some(name) => (name, long.slots),
        None => (short_name(&short, entry.get(12).copied().unwrap_or_default()), Vec::new()),
    };
    slots.push(at);
    Named {
        name,
        size_bytes: u32_at(entry, 28).unwrap_or_default(),
        cluster: number(20) << 16 | number(26),
        is_folder: entry.get(11).is_some_and(|attributes| attributes & FOLDER != 0),
        slots,
        free_before,
        checksum,
    }
}

fn short_name(short: &[u8; 11], small: u8) -> String {
    let text = |bytes: Option<&[u8]>, is_small: bool| {
        let text = String::from_utf8_lossy(bytes.unwrap_or_default()).trim_end().to_owned();
        if is_small { text.to_ascii_lowercase() } else { text }
    };
    let mut letters = *short;
    if let [first @ ESCAPED, ..] = &mut letters {
        *first = FREE;
    }
    let stem = text(letters.get(..8), small & SMALL_STEM != 0);
    let ending = text(letters.get(8..), small & SMALL_ENDING != 0);
    if ending.is_empty() { stem } else { format!("{stem}.{ending}") }
}

/// What ties the parts of a long name to the short one.
fn checksum(short: &[u8; 11]) -> u8 {
    short.iter().fold(0u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte))
}

/// One part of a long name. Behind the name comes one zero, then what no name has.
fn long_entry(name: &str, part: usize, is_last: bool, checksum: u8) -> [u8; ENTRY] {
    let mut entry = [0; ENTRY];
    let order = u8::try_from(part.saturating_add(1)).unwrap_or(u8::MAX) | if is_last { LAST } else { 0 };
    put(&mut entry, 0, &[order]);
    put(&mut entry, 11, &[LONG]);
    put(&mut entry, 13, &[checksum]);
    let begin = part.saturating_mul(IN_ENTRY);
    for (i, place) in (begin..).zip(PLACES) {
        let unit = match name.as_bytes().get(i) {
            Some(byte) => u16::from(*byte),
            None if i == name.len() => 0,
            None => u16::MAX,
        };
        put(&mut entry, place, &unit.to_le_bytes());
    }
    entry
}

#[cfg(test)]
pub mod tests;
