use super::*;
use crate::core::bytes::put;
use crate::core::device::memory::Memory;

fn identified(bytes: Vec<u8>) -> Option<(String, String, String)> {
    identify(&Memory::of(bytes)).unwrap().map(|found| (found.format, found.label, found.uuid))
}

fn is(format: &str, label: &str, uuid: &str) -> Option<(String, String, String)> {
    Some((format.into(), label.into(), uuid.into()))
}

/// A FAT16 of 512-byte sectors: one reserved, two tables of three, a root directory of 16 entries at sector 7.
fn fat16(boot_label: &[u8; 11]) -> Vec<u8> {
    let mut bytes = vec![0; 64 << 10];
    put(&mut bytes, 11, &512u16.to_le_bytes());
    put(&mut bytes, 13, &[4, 1, 0, 2]);
    put(&mut bytes, 17, &16u16.to_le_bytes());
    put(&mut bytes, 22, &3u16.to_le_bytes());
    put(&mut bytes, 39, &0x1234_abcdu32.to_le_bytes());
    put(&mut bytes, 43, boot_label);
    put(&mut bytes, 54, b"FAT16   ");
    put(&mut bytes, 510, &[0x55, 0xaa]);
    bytes
}

/// A FAT32 of 1024-byte sectors, whose root directory is cluster 5.
fn fat32() -> Vec<u8> {
    let mut bytes = vec![0; 64 << 10];
    put(&mut bytes, 11, &1024u16.to_le_bytes());
    put(&mut bytes, 13, &[2, 2, 0, 2]);
    put(&mut bytes, 36, &3u32.to_le_bytes());
    put(&mut bytes, 44, &5u32.to_le_bytes());
    put(&mut bytes, 67, &0xdead_beefu32.to_le_bytes());
    put(&mut bytes, 71, b"NO NAME    ");
    put(&mut bytes, 82, b"FAT32   ");
    put(&mut bytes, 510, &[0x55, 0xaa]);
    bytes
}

fn entry(name: &[u8; 11], attributes: u8) -> [u8; 32] {
    let mut entry = [0; 32];
    put(&mut entry, 0, name);
    put(&mut entry, 11, &[attributes]);
    entry
}

fn iso9660(label: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 64 << 10];
    put(&mut bytes, 32_768, b"\x01CD001\x01");
    put(&mut bytes, 32_808, &[b' '; 32]);
    put(&mut bytes, 32_808, label);
    put(&mut bytes, 32_768 + 830, b"2026112113450999");
    put(&mut bytes, 34_816, b"\xffCD001\x01");
    bytes
}

#[test]
fn a_fat_is_labelled_by_its_root_directory_and_otherwise_by_its_boot_sector() {
    assert_eq!(identified(fat16(b"CIDATA     ")), is("vfat", "CIDATA", "1234-abcd"));
    assert_eq!(identified(fat16(b"NO NAME    ")), is("vfat", "", "1234-abcd"));
    let mut renamed = fat16(b"OLD        ");
    let long_name = entry(b"x          ", 0x0f);
    let gone = entry(b"\xe5ONE       ", 0x08);
    let file = entry(b"A       TXT", 0x20);
    put(&mut renamed, 7 * 512, &[long_name, gone, file, entry(b"KEEL       ", 0x28)].concat());
    assert_eq!(identified(renamed), is("vfat", "KEEL", "1234-abcd"));
    let mut large = fat32();
    put(&mut large, 1024 * (2 + 2 * 3) + 2048 * 3, &entry(b"KEEL       ", 0x08));
    assert_eq!(identified(large), is("vfat", "KEEL", "dead-beef"));
}

#[test]
fn an_iso_is_labelled_by_its_primary_descriptor_in_any_case() {
    assert_eq!(identified(iso9660(b"cidata")), is("iso9660", "cidata", "2026-11-21-13-45-09-99"));
    assert_eq!(identified(iso9660(b"config-2")), is("iso9660", "config-2", "2026-11-21-13-45-09-99"));
}

/// Found by fuzzing: bytes after a zero do not belong to a label, and an identifier is in lower case.
#[test]
fn a_label_ends_at_its_first_zero() {
    let mut bytes = iso9660(b"cidata\0rest of what was there");
    put(&mut bytes, 32_768 + 830, b"2026ABab13450999");
    assert_eq!(identified(bytes), is("iso9660", "cidata", "2026-ab-ab-13-45-09-99"));
    assert_eq!(identified(iso9660(b"\0cidata")), is("iso9660", "", "2026-11-21-13-45-09-99"));
    assert_eq!(identified(fat16(b"SEED\0JUNK!!")), is("vfat", "SEED", "1234-abcd"));
}

#[test]
fn an_ext4_is_labelled_by_its_superblock() {
    let mut bytes = vec![0; 64 << 10];
    put(&mut bytes, 1024 + 4, &1u32.to_le_bytes());
    put(&mut bytes, 1024 + 56, &0xef53u16.to_le_bytes());
    put(&mut bytes, 1024 + 96, &0x40u32.to_le_bytes());
    put(&mut bytes, 1024 + 104, &[0xab; 16]);
    put(&mut bytes, 1024 + 120, b"seed");
    assert_eq!(identified(bytes), is("ext4", "seed", "abababab-abab-abab-abab-abababababab"));
}

#[test]
fn what_is_none_of_them_or_too_short_is_nothing() {
    for bytes in [vec![], vec![0; 512], vec![0; 64 << 10], vec![0xff; 64 << 10], iso9660(b"x")[..33_000].to_vec()] {
        assert_eq!(identified(bytes), None);
    }
    // A master boot record ends as a FAT's boot sector does.
    let mut mbr = vec![0; 64 << 10];
    put(&mut mbr, 510, &[0x55, 0xaa]);
    assert_eq!(identified(mbr), None);
}

#[test]
fn a_root_directory_beyond_the_end_neither_panics_nor_is_read() {
    let mut bytes = fat32();
    put(&mut bytes, 44, &u32::MAX.to_le_bytes());
    assert_eq!(identified(bytes), is("vfat", "", "dead-beef"));
    let mut bytes = fat32();
    put(&mut bytes, 44, &0u32.to_le_bytes());
    assert_eq!(identified(bytes), None);
}

#[test]
fn no_bytes_are_too_strange() {
    let mut state = 7u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    for round in 0..2000 {
        let mut bytes = vec![fat16(b"CIDATA     "), fat32(), iso9660(b"cidata")].swap_remove(round % 3);
        for _ in 0..8 {
            let at = if round % 2 == 0 { noise() % 512 } else { 32_768 + noise() % 2048 };
            bytes[at] = noise() as u8;
        }
        bytes.truncate(noise() % (64 << 10));
        // Only that it ends counts; a panic would end the test.
        let _ = identify(&Memory::of(bytes));
    }
}

#[test]
fn a_medium_that_is_udf_alone_is_known_and_one_that_is_both_is_an_iso9660() {
    let mut bytes = vec![0; 64 << 10];
    for (sector, name) in [(16, b"BEA01"), (17, b"NSR02"), (18, b"TEA01")] {
        put(&mut bytes, sector * 2048 + 1, name);
    }
    assert_eq!(identified(bytes), is("udf", "", ""));
    let mut both = iso9660(b"provision");
    put(&mut both, 18 * 2048 + 1, b"NSR02");
    assert_eq!(identified(both).map(|(format, ..)| format).as_deref(), Some("iso9660"));
}
