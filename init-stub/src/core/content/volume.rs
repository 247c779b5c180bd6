//! The label of a filesystem, told by its first bytes: so a seed is found without mounting what is none.

use crate::core::bytes::{array_at, u16_at, u32_at};
use crate::core::content::probe;
use crate::core::device::Device;
use serde::{Deserialize, Serialize};
use std::io;

/// A filesystem that a source may be on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Volume {
    /// Path of its device.
    pub device: String,
    /// What is on it.
    pub identity: FilesystemIdentity,
}

/// What tells one filesystem from others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesystemIdentity {
    /// Name that mount(2) knows it by.
    pub format: String,
    /// Its label; blank when it has none.
    pub label: String,
    /// Its identifier as other tools print it, in lower case.
    pub uuid: String,
}

/// Where the volume descriptors of an ISO 9660 are.
const ISO_START: u64 = 16 * 2048;
/// How many of them are looked at; the one with the label is the first on every medium that tools of today write.
const ISO_DESCRIPTORS: usize = 4;
/// Most bytes of a FAT's root directory that are searched for the label, which is its first entry.
const ROOT_DIRECTORY: u64 = 64 << 10;

/// What is on the device, when it is a filesystem that Keel reads.
pub fn identify(device: &dyn Device) -> io::Result<Option<FilesystemIdentity>> {
    let at = |offset: u64, length: u64| match device.size_bytes().saturating_sub(offset).min(length) {
        0 => Ok(Vec::new()),
        there => device.bytes(offset, usize::try_from(there).unwrap_or(0)),
    };
    let head = at(0, 4096)?;
    if let Some(ext) = probe::ext(&head) {
        return Ok(Some(FilesystemIdentity { format: ext.format, label: ext.label, uuid: dashed(&ext.uuid) }));
    }
    if let Some(fat) = Fat::of(&head) {
        return Ok(Some(fat.identity(&at(fat.root_start, fat.root_length)?)));
    }
    let descriptors = at(ISO_START, 2048 * ISO_DESCRIPTORS as u64)?;
    Ok(iso(&descriptors).or_else(|| udf(&descriptors)))
}

/// `8-4-4-4-12`
fn dashed(hex: &str) -> String {
    let mut rest = hex;
    let groups = [8, 4, 4, 4, 12].map(|length| {
        let (group, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        rest = after;
        group
    });
    groups.join("-")
}

/// The parts of a FAT boot sector that lead to its label.
struct Fat {
    boot_label: String,
    serial: u32,
    root_start: u64,
    root_length: u64,
}

impl Fat {
    /// None when the sector is not a FAT's, or one that no kernel would mount.
    fn of(head: &[u8]) -> Option<Self> {
        let is_32 = head.get(82..87) == Some(b"FAT32");
        if u16_at(head, 510) != Some(0xaa55) || !(is_32 || head.get(54..58) == Some(b"FAT1")) {
            return None;
        }
        let [cluster_sectors, fats]: [u8; 2] = [*head.get(13)?, *head.get(16)?];
        let sector = u64::from(u16_at(head, 11)?);
        if !(512..=4096).contains(&sector) || !sector.is_power_of_two() || !cluster_sectors.is_power_of_two() {
            return None;
        }
        let fat_sectors = if is_32 { u32_at(head, 36)? } else { u16_at(head, 22)?.into() };
        let after_fats = sector * (u64::from(u16_at(head, 14)?) + u64::from(fats) * u64::from(fat_sectors));
        let (root_start, root_length) = if is_32 {
            let cluster = sector * u64::from(cluster_sectors);
            (after_fats + cluster * u64::from(u32_at(head, 44)?.checked_sub(2)?), cluster)
        } else {
            (after_fats, 32 * u64::from(u16_at(head, 17)?))
        };
        Some(Self {
            boot_label: padded(&array_at::<11>(head, if is_32 { 71 } else { 43 })?),
            serial: u32_at(head, if is_32 { 67 } else { 39 })?,
            root_start,
            root_length: root_length.min(ROOT_DIRECTORY),
        })
    }

    /// Some systems change only the entry in the root directory, so it comes before the boot sector.
    fn identity(&self, root: &[u8]) -> FilesystemIdentity {
        const LABEL: u8 = 0x08;
        const LONG_NAME: u8 = 0x0f;
        let mut entries = root.chunks_exact(32).take_while(|entry| entry.first() != Some(&0));
        let is_label = |entry: &&[u8]| {
            let attributes = entry.get(11).copied().unwrap_or_default() & 0x3f;
            entry.first() != Some(&0xe5) && attributes != LONG_NAME && attributes & LABEL != 0
        };
        let label = entries.find(is_label).and_then(|entry| array_at::<11>(entry, 0)).map(|name| padded(&name));
        let boot_label = if self.boot_label == "NO NAME" { "" } else { &self.boot_label };
        FilesystemIdentity {
            format: "vfat".into(),
            label: label.unwrap_or_else(|| boot_label.to_owned()),
            uuid: format!("{:04x}-{:04x}", self.serial >> 16, self.serial & 0xffff),
        }
    }
}

fn iso(descriptors: &[u8]) -> Option<FilesystemIdentity> {
    const PRIMARY: u8 = 1;
    let primary = descriptors
        .chunks_exact(2048)
        .take_while(|one| one.get(1..6) == Some(b"CD001"))
        .find(|one| one.first() == Some(&PRIMARY))?;
    // When it was changed: four digits of the year, then two each down to hundredths of a second.
    let changed: [u8; 16] = array_at(primary, 830)?;
    let changed = String::from_utf8_lossy(&changed).to_ascii_lowercase();
    let year = changed.get(..4).unwrap_or_default();
    let rest: Vec<&str> = (4..16).step_by(2).filter_map(|at| changed.get(at..at + 2)).collect();
    Some(FilesystemIdentity {
        format: "iso9660".into(),
        label: padded(&array_at::<32>(primary, 40)?),
        uuid: format!("{year}-{}", rest.join("-")),
    })
}

/// UDF, of a medium that is nothing else. Its name is far from the start, and nothing needs it.
fn udf(descriptors: &[u8]) -> Option<FilesystemIdentity> {
    let is_udf = |one: &[u8]| matches!(one.get(1..6), Some(b"NSR02" | b"NSR03"));
    let found = descriptors.chunks_exact(2048).any(is_udf);
    found.then(|| FilesystemIdentity { format: "udf".into(), label: String::new(), uuid: String::new() })
}

/// Text without the spaces that pad it, up to its first zero.
fn padded(text: &[u8]) -> String {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).trim_end_matches(' ').to_owned()
}

#[cfg(test)]
mod tests;
