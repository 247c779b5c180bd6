//! What init may be about to do.

use crate::core::error::{Code, Error};
use crate::core::event::ActionKind;
use crate::core::gpt::Guid;
use serde::Serialize;

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
    /// A first table with all partitions unfinished. `wipe`: foreign content is erased before, and `erases` says what
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
    /// An unfinished partition is added; leftovers of other unfinished ones (`drop`, by number) are removed.
    AddPartition {
        device: String,
        partition: PartitionLayout,
        drop: Vec<u32>,
    },
    /// A filesystem is made on an unfinished partition; `label` is that of the filesystem, which has none if it is too long.
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

/// A config that the schema accepts and that still cannot be applied. keelctl emits none of these.
pub fn refused(object: &str, detail: &str, pointer: String) -> Error {
    Error::new(Code::ConfigRefused, "plan", object).with_detail(detail).with_pointer(pointer)
}
