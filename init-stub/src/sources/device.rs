//! `keel.config.device=LABEL=…:/path` on the kernel command line: a file on a filesystem that somebody named.

use super::answer::answer;
use super::disk::{lacking, one, read};
use super::requirements::CmdlineRequirements;
use super::{SourceAnswer, value};
use crate::core::content::volume::Volume;
use crate::core::error::{Code, Error, Result};
use crate::core::observation::Observation;
use crate::disk::apply::kernel_partitions::device_of;
use crate::disk::observe::NewDisks;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;

const NAME: &str = "keel.config.device=";
/// A disk on USB or behind a slow controller takes its time; `keel.config.timeout=` may make it shorter. In milliseconds.
const LONGEST_WAIT: u64 = 30_000;

/// Waits for the device, then reads the file.
pub fn ask(node: &mut Node) -> std::result::Result<SourceAnswer, Interrupt> {
    match value(NAME) {
        None => Ok(SourceAnswer::NoConfig),
        Some(text) => answer(look(node, &text)),
    }
}

fn look(node: &mut Node, text: &str) -> std::result::Result<SourceAnswer, Interrupt> {
    let (tag, path) = parse(text).ok_or_else(|| {
        Error::new(Code::CmdlineInvalid, "read", format!("{NAME}{text}"))
            .with_detail("wanted: LABEL=…:/path, UUID=…:/path, PARTUUID=…:/path or /dev/…:/path")
    })?;
    let volume = wait(node, &tag)?;
    let (contents, bytes) = read(node, &volume, path, None)?;
    if bytes.trim_ascii().is_empty() {
        return Err(lacking(&volume, path, contents.instead).into());
    }
    Ok(SourceAnswer::Config(bytes.into()))
}

/// What tells the filesystem from others.
#[derive(Debug, PartialEq, Eq)]
pub enum Tag<'a> {
    /// The label of the filesystem.
    Label(&'a str),
    /// Its identifier.
    Uuid(&'a str),
    /// The GUID of the partition that it is on.
    PartUuid(&'a str),
    /// The path of its device.
    Device(&'a str),
}

/// The device and the path on it; None: the text is not of that form.
pub fn parse(text: &str) -> Option<(Tag<'_>, &str)> {
    let at = text.find(":/")?;
    let (device, path) = (text.get(..at)?, text.get(at + 1..)?);
    let tag = match device.split_once('=') {
        Some(("LABEL", label)) => Tag::Label(label),
        Some(("UUID", uuid)) => Tag::Uuid(uuid),
        Some(("PARTUUID", uuid)) => Tag::PartUuid(uuid),
        None if device.starts_with("/dev/") => Tag::Device(device),
        _ => return None,
    };
    (path.len() > 1 && !device.ends_with('=')).then_some((tag, path))
}

/// The filesystem, once it is there. The first look was that of the stage `observe`.
fn wait(node: &mut Node, tag: &Tag) -> std::result::Result<Volume, Interrupt> {
    let limit_ms = CmdlineRequirements::read(value)?.timeout_ms.map_or(LONGEST_WAIT, |limit| limit.min(LONGEST_WAIT));
    let mut search = NewDisks::listen(limit_ms)?;
    let mut reported = false;
    loop {
        if let Some(volume) = find(node, tag)? {
            return Ok(volume);
        }
        let left = search.left();
        let error = missing(tag, &node.volumes, left);
        if left == 0 {
            return Err(error.into());
        }
        // A device may have come between the first look and now, without being announced again.
        if search.has_looked() && !reported {
            node.warn(error, Some(left));
            reported = true;
        }
        search.look_again(node)?;
    }
}

fn find(node: &Node, tag: &Tag) -> Result<Option<Volume>> {
    let partition = match tag {
        Tag::PartUuid(uuid) => node.observation.as_ref().and_then(|seen| partition_of(seen, uuid)),
        _ => None,
    };
    let fits = |volume: &&Volume| match tag {
        Tag::Label(label) => volume.identity.label == *label,
        Tag::Uuid(uuid) => volume.identity.uuid.eq_ignore_ascii_case(uuid),
        Tag::PartUuid(_) => Some(&volume.device) == partition.as_ref(),
        Tag::Device(device) => volume.device == *device,
    };
    one(node.volumes.iter().filter(fits), NAME)
}

fn partition_of(seen: &Observation, uuid: &str) -> Option<String> {
    seen.disks.iter().find_map(|disk| {
        let partitions = &disk.table.as_ref()?.partitions;
        let one = partitions.iter().find(|one| one.entry.guid.to_string().eq_ignore_ascii_case(uuid))?;
        device_of(&disk.device, one.entry.number).ok()
    })
}

fn missing(tag: &Tag, volumes: &[Volume], left: u64) -> Error {
    let wanted = match tag {
        Tag::Label(label) => format!("LABEL={label}"),
        Tag::Uuid(uuid) => format!("UUID={uuid}"),
        Tag::PartUuid(uuid) => format!("PARTUUID={uuid}"),
        Tag::Device(device) => (*device).to_owned(),
    };
    let there: Vec<String> = volumes
        .iter()
        .map(|volume| format!("{} ({} {:?})", volume.device, volume.identity.format, volume.identity.label))
        .collect();
    let there = if there.is_empty() { "none".into() } else { there.join(", ") };
    let then = if left == 0 { "not there in time" } else { "not there yet" };
    Error::new(Code::SourceUnreadable, "find", wanted).with_detail(format!("{then}; filesystems that are: {there}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_and_a_path_are_told_apart() {
        assert_eq!(parse("LABEL=SEED:/a/b.json"), Some((Tag::Label("SEED"), "/a/b.json")));
        assert_eq!(parse("LABEL=A:B:/c"), Some((Tag::Label("A:B"), "/c")));
        assert_eq!(parse("UUID=1234-abcd:/c"), Some((Tag::Uuid("1234-abcd"), "/c")));
        assert_eq!(parse("PARTUUID=x:/c"), Some((Tag::PartUuid("x"), "/c")));
        assert_eq!(parse("/dev/vdb1:/c"), Some((Tag::Device("/dev/vdb1"), "/c")));
        for text in ["", "LABEL=SEED", "LABEL=:/c", "SEED:/c", "LABEL=SEED:c", "LABEL=SEED:/", "sr0:/c", "ID=x:/c"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_missing_device_is_named_with_those_that_are_there() {
        let error = missing(&Tag::Label("SEED"), &[], 0);
        assert_eq!((error.code, error.object.as_str()), (Code::SourceUnreadable, "LABEL=SEED"));
        assert!(error.detail.is_some_and(|detail| detail.ends_with("are: none")));
    }
}
