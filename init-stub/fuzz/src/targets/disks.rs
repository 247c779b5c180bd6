//! What is on a disk.

use keel_init::core::content::{probe, volume};
use keel_init::core::device::Device;
use keel_init::core::fat::Fat;
use keel_init::core::gpt::{self, CopyState, Geometry};
use keel_init::parsers::table;
use std::io::{Error, Result};
use std::sync::Mutex;

/// A disk in memory. To read beyond its end, or much at once, is a mistake of the reader.
struct Disk {
    bytes: Mutex<Vec<u8>>,
    sector_bytes: u32,
}

impl Disk {
    fn of(bytes: Vec<u8>, sector_bytes: u32) -> Self {
        Self { bytes: Mutex::new(bytes), sector_bytes }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<u8>) -> T) -> Result<T> {
        self.bytes.lock().map(|mut bytes| act(&mut bytes)).map_err(|_| Error::other("poisoned"))
    }
}

impl Device for Disk {
    fn size_bytes(&self) -> u64 {
        self.with(|bytes| bytes.len() as u64).unwrap_or(0)
    }

    fn sector_bytes(&self) -> u32 {
        self.sector_bytes
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        assert!(buffer.len() <= 256 << 10, "{} bytes at once", buffer.len());
        self.with(|bytes| {
            let at = usize::try_from(offset).unwrap_or(usize::MAX);
            let Some(found) = bytes.get(at..at.saturating_add(buffer.len())) else {
                unreachable!("{} bytes are read at {at} of {}", buffer.len(), bytes.len())
            };
            buffer.iter_mut().zip(found).for_each(|(to, from)| *to = *from);
        })
    }

    fn write(&self, offset: u64, new: &[u8]) -> Result<()> {
        self.with(|bytes| put(bytes, usize::try_from(offset).unwrap_or(usize::MAX), new))
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }
}

/// As much of `new` as the disk has room for.
fn put(bytes: &mut [u8], at: usize, new: &[u8]) {
    bytes.iter_mut().skip(at).zip(new).for_each(|(to, from)| *to = *from);
}

const HEADER: usize = 92;

/// A disk with two headers and the entries of both: flags, 92 bytes for either header, entries. The flags say how large
/// sectors are, and whether the checksums of the two headers are made right, as no fuzzer can guess one.
pub fn partition_table(bytes: &[u8]) {
    let Some((flags, rest)) = bytes.split_first() else { return };
    let (primary, rest) = rest.split_at_checked(HEADER).unwrap_or((rest, &[]));
    let (backup, entries) = rest.split_at_checked(HEADER).unwrap_or((rest, &[]));
    let sector_bytes = if flags & 1 == 0 { 512 } else { 4096 };
    let sector = sector_bytes as usize;
    let mut disk = vec![0; 100 * sector];
    put(&mut disk, 446, &[0, 0, 2, 0, 0xee]);
    put(&mut disk, 510, &[0x55, 0xaa]);
    let end = disk.len();
    put(&mut disk, 2 * sector, entries);
    put(&mut disk, end - sector - 128 * 128, entries);
    for (at, header, is_right) in [(sector, primary, flags & 2 != 0), (end - sector, backup, flags & 4 != 0)] {
        put(&mut disk, at, header);
        if is_right {
            make_right(&mut disk, at, sector);
        }
    }
    check_table(&Disk::of(disk, sector_bytes));
}

/// Gives the header at an offset the checksums that fit.
fn make_right(disk: &mut [u8], at: usize, sector: usize) {
    let number = |disk: &[u8], place: usize| {
        let bytes = disk.get(at + place..).and_then(|rest| rest.first_chunk::<4>());
        bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
    };
    let (entries_at, count, size) = (number(disk, 72) * sector, number(disk, 80), number(disk, 12));
    let of_entries = disk.get(entries_at..entries_at.saturating_add(count * 128)).map(crc32fast::hash).unwrap_or(0);
    put(disk, at + 88, &of_entries.to_le_bytes());
    put(disk, at + 16, &[0; 4]);
    let of_header = disk.get(at..at.saturating_add(size)).map(crc32fast::hash).unwrap_or(0);
    put(disk, at + 16, &of_header.to_le_bytes());
}

