//! What is on a disk or partition, by its magic numbers. Only to name it: bytes that are not zero decide whether something
//! is there at all, so content that no table knows is never taken for nothing.

use crate::core::bytes::{array_at, u16_at, u32_at};
use serde::{Deserialize, Serialize};

/// Where a magic number is: from the start, or from the end when negative.
type Magic = (&'static str, i64, &'static [u8]);

/// One row per place of a magic number; a kind may have several.
const MAGICS: [Magic; 37] = [
    ("LUKS", 0, b"LUKS\xba\xbe"),
    ("LVM2", 24, b"LVM2 001"),
    ("LVM2", 512 + 24, b"LVM2 001"),
    ("LVM2", 1024 + 24, b"LVM2 001"),
    ("LVM2", 1536 + 24, b"LVM2 001"),
    ("xfs", 0, b"XFSB"),
    ("btrfs", 0x1_0040, b"_BHRfS_M"),
    ("swap", 4086, b"SWAPSPACE2"),
    ("swap", 65_526, b"SWAPSPACE2"),
    ("squashfs", 0, b"hsqs"),
    ("erofs", 1024, b"\xe2\xe1\xf5\xe0"),
    ("iso9660", 32_769, b"CD001"),
    ("udf", 32_769, b"BEA01"),
    ("f2fs", 1024, b"\x10\x20\xf5\xf2"),
    ("nilfs2", 1030, b"\x34\x34"),
    ("jfs", 32_768, b"JFS1"),
    ("reiserfs", 0x1_0034, b"ReIsEr"),
    ("ntfs", 3, b"NTFS    "),
    ("exfat", 3, b"EXFAT   "),
    ("vfat", 82, b"FAT32   "),
    ("vfat", 54, b"FAT16   "),
    ("vfat", 54, b"FAT12   "),
    ("zfs", 0x2_0000, b"\x0c\xb1\xba\x00\x00\x00\x00\x00"),
    ("zfs", 0x2_1000, b"\x0c\xb1\xba\x00\x00\x00\x00\x00"),
    ("zfs", 0x2_0400, b"\x0c\xb1\xba\x00\x00\x00\x00\x00"),
    ("bcache", 4096 + 24, b"\xc6\x85\x73\xf6\x4e\x1a\x45\xca"),
    ("bcachefs", 4096 + 24, b"\xc6\x85\x73\xf6\x66\xce\x90\xa9"),
    ("bluestore", 0, b"bluestore block device"),
    ("md", 0, b"\xfc\x4e\x2b\xa9\x01\x00\x00\x00"),
    ("md", 4096, b"\xfc\x4e\x2b\xa9\x01\x00\x00\x00"),
    ("md", -8192, b"\xfc\x4e\x2b\xa9\x01\x00\x00\x00"),
    ("md", -65_536, b"\xfc\x4e\x2b\xa9"),
    ("ddf-raid", -512, b"\xde\x11\xde\x11"),
    ("intel-raid", -1024, b"Intel Raid ISM Cfg"),
    ("drbd", -4036, b"\x83\x74\x02\x6b"),
    ("drbd", -4036, b"\x83\x74\x02\x67"),
    ("apple-partitions", 512, b"PM\0\0"),
];

/// What an ext2, ext3 or ext4 superblock says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ext {
    /// `ext2`, `ext3` or `ext4`, told by the features.
    pub format: String,
    /// Volume name.
    pub label: String,
    /// Identity, hexadecimal.
    pub uuid: String,
    /// Unmounted cleanly and without an error; otherwise the journal is replayed when it is mounted.
    pub clean: bool,
}

/// Names of everything that the first and the last bytes show, sorted, each once. A name that is in the list of
/// [`MAGICS`] in no row: `ext4` (and 2, 3), `mbr`, `gpt`.
pub fn signatures(head: &[u8], tail: &[u8]) -> Vec<String> {
    let mut found: Vec<String> =
        MAGICS.iter().filter(|magic| matches(magic, head, tail)).map(|(name, _, _)| (*name).to_owned()).collect();
    found.extend(ext(head).map(|ext| ext.format));
    if head.get(512..520) == Some(b"EFI PART") || head.get(4096..4104) == Some(b"EFI PART") {
        found.push("gpt".into());
    }
    if u16_at(head, 510) == Some(0xaa55) && !found.iter().any(|name| ["vfat", "ntfs", "exfat"].contains(&name.as_str()))
    {
        found.push("mbr".into());
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn matches((_, offset, magic): &Magic, head: &[u8], tail: &[u8]) -> bool {
    let place = match usize::try_from(*offset) {
        Ok(from_start) => head.get(from_start..),
        // 64 KiB before the end is where version 0.90 of md looks, rounded down to 64 KiB as disks are.
        Err(_) => {
            usize::try_from(-*offset).ok().and_then(|back| tail.len().checked_sub(back)).and_then(|at| tail.get(at..))
        }
    };
    place.is_some_and(|place| place.starts_with(magic))
}

/// The superblock of an ext filesystem, if there is one.
pub fn ext(head: &[u8]) -> Option<Ext> {
    let block = head.get(1024..2048)?;
    if u16_at(block, 56) != Some(0xef53) || u32_at(block, 4) == Some(0) {
        return None;
    }
    let (compatible, incompatible) = (u32_at(block, 92)?, u32_at(block, 96)?);
    let format = match (incompatible & 0x0040 != 0, compatible & 0x0004 != 0) {
        (true, _) => "ext4",
        (false, true) => "ext3",
        (false, false) => "ext2",
    };
    let uuid: [u8; 16] = array_at(block, 104)?;
    let name: [u8; 16] = array_at(block, 120)?;
    let name: Vec<u8> = name.into_iter().take_while(|b| *b != 0).collect();
    Some(Ext {
        format: format.into(),
        label: String::from_utf8_lossy(&name).into_owned(),
        uuid: uuid.iter().map(|b| format!("{b:02x}")).collect(),
        // Clean, no error recorded, and no journal to replay.
        clean: u16_at(block, 58) == Some(1) && incompatible & 0x0004 == 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_where_it_says() {
        for (name, offset, magic) in MAGICS {
            let (mut head, mut tail) = (vec![0; 1 << 18], vec![0; 1 << 18]);
            let (side, at) = if offset < 0 { (&mut tail, (1 << 18) + offset) } else { (&mut head, offset) };
            side[at as usize..at as usize + magic.len()].copy_from_slice(magic);
            assert!(signatures(&head, &tail).contains(&name.to_owned()), "{name} at {offset}");
        }
    }

    #[test]
    fn nothing_is_found_in_zeros_or_in_too_few_bytes() {
        assert_eq!(signatures(&[0; 1 << 18], &[0; 1 << 18]), [""; 0]);
        assert_eq!(signatures(&[], &[]), [""; 0]);
        assert_eq!(ext(&[0xff; 1100]), None);
    }

    #[test]
    fn a_boot_sector_is_an_mbr_unless_it_is_a_filesystems() {
        let mut head = vec![0; 4096];
        head[510..512].copy_from_slice(b"\x55\xaa");
        assert_eq!(signatures(&head, &[]), ["mbr"]);
        head[82..90].copy_from_slice(b"FAT32   ");
        assert_eq!(signatures(&head, &[]), ["vfat"]);
    }
}
