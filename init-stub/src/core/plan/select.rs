//! Finding the one disk that a selector names.

use crate::core::config::DiskSelector;
use crate::core::error::{Code, Error, Result};
use crate::core::observation::Disk;

/// The disk for which all given facts hold. None and more than one are refused, with all candidates.
pub fn one<'a>(selector: &DiskSelector, disks: &'a [Disk], pointer: &str) -> Result<&'a Disk> {
    let matching: Vec<&Disk> = disks.iter().filter(|disk| matches(selector, disk)).collect();
    let at = format!("{pointer}/selector");
    let refuse = |code, candidates: &[&Disk]| {
        let detail = if candidates.is_empty() {
            "the machine has no disk".into()
        } else {
            format!("candidates: {}", candidates.iter().map(|d| shown(d)).collect::<Vec<_>>().join("; "))
        };
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
        && equal(&selector.wwid, &identity.wwid)
        && equal(&selector.model, &identity.model)
        && (selector.transport.is_none() || selector.transport == identity.transport)
        && selector.boot_disk.is_none_or(|wanted| wanted == disk.boot)
        && selector.min_size_bytes.is_none_or(|least| size >= least)
        && selector.max_size_bytes.is_none_or(|most| size <= most)
}

/// `serial keel-disk, at least 1.0 GiB`
fn wanted(selector: &DiskSelector) -> String {
    let texts = [("serial", &selector.serial), ("wwid", &selector.wwid), ("model", &selector.model)];
    let mut facts: Vec<String> =
        texts.iter().filter_map(|(name, text)| Some(format!("{name} {}", text.as_ref()?))).collect();
    facts.extend(selector.transport.map(|transport| format!("transport {transport:?}").to_lowercase()));
    facts.extend(selector.boot_disk.map(|boot| format!("{} partition booted from", if boot { "the" } else { "no" })));
    facts.extend(selector.min_size_bytes.map(|size| format!("at least {}", gibibytes(size))));
    facts.extend(selector.max_size_bytes.map(|size| format!("at most {}", gibibytes(size))));
    format!("disk with {}", facts.join(", "))
}

/// `/dev/vda (4.0 GiB, serial keel-disk, virtio)`
fn shown(disk: &Disk) -> String {
    let texts = [("serial", &disk.identity.serial), ("model", &disk.identity.model), ("wwid", &disk.identity.wwid)];
    let mut facts = vec![gibibytes(disk.geometry.size_bytes)];
    facts.extend(texts.iter().filter_map(|(name, text)| Some(format!("{name} {}", text.as_ref()?.escape_debug()))));
    facts.extend(disk.identity.transport.map(|transport| format!("{transport:?}").to_lowercase()));
    facts.extend(disk.boot.then(|| "booted from".to_owned()));
    format!("{} ({})", disk.device, facts.join(", "))
}

fn gibibytes(bytes: u64) -> String {
    format!("{}.{} GiB", bytes >> 30, ((bytes & ((1 << 30) - 1)) * 10) >> 30)
}
