//! What init finds on the machine, as data: the second argument of `plan()`. The JSON form has its own version and is
//! what `keel-init observe` prints and `keel-init plan --observation` reads. Observing never writes.

mod disk;

use crate::core::config::Transport;
use crate::core::content::probe::Ext;
use crate::core::gpt::{CopyState, Entry, Geometry, Guid};
use crate::core::plan::network::SeenNetwork;
pub use disk::observe;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// Controllers that could bring disks and have no driver.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_driver: Vec<Controller>,
    /// The paths that the config names and their parents, when they were looked at: after the filesystems are mounted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<Paths>,
    /// Links, addresses, routes and rules, when they were looked at: of this machine, and not of one whose disks are images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<SeenNetwork>,
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

/// A controller of disks without a driver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Controller {
    /// What it is, for example `NVMe controller`.
    pub kind: String,
    /// Its place on its bus, for example `0000:00:04.0`.
    pub address: String,
    /// By what it asks for a driver.
    pub modalias: String,
    /// The module of the image that drives such devices and did not take this one; absent: the image has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
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
    /// Whether its first and last MiB are zeros. That is what the usual tools for emptying a disk leave: they clear the
    /// tables and signatures at both ends, and old content between them does not make it another's disk.
    pub empty: bool,
    /// Whether a first table is being written: a valid claim, and otherwise only zeros and pieces of the claimed table.
    pub claimed: bool,
    /// Names of what its first and last MiB show.
    pub signatures: Vec<String>,
    /// Its partition table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
    /// The disk that the start of a table says it was made for, where it is another one than this and so no table here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_for: Option<Geometry>,
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
    /// Whether only disks were looked at, so that nothing is known about RAM.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_disks: bool,
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

/// Marks each disk that has the partition. Two of one image in a machine are both marked: a selector then matches neither.
pub fn mark_boot_disk(disks: &mut [Disk], partition: Guid) {
    for disk in disks {
        disk.boot = disk.table.iter().flat_map(|table| &table.partitions).any(|p| p.entry.guid == partition);
    }
}

/// `/`, `/a` and `/a/b` of `/a/b/c`.
pub fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(i, _)| path.get(..i.max(1))).filter(move |parent| *parent != path)
}
