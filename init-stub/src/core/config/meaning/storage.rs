//! Disks, and the other keys that refer to them.

use super::text::has_control;
use super::verdict::{Verdict, want};
use crate::core::config::{Disk, DiskSelector, Storage};
use crate::core::gpt::Guid;
use std::collections::BTreeSet;

/// What a partition table has room for, in UTF-16 units, less the `~new` of an unfinished partition.
const LONGEST_LABEL: usize = 36 - UNFINISHED.len();
/// What ext4 has room for, in bytes.
const LONGEST_EXT4_LABEL: usize = 16;
const UNFINISHED: &str = "~new";

pub fn check(storage: &Storage) -> Verdict {
    let mut labels = BTreeSet::new();
    for (i, disk) in storage.disks.iter().enumerate() {
        one(disk, &format!("/storage/disks/{i}"), &mut labels)?;
    }
    let mut formatted = BTreeSet::new();
    for (i, filesystem) in storage.filesystems.iter().enumerate() {
        let at = format!("/storage/filesystems/{i}/partition");
        let label = filesystem.partition.as_str();
        want(labels.contains(label), format_args!("{at}"), "names a partition that no disk of this config has")?;
        want(formatted.insert(label), format_args!("{at}"), "names a partition that already has a filesystem")?;
        let own = filesystem.label.as_deref().unwrap_or_default();
        let at = format!("/storage/filesystems/{i}/label");
        want(own.len() <= LONGEST_EXT4_LABEL, format_args!("{at}"), "is longer than 16 bytes")?;
        want(!has_control(own), format_args!("{at}"), "holds a control character")?;
    }
    for (i, persist) in storage.persist.iter().enumerate() {
        let at = format!("/storage/persist/{i}/partition");
        want(
            formatted.contains(persist.partition.as_str()),
            format_args!("{at}"),
            "names a partition without a filesystem",
        )?;
    }
    for (i, file) in storage.files.iter().enumerate() {
        let at = format!("/storage/files/{i}/contents/base64");
        want(file.contents.bytes().is_some(), format_args!("{at}"), "is not base64 with padding")?;
    }
    Ok(())
}

fn one<'a>(disk: &'a Disk, at: &str, labels: &mut BTreeSet<&'a str>) -> Verdict {
    let DiskSelector { serial, wwid, model, .. } = &disk.selector;
    for (key, value) in [("serial", serial), ("wwid", wwid), ("model", model)] {
        let is_plain = value.as_ref().is_none_or(|text| !has_control(text));
        want(is_plain, format_args!("{at}/selector/{key}"), "contains a control character, which no disk reports")?;
    }
    for (i, partition) in disk.partitions.iter().enumerate() {
        let here = format!("{at}/partitions/{i}");
        let label = partition.label.as_str();
        let fits = label.encode_utf16().count() <= LONGEST_LABEL;
        want(fits, format_args!("{here}/label"), "is longer than 32 UTF-16 units")?;
        let is_plain = !has_control(label) && !label.contains('/') && !label.ends_with(UNFINISHED);
        want(is_plain, format_args!("{here}/label"), "contains a slash or a control character, or ends with ~new")?;
        want(labels.insert(label), format_args!("{here}/label"), "is the label of another partition, too")?;
        let is_guid = partition.type_guid.parse::<Guid>().is_ok_and(|guid| guid.to_string() == partition.type_guid);
        want(is_guid, format_args!("{here}/typeGuid"), "is not a lower-case GUID")?;
    }
    Ok(())
}
