//! The section `storage`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// Disks, filesystems and what is on them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Storage {
    pub disks: Vec<Disk>,
    pub filesystems: Vec<Filesystem>,
    pub persist: Vec<Persist>,
    pub directories: Vec<Directory>,
    pub files: Vec<File>,
    pub links: Vec<Link>,
}

/// One disk and the partitions that must be on it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Disk {
    pub selector: DiskSelector,
    pub wipe: bool,
    pub partitions: Vec<Partition>,
}

/// What the wanted disk looks like; all given facts must hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct DiskSelector {
    pub serial: Option<String>,
    pub wwid: Option<String>,
    pub model: Option<String>,
    pub transport: Option<Transport>,
    pub boot_disk: Option<bool>,
    pub min_size_bytes: Option<u64>,
    pub max_size_bytes: Option<u64>,
}

/// How a disk is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum Transport {
    Virtio,
    Nvme,
    Sata,
    Scsi,
    Usb,
    Mmc,
}

/// One GPT partition.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Partition {
    pub label: String,
    pub type_guid: String,
    pub size: PartitionSize,
}

/// How large a partition is made.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum PartitionSize {
    Fixed { size_bytes: u64 },
    Rest { min_size_bytes: u64 },
}

/// One filesystem on a partition of this config.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Filesystem {
    pub partition: String,
    pub format: Format,
    pub label: Option<String>,
    pub mount_path: String,
    pub mount_options: Vec<MountOption>,
}

/// Kind of filesystem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum Format {
    Ext4,
}

/// One mount flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum MountOption {
    Nodev,
    Nosuid,
    Noexec,
    Noatime,
    Ro,
}

/// One directory that lives on a filesystem and is bound to its path.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Persist {
    pub path: String,
    pub partition: String,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

/// One directory.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Directory {
    pub path: String,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

/// One regular file.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct File {
    pub path: String,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub contents: Contents,
}

/// The bytes of a file. They may be a secret, so `Debug` shows their size only.
#[derive(Clone, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Contents {
    Text { text: String },
    Base64 { base64: String },
}

impl Contents {
    /// The bytes; None: the base64 is not as it must be.
    pub fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Text { text } => Some(Cow::Borrowed(text.as_bytes())),
            Self::Base64 { base64 } => STANDARD.decode(base64).ok().map(Cow::Owned),
        }
    }

    /// Number of bytes, without decoding them.
    pub fn size_bytes(&self) -> u64 {
        match self {
            Self::Text { text } => text.len() as u64,
            Self::Base64 { base64 } => {
                let padding = base64.bytes().rev().take_while(|b| *b == b'=').count();
                (base64.len() / 4 * 3).saturating_sub(padding) as u64
            }
        }
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text } => write!(f, "{} bytes of text", text.len()),
            Self::Base64 { base64 } => write!(f, "{} characters of base64", base64.len()),
        }
    }
}

/// One symbolic link.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Link {
    pub path: String,
    pub target: String,
}
