//! Machine configs on filesystems: three that are known by their label, and one that the kernel command line names.

use super::answer::answer;
use super::{Companions, Contents, VolumeJob};
use super::{Found, SourceAnswer};
use crate::core::config::LIMIT;
use crate::core::content::volume::Volume;
use crate::core::error::{Code, Error, Result};
use crate::core::platform_network::Format;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::{Call, refusal};
use crate::pid1::node::Node;
use crate::pid1::wait;
use crate::pid1::worker::first_line;
use std::borrow::Cow;

/// A source that is known by the label of its filesystem.
pub struct Labelled {
    /// What people call it.
    pub place: &'static str,
    /// In any case: tools and specifications differ in it.
    label: &'static str,
    formats: &'static [&'static str],
    document: &'static str,
    companions: Option<Companions>,
    /// Whether a missing or empty document is a mistake. Providers attach their media also when a user gave them nothing.
    is_ours: bool,
}

pub const KEEL_DISK: Labelled = Labelled {
    place: "machine.json on a disk labelled KEEL",
    label: "KEEL",
    formats: &["vfat"],
    document: "machine.json",
    companions: None,
    is_ours: true,
};

pub const NOCLOUD: Labelled = Labelled {
    place: "user-data on a disk labelled cidata",
    label: "cidata",
    formats: &["iso9660", "vfat"],
    document: "user-data",
    companions: Some(Companions {
        meta_data: Cow::Borrowed("meta-data"),
        network: Cow::Borrowed("network-config"),
        form: Format::NetworkConfig,
    }),
    is_ours: false,
};

pub const CONFIG_DRIVE: Labelled = Labelled {
    place: "openstack/latest/user_data on a disk labelled config-2",
    label: "config-2",
    formats: &["iso9660", "vfat"],
    document: "openstack/latest/user_data",
    companions: Some(Companions {
        meta_data: Cow::Borrowed("openstack/latest/meta_data.json"),
        network: Cow::Borrowed("openstack/latest/network_data.json"),
        form: Format::NetworkData,
    }),
    is_ours: false,
};

/// A vfat labelled KEEL.
pub fn keel_disk(node: &mut Node) -> std::result::Result<SourceAnswer, Interrupt> {
    answer(ask(node, &KEEL_DISK))
}

/// NoCloud's disk: Proxmox, KubeVirt, libvirt, Vagrant.
pub fn nocloud(node: &mut Node) -> std::result::Result<SourceAnswer, Interrupt> {
    answer(ask(node, &NOCLOUD))
}

/// OpenStack's config drive.
pub fn config_drive(node: &mut Node) -> std::result::Result<SourceAnswer, Interrupt> {
    answer(ask(node, &CONFIG_DRIVE))
}

fn ask(node: &mut Node, source: &Labelled) -> std::result::Result<SourceAnswer, Interrupt> {
    let Some(volume) = choose(&node.volumes, source)? else { return Ok(SourceAnswer::NoConfig) };
    let (contents, bytes) = read(node, &volume, source.document, source.companions.as_ref())?;
    for error in contents.errors {
        node.warn(error, None);
    }
    let is_empty = bytes.trim_ascii().is_empty();
    if contents.present && !is_empty {
        return Ok(SourceAnswer::Config(Found { bytes, instance: contents.instance }));
    }
    if source.is_ours {
        return Err(lacking(&volume, source.document, contents.instead).into());
    }
    // The config may come from elsewhere, and still the machine has this name and this network.
    node.take_instance(contents.instance);
    let medium = format!("{} is labelled {}", volume.device, volume.identity.label);
    Ok(SourceAnswer::NoDocument(match contents.instead {
        Some(instead) => format!("{medium} and has no file {} ({instead})", source.document),
        None => format!("{medium} and its file {} is empty", source.document),
    }))
}

/// The one filesystem with the label. Which of two would win is chance, so none does.
fn choose(volumes: &[Volume], source: &Labelled) -> Result<Option<Volume>> {
    let fits = |volume: &&Volume| {
        volume.identity.label.eq_ignore_ascii_case(source.label)
            && source.formats.contains(&volume.identity.format.as_str())
    };
    one(volumes.iter().filter(fits), source.place)
}

/// The only one of some volumes, or none.
pub(super) fn one<'a>(mut found: impl Iterator<Item = &'a Volume>, place: &str) -> Result<Option<Volume>> {
    match (found.next(), found.next()) {
        (first, None) => Ok(first.cloned()),
        (first, Some(second)) => {
            let first = first.map_or("", |first| &first.device);
            Err(Error::new(Code::SourceAmbiguous, "choose between", place)
                .with_detail(format!("{first} and {} both fit", second.device)))
        }
    }
}

/// What is on the medium, and the document's bytes. Read by a child, because a filesystem is bytes from outside.
pub(super) fn read(
    node: &mut Node,
    volume: &Volume,
    path: &str,
    companions: Option<&Companions>,
) -> std::result::Result<(Contents, Vec<u8>), Interrupt> {
    let (device, format) = (volume.device.clone(), volume.identity.format.clone());
    let job = VolumeJob { device, format, document: path.into(), companions: companions.cloned() };
    let output = wait::worker(node, &Call::new("volume", &job, LIMIT + (512 << 10), &volume.device))?;
    if !output.ok() {
        return Err(refusal(&output, &volume.device).into());
    }
    Ok(first_line::<Contents>(&output.stdout).ok_or_else(|| refusal(&output, &volume.device))?)
}

/// The error of a medium that is there for us, without what it is there for; `instead` is what it has where there is no
/// such file.
pub(super) fn lacking(volume: &Volume, path: &str, instead: Option<String>) -> Error {
    let detail = instead.map_or_else(|| "the file is empty".into(), |what| format!("there is no such file ({what})"));
    Error::new(Code::SourceUnreadable, "read", format!("{path} on {}", volume.device)).with_detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::content::volume::FilesystemIdentity;

    fn volume(device: &str, format: &str, label: &str) -> Volume {
        let identity = FilesystemIdentity { format: format.into(), label: label.into(), uuid: "1".into() };
        Volume { device: device.into(), identity }
    }

    #[test]
    fn a_label_counts_in_any_case_and_only_on_its_formats() {
        let volumes = [volume("/dev/vda", "ext4", "cidata"), volume("/dev/sr0", "iso9660", "CIDATA")];
        assert_eq!(choose(&volumes, &NOCLOUD).unwrap().unwrap().device, "/dev/sr0");
        assert_eq!(choose(&volumes, &CONFIG_DRIVE).unwrap(), None);
        assert_eq!(choose(&[volume("/dev/vda", "iso9660", "KEEL")], &KEEL_DISK).unwrap(), None);
    }

    #[test]
    fn two_filesystems_with_the_label_are_refused_and_both_are_named() {
        let volumes = [volume("/dev/vdb", "vfat", "CIDATA"), volume("/dev/sr0", "iso9660", "cidata")];
        let error = choose(&volumes, &NOCLOUD).unwrap_err();
        assert_eq!(error.code, Code::SourceAmbiguous);
        assert_eq!(error.detail.as_deref(), Some("/dev/vdb and /dev/sr0 both fit"));
    }
}
