//! Why a disk is refused: each time for its own reason, and where an erase would help, with what that would lose.

use super::DiskPlan;
use crate::core::bytes::two_sizes;
use crate::core::config::Partition as WantedPartition;
use crate::core::error::{Code, Error, Result};
use crate::core::gpt::{CopyState, ENTRIES, MAKING};
use crate::core::observation::Table;
use crate::core::plan::Action;
use crate::core::plan::contents::contents;

impl DiskPlan<'_> {
    pub(super) fn mismatch(&self, wanted: &WantedPartition, index: usize, field: &str, detail: String) -> Error {
        let pointer = format!("{}/partitions/{index}/{field}", self.pointer);
        Error::new(Code::PartitionMismatch, "compare", &wanted.label)
            .with_detail(format!("{detail} ({})", self.seen.device))
            .with_pointer(pointer)
    }

    /// Why a table that Keel did not make does not serve. Where it has the partitions that the config names, the reason is
    /// how they differ; where it has none of them, it is another's disk.
    pub(super) fn differs(&self, table: &Table, outcome: Result<Vec<Action>>) -> Error {
        let is_there = |wanted: &&WantedPartition| {
            table.partitions.iter().any(|p| p.entry.label == wanted.label && p.entry.type_guid != MAKING)
        };
        let of_a_partition =
            |code| matches!(code, Code::PartitionMismatch | Code::PartitionForeign | Code::FilesystemMismatch);
        let missing = self.wanted.partitions.iter().enumerate().find(|(_, wanted)| !is_there(wanted));
        match (missing, outcome) {
            (Some(_), _) if !self.wanted.partitions.iter().any(|wanted| is_there(&wanted)) => self.foreign(),
            (_, Err(error)) if of_a_partition(error.code) => error,
            (Some((index, wanted)), _) => {
                let detail = format!(
                    "it is not there, and Keel adds nothing to a table that it did not make: {}",
                    contents(self.seen)
                );
                self.mismatch(wanted, index, "label", detail)
            }
            (None, _) => self.damaged(table),
        }
    }

    /// All partitions are as wanted, but the table itself is not whole.
    pub(super) fn damaged(&self, table: &Table) -> Error {
        let mut wrong = Vec::new();
        if table.primary != CopyState::Valid {
            wrong.push("the copy at the start of the disk is damaged");
        }
        if table.backup != CopyState::Valid {
            wrong.push("the copy in its last sectors is missing or different (was the disk enlarged?)");
        }
        if !table.protective_mbr {
            wrong.push("sector 0 has no protective MBR");
        }
        let detail = format!(
            "{}; Keel repairs only a table that it made, so repair this one with gdisk or sgdisk --move-second-header: {}",
            wrong.join(", "),
            contents(self.seen)
        );
        Error::new(Code::PartitionMismatch, "compare", &self.seen.device).with_detail(detail).with_pointer(self.pointer)
    }

    /// Somebody has given the table another number of entries than Keel writes, and Keel's own would lose a partition.
    pub(super) fn keeps_all(&self, table: &Table) -> Result<()> {
        let mut entries = table.partitions.iter().map(|partition| &partition.entry);
        let Some(lost) = entries.find(|entry| !self.seen.geometry.can_keep(entry)) else { return Ok(()) };
        let detail = format!(
            "the table has to be written again, and partition {} is where one of {ENTRIES} entries has no room for it; give it {ENTRIES} entries with sgdisk --resize-table={ENTRIES} after that partition is moved or deleted",
            lost.number
        );
        let error = Error::new(Code::PartitionMismatch, "keep partitions of", &self.seen.device);
        Err(error.with_detail(detail).with_pointer(self.pointer))
    }

    /// The refusal of a disk that is smaller than the one that its table was made for. Nothing on it is lost yet.
    pub(super) fn shrunk(&self) -> Option<Error> {
        let (made_for, here) = (self.seen.made_for.as_ref()?, &self.seen.geometry);
        if made_for.sector_bytes != here.sector_bytes || made_for.size_bytes <= here.size_bytes {
            return None;
        }
        let (was, is) = two_sizes(made_for.size_bytes, here.size_bytes);
        let detail = format!("its partition table was made for a disk of {was}, and this one has {is}: was it shrunk?");
        let error = Error::new(Code::DiskTooSmall, "read the partition table of", &self.seen.device);
        Some(error.with_detail(detail).with_pointer(self.pointer))
    }

    /// Content that nobody said may go, and what would be lost with it.
    pub(super) fn foreign(&self) -> Error {
        let mut detail = format!("it holds {}", contents(self.seen));
        if let Some(made_for) =
            self.seen.made_for.as_ref().filter(|m| m.sector_bytes != self.seen.geometry.sector_bytes)
        {
            detail.push_str(&format!(
                "; its partition table is for sectors of {} bytes, and this disk has {}: was it copied from another kind of disk?",
                made_for.sector_bytes, self.seen.geometry.sector_bytes
            ));
        }
        let error = Error::new(Code::DiskForeign, "partition", &self.seen.device);
        if self.wanted.wipe && self.seen.boot {
            detail.push_str("; the machine was started from it, so it is not erased although the config says wipe");
            return error.with_detail(detail).with_pointer(format!("{}/selector", self.pointer));
        }
        error.with_detail(detail).with_pointer(format!("{}/wipe", self.pointer))
    }
}
