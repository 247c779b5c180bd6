//! `plan(machine config, observation) → actions | refusal`: what init is about to do. Pure: no clock, no random number,
//! no look at the machine. It is used three times, each time with what can be seen by then: for disks, for the
//! directories that persist, and for directories, files and links.

mod contents;
mod disk;
mod layout;
mod paths;
mod select;
mod unused;

pub use paths::{files, persist, persist_source};
pub use unused::{Unused, unused};

use crate::core::config::{DiskSelector, MachineConfig};
use crate::core::error::{Code, Error, Result};
use crate::core::event::ActionKind;
use crate::core::gpt::Guid;
use crate::core::observation::{Disk, Observation};
use serde::Serialize;
use std::collections::BTreeSet;

/// One thing that init is about to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// A device, a partition label or a path.
    pub object: String,
    /// Whether it changes a disk.
    pub durable: bool,
    /// What is done.
    #[serde(flatten)]
    pub operation: Operation,
}

/// What is done; the tag is an `ActionKind` of the event schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of the config and the observation")]
pub enum Operation {
    /// A first table with all partitions in the making. `wipe`: foreign content is erased before, and `erases` says what
    /// that is.
    WriteTable {
        device: String,
        wipe: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        erases: Option<String>,
        partitions: Vec<PartitionLayout>,
    },
    /// Both copies and the protective MBR are written again from the copy that counts, at the true end of the disk.
    RepairTable {
        device: String,
    },
    /// A partition in the making is added; leftovers of others in the making (`drop`, by number) go.
    AddPartition {
        device: String,
        partition: PartitionLayout,
        drop: Vec<u32>,
    },
    /// A filesystem is made on a partition in the making; `label` is that of the filesystem, which has none if it is too long.
    MakeFilesystem {
        device: String,
        number: u32,
        format: crate::core::config::Format,
        label: String,
    },
    /// The partition gets its label and type.
    FinishPartition {
        device: String,
        number: u32,
        label: String,
        type_guid: Guid,
    },
    MakeDirectory {
        path: String,
        mode: u32,
        uid: u32,
        gid: u32,
    },
    /// The bytes are those of entry `index` of the config's files: a plan never holds content, which may be a secret.
    WriteFile {
        path: String,
        mode: u32,
        uid: u32,
        gid: u32,
        index: usize,
        size_bytes: u64,
    },
    SetOwnerMode {
        path: String,
        mode: u32,
        uid: u32,
        gid: u32,
    },
    /// `replace`: another link is there.
    MakeLink {
        path: String,
        target: String,
        replace: bool,
    },
}

/// Where a new partition lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartitionLayout {
    /// Place in the table, from 1.
    pub number: u32,
    /// Its final label; until it is finished `~new` is appended.
    pub label: String,
    /// First sector.
    pub first_sector: u64,
    /// Last sector.
    pub last_sector: u64,
}

impl Operation {
    /// The kind as events name it.
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::WriteTable { .. } => ActionKind::WriteTable,
            Self::RepairTable { .. } => ActionKind::RepairTable,
            Self::AddPartition { .. } => ActionKind::AddPartition,
            Self::MakeFilesystem { .. } => ActionKind::MakeFilesystem,
            Self::FinishPartition { .. } => ActionKind::FinishPartition,
            Self::MakeDirectory { .. } => ActionKind::MakeDirectory,
            Self::WriteFile { .. } => ActionKind::WriteFile,
            Self::SetOwnerMode { .. } => ActionKind::SetOwnerMode,
            Self::MakeLink { .. } => ActionKind::MakeLink,
        }
    }
}

/// Every action that can be told from this observation: for the disks and, if paths were looked at, for what persists and
/// for the files. Of a node in RAM whose paths nobody looked at only what is durable can be told.
pub fn plan(config: &MachineConfig, seen: &Observation) -> Result<Vec<Action>> {
    let mut actions = storage(config, seen).map_err(|error| error.in_stage("disks"))?;
    if let Some(paths) = &seen.paths {
        let persist = persist(config, paths).map_err(|error| error.in_stage("persist"))?;
        let files = files(config, paths).map_err(|error| error.in_stage("files"))?;
        actions.extend(persist.into_iter().chain(files).filter(|action| action.durable || !paths.only_disks));
    }
    Ok(actions)
}

/// What must be done to the disks so that every partition is there with its filesystem.
pub fn storage(config: &MachineConfig, seen: &Observation) -> Result<Vec<Action>> {
    check_labels(config)?;
    let mut taken = BTreeSet::new();
    let mut actions = Vec::new();
    for (i, wanted) in config.storage.disks.iter().enumerate() {
        let pointer = format!("/storage/disks/{i}");
        let found = select::one(&wanted.selector, seen, &pointer)?;
        if !taken.insert(&found.device) {
            let detail = "another disk of this config matches it too";
            return Err(Error::new(Code::DiskClaimedTwice, "select", &found.device)
                .with_detail(detail)
                .with_pointer(format!("{pointer}/selector")));
        }
        actions.extend(disk::actions(wanted, found, &config.storage.filesystems, &pointer)?);
    }
    Ok(actions)
}

/// The one disk of an observation for which all facts of a selector hold.
pub fn select<'a>(selector: &DiskSelector, seen: &'a Observation) -> Result<&'a Disk> {
    select::one(selector, seen, "")
}

/// Partitions are found by label, so a label must be unique in the config, and a filesystem must name one.
fn check_labels(config: &MachineConfig) -> Result<()> {
    let mut labels = BTreeSet::new();
    for (i, disk) in config.storage.disks.iter().enumerate() {
        for (j, partition) in disk.partitions.iter().enumerate() {
            if !labels.insert(partition.label.as_str()) {
                return Err(refused(
                    &partition.label,
                    "the label occurs twice",
                    format!("/storage/disks/{i}/partitions/{j}/label"),
                ));
            }
        }
    }
    let mut formatted = BTreeSet::new();
    for (i, filesystem) in config.storage.filesystems.iter().enumerate() {
        let pointer = format!("/storage/filesystems/{i}/partition");
        if !labels.contains(filesystem.partition.as_str()) {
            return Err(refused(&filesystem.partition, "no disk has a partition with this label", pointer));
        }
        if !formatted.insert(filesystem.partition.as_str()) {
            return Err(refused(&filesystem.partition, "the partition has two filesystems", pointer));
        }
    }
    Ok(())
}

/// A config that the schema accepts and that still cannot be obeyed. keelctl emits none of these.
fn refused(object: &str, detail: &str, pointer: String) -> Error {
    Error::new(Code::ConfigRefused, "plan", object).with_detail(detail).with_pointer(pointer)
}
