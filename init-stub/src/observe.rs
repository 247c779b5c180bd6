//! What init finds on the machine, as data: the second argument of `plan()`. The JSON form has its own version and is
//! what `keel-init observe` prints and `keel-init plan --observation` reads. Observing never writes.

mod boot;
mod disk;
mod paths;
mod search;
mod sysfs;
mod volumes;

use crate::config::Transport;
use crate::device::Opened;
use crate::gpt::{CopyState, Entry, Geometry, Guid};
use crate::probe::Ext;
#[cfg(test)]
pub use boot::mark;
pub use boot::partition as boot_partition;
pub use disk::observe as disk;
pub(crate) use paths::ancestors;
pub use paths::{Wanted, hex, observe as paths, open_parent, open_root, wanted};
pub use search::{Look, NewDisks, look};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;
pub use volumes::volumes;

/// Version of the observation's shape.
pub const VERSION: u32 = 1;

/// Everything that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Observation {
    /// Always [`VERSION`].
    pub v: u32,
    /// Disks by device name; loop, RAM, optical and stacked devices are left out.
    pub disks: Vec<Disk>,
    /// The paths that the config names and their parents, when they were looked at: after the filesystems are mounted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<Paths>,
}

impl Observation {
    /// All partitions of a type, each with its disk.
    pub fn partitions_of(&self, type_guid: Guid) -> impl Iterator<Item = (&Disk, &Partition)> {
        let all = self.disks.iter().flat_map(|disk| {
            let partitions = disk.table.iter().flat_map(|table| &table.partitions);
            partitions.map(move |partition| (disk, partition))
        });
        all.filter(move |(_, partition)| partition.entry.type_guid == type_guid)
    }
}

/// One disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Disk {
    /// Path of the device, for example `/dev/vda`, or of the image file.
    pub device: String,
    /// What tells it from others.
    pub identity: DiskIdentity,
    /// Size and sector size.
    pub geometry: Geometry,
    /// Whether the machine was started from it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub boot: bool,
    /// Whether writing is refused.
    pub read_only: bool,
    /// Whether its first and last MiB are zeros.
    pub empty: bool,
    /// Whether a first table is being written: a valid claim, and beside it only zeros and pieces of the claimed table.
    pub claimed: bool,
    /// Names of what its first and last MiB show.
    pub signatures: Vec<String>,
    /// Its partition table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
}

/// The facts that a selector may name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiskIdentity {
    /// Serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// World wide identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wwid: Option<String>,
    /// Model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// How it is attached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<Transport>,
}

/// A partition table that holds together in at least one copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Table {
    /// DiskIdentity of the disk; its first group tells whether Keel made the table.
    pub disk_guid: Guid,
    /// The copy at the start.
    pub primary: CopyState,
    /// The copy in the last sectors.
    pub backup: CopyState,
    /// Whether sector 0 tells old tools to keep away.
    pub protective_mbr: bool,
    /// Partitions by number.
    pub partitions: Vec<Partition>,
}

/// One partition and what its first bytes show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Partition {
    /// Its entry in the table.
    pub entry: Entry,
    /// Whether what was looked at is zeros.
    pub empty: bool,
    /// Names of what it shows.
    pub signatures: Vec<String>,
    /// The superblock of an ext filesystem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ext: Option<Ext>,
}

/// Paths of the node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Paths {
    /// Paths that the config names; a symbolic link in the last place is not followed. A path that is not there is left out.
    pub named: BTreeMap<String, Seen>,
    /// Parents of the named paths, links followed. One that is not there is left out.
    pub parents: BTreeMap<String, Seen>,
}

/// One thing in the file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Seen {
    /// What it is.
    pub kind: Kind,
    /// Permission bits with set-id and sticky bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Whether it is on a disk and not in RAM.
    pub durable: bool,
    /// SHA-256 of a regular file, hexadecimal; only when its size is the wanted one, as otherwise the bytes differ anyway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Text of a symbolic link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// Kind of a thing in the file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A device, socket or pipe.
    Other,
}

/// The disks of this machine, with what is on them; `boot` is the partition that it was started from.
pub fn disks(boot: Option<Guid>) -> io::Result<Observation> {
    let disks = sysfs::find(Path::new("/sys"))?.into_iter().map(|found| {
        let path = format!("/dev/{}", found.name);
        let geometry = Geometry { size_bytes: found.size_bytes, sector_bytes: found.sector_bytes };
        let opened = File::open(&path).and_then(|file| Opened::new(file, found.sector_bytes));
        let seen = opened.and_then(|device| disk(&device, &path, found.identity.clone(), found.read_only));
        // A disk that cannot be read is one that must not be taken for empty, and no reason to leave out the others.
        seen.unwrap_or_else(|e| Disk {
            device: path,
            identity: found.identity,
            geometry,
            boot: false,
            read_only: found.read_only,
            empty: false,
            claimed: false,
            signatures: vec![format!("nothing readable ({e})")],
            table: None,
        })
    });
    let mut disks = disks.collect::<Vec<_>>();
    if let Some(partition) = boot {
        boot::mark(&mut disks, partition);
    }
    Ok(Observation { v: VERSION, disks, paths: None })
}

/// A file as if it were a disk, with a serial number so that a selector can find it.
pub fn image(path: &str, serial: Option<&str>) -> io::Result<Disk> {
    let device = Opened::new(File::open(path)?, 512)?;
    disk(&device, path, DiskIdentity { serial: serial.map(str::to_owned), ..DiskIdentity::default() }, false)
}
