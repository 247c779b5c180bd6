//! Finding the one disk that a selector names.

use crate::core::bytes::size_text;
use crate::core::config::DiskSelector;
use crate::core::error::{Code, Error, Result};
use crate::core::observation::Controller;
use crate::core::observation::{Disk, Observation};

/// The disk for which all given facts hold. None and more than one are refused, with all candidates; where there is none,
/// also with the controllers that no driver has taken.
pub fn one<'a>(selector: &DiskSelector, seen: &'a Observation, pointer: &str) -> Result<&'a Disk> {
    let disks = &seen.disks;
    let matching: Vec<&Disk> = disks.iter().filter(|disk| matches(selector, disk)).collect();
    let at = format!("{pointer}/selector");
    let refuse = |code, candidates: &[&Disk]| {
        let mut detail = if candidates.is_empty() {
            "init sees no disk".into()
        } else {
            format!("candidates: {}", candidates.iter().map(|d| shown(d)).collect::<Vec<_>>().join("; "))
        };
        if code == Code::DiskNotFound {
            seen.without_driver.iter().for_each(|controller| detail.push_str(&undriven(controller)));
        }
        Err(Error::new(code, "select", wanted(selector)).with_detail(detail).with_pointer(at.as_str()))
    };
    match matching.as_slice() {
        [disk] => Ok(disk),
        [] => refuse(Code::DiskNotFound, &disks.iter().collect::<Vec<_>>()),
        several => refuse(Code::DiskAmbiguous, several),
    }
}

fn matches(selector: &DiskSelector, disk: &Disk) -> bool {
    let (identity, size) = (&disk.identity, disk.geometry.size_bytes);
    let equal = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
    equal(&selector.serial, &identity.serial)
        && selector
            .wwid
            .as_deref()
            .is_none_or(|wanted| identity.wwid.as_deref().is_some_and(|found| same_wwid(wanted, found)))
        && equal(&selector.model, &identity.model)
        && (selector.transport.is_none() || selector.transport == identity.transport)
        && selector.boot_disk.is_none_or(|wanted| wanted == disk.boot)
        && selector.min_size_bytes.is_none_or(|least| size >= least)
        && selector.max_size_bytes.is_none_or(|most| size <= most)
}

/// `; the image has no driver for the USB controller at 0000:00:04.0 (1b36:000d, pci:v00001B36…)`
fn undriven(controller: &Controller) -> String {
    let Controller { kind, address, modalias, module } = controller;
    let id = pci_id(modalias).map(|id| format!("{id}, ")).unwrap_or_default();
    let device = format!("the {kind} at {address} ({id}{modalias})");
    match module {
        None => format!("; the image has no driver for {device}"),
        Some(module) => format!("; the module {module} did not take {device}"),
    }
}

/// Vendor and device as `1b36:000d`, as lists of hardware have them.
fn pci_id(modalias: &str) -> Option<String> {
    let (vendor, rest) = modalias.strip_prefix("pci:v0000")?.split_at_checked(4)?;
    let device = rest.strip_prefix("d0000")?.get(..4)?;
    Some(format!("{vendor}:{device}").to_lowercase())
}

/// `serial keel-disk, at least 1 GiB`
fn wanted(selector: &DiskSelector) -> String {
    let texts = [("serial", &selector.serial), ("wwid", &selector.wwid), ("model", &selector.model)];
    let mut facts: Vec<String> =
        texts.iter().filter_map(|(name, text)| Some(format!("{name} {}", text.as_ref()?))).collect();
    facts.extend(selector.transport.map(|transport| format!("transport {transport:?}").to_lowercase()));
    facts.extend(selector.boot_disk.map(|boot| format!("{} partition booted from", if boot { "the" } else { "no" })));
    facts.extend(selector.min_size_bytes.map(|size| format!("at least {}", size_text(size))));
    facts.extend(selector.max_size_bytes.map(|size| format!("at most {}", size_text(size))));
    format!("disk with {}", facts.join(", "))
}

/// `/dev/vda (4 GiB, serial keel-disk, virtio)`
fn shown(disk: &Disk) -> String {
    let texts = [("serial", &disk.identity.serial), ("model", &disk.identity.model), ("wwid", &disk.identity.wwid)];
    let mut facts = vec![size_text(disk.geometry.size_bytes)];
    facts.extend(texts.iter().filter_map(|(name, text)| Some(format!("{name} {}", text.as_ref()?.escape_debug()))));
    facts.extend(disk.identity.transport.map(|transport| format!("{transport:?}").to_lowercase()));
    facts.extend(disk.boot.then(|| "booted from".to_owned()));
    format!("{} ({})", disk.device, facts.join(", "))
}

/// Whether two spellings mean one world wide identifier. sysfs says `naa.5000c500a1b2c3d4`; people copy
/// `wwn-0x5000c500a1b2c3d4` from /dev/disk/by-id and `0x5000C500A1B2C3D4` from other tools.
fn same_wwid(one: &str, other: &str) -> bool {
    bare_wwid(one) == bare_wwid(other)
}

/// The identifier without the prefix that names its kind, in lower case; runs of spaces in it count once.
fn bare_wwid(text: &str) -> String {
    const KINDS: [&str; 7] = ["wwn-", "nvme-", "naa.", "eui.", "uuid.", "t10.", "0x"];
    let lower = text.trim().to_lowercase();
    let mut bare = lower.strip_prefix("/dev/disk/by-id/").unwrap_or(&lower);
    // A name by SCSI's page 0x83: a digit for the kind, then a number of 64 or 128 bits.
    if let Some(rest) = bare.strip_prefix("scsi-3").filter(|rest| matches!(rest.len(), 16 | 32) && is_hex(rest)) {
        bare = rest;
    }
    for kind in KINDS {
        bare = bare.strip_prefix(kind).unwrap_or(bare);
    }
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_wide_identifier_is_known_in_each_spelling() {
        for (found, wanted) in [
            ("naa.5000c500a1b2c3d4", "wwn-0x5000c500a1b2c3d4"),
            ("naa.5000c500a1b2c3d4", "5000C500A1B2C3D4"),
            ("naa.5000c500a1b2c3d4", "0x5000c500a1b2c3d4"),
            ("naa.5000c500a1b2c3d4", "NAA.5000C500A1B2C3D4"),
            ("naa.5000c500a1b2c3d4", "/dev/disk/by-id/wwn-0x5000c500a1b2c3d4"),
            ("naa.600508b1001c4f4f8d1b2b7e0a7d9c11", "scsi-3600508b1001c4f4f8d1b2b7e0a7d9c11"),
            ("eui.0025385b61b0a2f7", "nvme-eui.0025385B61B0A2F7"),
            ("eui.0025385b61b0a2f7", "eui.0025385B61B0A2F7"),
            ("uuid.6fc5cb8e-3b4b-4c54-9c5a-1f0c2d3e4f50", "nvme-uuid.6FC5CB8E-3B4B-4C54-9C5A-1F0C2D3E4F50"),
            ("t10.ATA     QEMU HARDDISK                           QM00001", "t10.ATA QEMU HARDDISK QM00001"),
        ] {
            assert!(same_wwid(wanted, found), "{wanted} is {found}");
        }
        for (found, wanted) in [
            ("naa.5000c500a1b2c3d4", "5000c500a1b2c3d5"),
            ("naa.5000c500a1b2c3d4", "c500a1b2c3d4"),
            ("naa.35000c500a1b2c3d", "scsi-35000c500a1b2c3d4"),
            ("eui.0025385b61b0a2f7", ""),
        ] {
            assert!(!same_wwid(wanted, found), "{wanted} is not {found}");
        }
    }
}