/// What holds of every table that is read, and of the one that Keel writes in its place.
fn check_table(disk: &Disk) {
    let Ok(found) = gpt::read(disk) else { unreachable!("the disk can be read everywhere") };
    let is_there = found.primary == CopyState::Valid || found.backup == CopyState::Valid;
    assert_eq!(found.table.is_some(), is_there);
    let Some(table) = found.table else { return };
    let geometry = Geometry::of(disk);
    let mut spans: Vec<_> = table.entries.iter().map(|entry| (entry.first_sector, entry.last_sector)).collect();
    spans.sort_unstable();
    assert!(spans.iter().all(|(first, last)| *first > 1 && first <= last && *last < geometry.sectors()));
    assert!(spans.windows(2).all(|pair| pair.first().map(|one| one.1) < pair.last().map(|one| one.0)));
    // Partitions are full of data, which is not where the table is.
    for (first, last) in &spans {
        let at = |sector: u64| usize::try_from(sector * geometry.sector()).unwrap_or(0);
        let full = disk.with(|bytes| put(bytes, at(*first), &vec![0xa5; at(last + 1) - at(*first)]));
        assert!(full.is_ok() && gpt::read(disk).is_ok_and(|found| found.table.as_ref() == Some(&table)), "{spans:?}");
    }
    let before = disk.with(|bytes| bytes.clone()).unwrap_or_default();
    let contents = |bytes: &[u8]| {
        let at = |sector: u64| usize::try_from(sector * geometry.sector()).unwrap_or(0);
        spans.iter().filter_map(|(first, last)| Some(bytes.get(at(*first)..at(last + 1))?.to_vec())).collect::<Vec<_>>()
    };
    match table::repair_table(disk) {
        Ok(()) => {
            let again = gpt::read(disk).ok();
            assert_eq!(again.as_ref().and_then(|found| found.table.as_ref()), Some(&table));
            assert!(again.is_some_and(|found| found.primary == CopyState::Valid && found.backup == CopyState::Valid));
            assert!(
                disk.with(|after| contents(after) == contents(&before)).unwrap_or(false),
                "a partition is overwritten"
            );
        }
        Err(_) => assert!(disk.with(|after| *after == before).unwrap_or(false), "refused after a write"),
    }
}

/// Where magic numbers and superblocks are, from the start.
const PLACES: [u32; 14] = [0, 54, 82, 510, 512, 1024, 3584, 4086, 4096, 32_768, 34_816, 36_864, 0x1_0000, 0x2_0000];

/// What is on a device: its size, then pieces of content, each with its place and its length.
pub fn disk_content(bytes: &[u8]) {
    let Some((size, mut rest)) = bytes.split_first() else { return };
    let sizes = [256 << 10, 64 << 10, 36 << 10, 32_800, 4096, 1500, 512, 0];
    let mut disk = vec![0; sizes.into_iter().cycle().nth(usize::from(*size)).unwrap_or(0)];
    while let Some(([place, length], after)) = rest.split_first_chunk::<2>() {
        let (piece, after) = after.split_at_checked(usize::from(*length)).unwrap_or((after, &[]));
        let from_start = PLACES.get(usize::from(*place)).map(|at| *at as usize);
        let from_end = disk.len().saturating_sub(usize::from(*place) << 9);
        put(&mut disk, from_start.unwrap_or(from_end), piece);
        rest = after;
    }
    for part in [&disk[..], disk.get(..4096).unwrap_or(&disk)] {
        let names = probe::signatures(part, part);
        assert!(names.is_sorted() && names.windows(2).all(|pair| pair.first() != pair.last()));
    }
    let ext = probe::ext(&disk);
    let Ok(found) = volume::identify(&Disk::of(disk, 512)) else { unreachable!("the device can be read everywhere") };
    if let Some(identity) = found {
        assert!(["ext2", "ext3", "ext4", "vfat", "iso9660", "udf"].contains(&identity.format.as_str()));
        assert!(identity.label.chars().count() <= 32 && !identity.label.contains('\0'), "{:?}", identity.label);
        assert_eq!(identity.uuid, identity.uuid.to_ascii_lowercase());
        assert!(ext.is_none_or(|ext| ext.label == identity.label));
    }
}

/// The first sector of a FAT16 with one table, 16 entries in its root and clusters of one sector.
const FAT_HEAD: [(usize, &[u8]); 6] = [
    (11, &[0, 2, 1, 1, 0, 1, 16, 0]),
    (19, &[128, 0]),
    (22, &[1, 0]),
    (36, &[0; 4]),
    (44, &[2, 0, 0, 0]),
    (510, &[0x55, 0xaa]),
];

/// A FAT: what differs in its first sector, as pairs of place and value, then 64 bytes of its table, its root and its clusters.
pub fn fat_folder(bytes: &[u8]) {
    let Some((count, mut rest)) = bytes.split_first() else { return };
    let mut disk = vec![0; 128 * 512];
    for (at, value) in FAT_HEAD {
        put(&mut disk, at, value);
    }
    for _ in 0..count % 8 {
        let Some(([place, value], after)) = rest.split_first_chunk::<2>() else { break };
        put(&mut disk, usize::from(*place), &[*value]);
        rest = after;
    }
    let (table, folders) = rest.split_at_checked(64).unwrap_or((rest, &[]));
    put(&mut disk, 512, table);
    put(&mut disk, 1024, folders);
    let disk = Disk::of(disk, 512);
    let Ok(fat) = Fat::open(&disk) else { return };
    for folder in ["", "EFI/Linux"] {
        for file in fat.list(folder).ok().flatten().unwrap_or_default() {
            let Ok(Some(writes)) = fat.rename(&file, "keel-2-0.2.0+2-1.efi") else { continue };
            assert!(!writes.is_empty() && writes.iter().all(|one| one.offset % 512 == 0 && one.bytes.len() == 512));
            assert!(writes.iter().all(|one| one.offset >= 512), "the first sector is written");
        }
    }
}
