//! What must be done to one disk.

mod refusals;

use super::action::{Action, Operation, PartitionLayout, refused};
use super::contents::{contents, kind_of};
use super::layout;
use crate::core::bytes::two_sizes;
use crate::core::config::{Disk as WantedDisk, Filesystem, Partition as WantedPartition, PartitionSize};
use crate::core::error::{Code, Error, Result};
use crate::core::gpt::{self, CopyState, Entry, Guid, LABEL_UNITS, MAKING, MAKING_SUFFIX};
use crate::core::observation::{Disk, Partition, Table};

/// The actions that make `seen` be as `wanted`; none when it is so already.
pub fn actions(wanted: &WantedDisk, seen: &Disk, filesystems: &[Filesystem], pointer: &str) -> Result<Vec<Action>> {
    let job = DiskPlan { wanted, seen, filesystems, pointer };
    let types = job.types()?;
    // What the machine starts from is never erased, whatever the config says: it would not start again.
    let may_wipe = wanted.wipe && !seen.boot;
    let actions = match &seen.table {
        // Only a first table that is still being written has a valid claim; everything in it is unfinished.
        Some(table) if !seen.claimed && table.disk_guid.is_keel_disk() => {
            let actions = job.complete(table, &types)?;
            if !actions.is_empty() {
                job.keeps_all(table)?;
            }
            actions
        }
        _ if seen.empty || seen.claimed => job.begin(&types, false)?,
        Some(table) => match job.complete(table, &types) {
            Ok(nothing_to_do) if nothing_to_do.is_empty() => nothing_to_do,
            _ if may_wipe => job.begin(&types, true)?,
            outcome => return Err(job.differs(table, outcome)),
        },
        None if may_wipe => job.begin(&types, true)?,
        None => return Err(job.shrunk().unwrap_or_else(|| job.foreign())),
    };
    if seen.read_only && !actions.is_empty() {
        let detail = "the kernel says that it is read-only, and there is something to write";
        return Err(Error::new(Code::DiskReadOnly, "write", &seen.device).with_detail(detail).with_pointer(pointer));
    }
    Ok(actions)
}

struct DiskPlan<'a> {
    wanted: &'a WantedDisk,
    seen: &'a Disk,
    filesystems: &'a [Filesystem],
    pointer: &'a str,
}

impl DiskPlan<'_> {
    /// The type of each wanted partition, after checks that the schema cannot make.
    fn types(&self) -> Result<Vec<Guid>> {
        let check = |(i, partition): (usize, &WantedPartition)| {
            let at = |field: &str| format!("{}/partitions/{i}/{field}", self.pointer);
            let guid = partition.type_guid.parse::<Guid>().ok().filter(|guid| *guid != Guid::ZERO && *guid != MAKING);
            let units = partition.label.encode_utf16().count() + MAKING_SUFFIX.len();
            if units > LABEL_UNITS || partition.label.ends_with(MAKING_SUFFIX) || partition.label.contains('\0') {
                return Err(refused(
                    &partition.label,
                    "the label is too long, ends with ~new or has a NUL",
                    at("label"),
                ));
            }
            guid.ok_or_else(|| {
                refused(&partition.label, "the type is not the GUID of a finished partition", at("typeGuid"))
            })
        };
        self.wanted.partitions.iter().enumerate().map(check).collect()
    }

    /// A first table with every partition, each then made and finished.
    fn begin(&self, types: &[Guid], wipe: bool) -> Result<Vec<Action>> {
        if !self.seen.geometry.holds_a_table() {
            let detail = format!("{} bytes is too small for a partition table", self.seen.geometry.size_bytes);
            return Err(Error::new(Code::DiskTooSmall, "lay out", &self.seen.device)
                .with_detail(detail)
                .with_pointer(self.pointer));
        }
        let wanted: Vec<_> = self.wanted.partitions.iter().enumerate().collect();
        let partitions = layout::lay(&wanted, &[], &self.seen.geometry, &self.seen.device, self.pointer)?;
        let device = self.seen.device.clone();
        let erases = wipe.then(|| contents(self.seen));
        let mut actions = vec![durable(
            &self.seen.device,
            Operation::WriteTable { device, wipe, erases, partitions: partitions.clone() },
        )];
        for (layout, type_guid) in partitions.iter().zip(types) {
            actions.extend(self.make(layout.number, &layout.label, *type_guid));
        }
        Ok(actions)
    }

    /// What a table that is there lacks.
    fn complete(&self, table: &Table, types: &[Guid]) -> Result<Vec<Action>> {
        let mut actions = Vec::new();
        if (table.primary, table.backup, table.protective_mbr) != (CopyState::Valid, CopyState::Valid, true) {
            actions.push(durable(&self.seen.device, Operation::RepairTable { device: self.seen.device.clone() }));
        }
        let mut missing = Vec::new();
        let mut remade = Vec::new();
        for (i, wanted) in self.wanted.partitions.iter().enumerate() {
            match self.find(table, wanted, i)? {
                Some(found) if found.entry.type_guid == MAKING => remade.push(found.entry.number),
                Some(found) => self.check(found, wanted, types.get(i).copied(), i)?,
                None => missing.push((i, wanted)),
            }
        }
        // An unfinished partition that is not wanted (any more) has no content yet: its space is free.
        let (leftover, staying): (Vec<&Entry>, Vec<&Entry>) = table
            .partitions
            .iter()
            .map(|p| &p.entry)
            .partition(|e| e.type_guid == MAKING && !remade.contains(&e.number));
        let layout = layout::lay(&missing, &staying, &self.seen.geometry, &self.seen.device, self.pointer)?;
        let mut drop: Vec<u32> = leftover.iter().map(|e| e.number).collect();
        for (wanted, type_guid) in self.wanted.partitions.iter().zip(types) {
            let existing = table
                .partitions
                .iter()
                .map(|p| &p.entry)
                .find(|e| remade.contains(&e.number) && is_making(e, &wanted.label));
            if let Some(added) = layout.iter().find(|layout| layout.label == wanted.label) {
                actions.push(self.add(added, std::mem::take(&mut drop)));
                actions.extend(self.make(added.number, &wanted.label, *type_guid));
            } else if let Some(existing) = existing {
                actions.extend(self.make(existing.number, &wanted.label, *type_guid));
            }
        }
        Ok(actions)
    }

    /// The partition with the wanted label, finished or not. An unfinished one whose size is not the
    /// wanted one (the config changed in between) counts as none.
    fn find<'t>(&self, table: &'t Table, wanted: &WantedPartition, index: usize) -> Result<Option<&'t Partition>> {
        let mut finished =
            table.partitions.iter().filter(|p| p.entry.label == wanted.label && p.entry.type_guid != MAKING);
        let found = finished.next();
        if found.is_some() && finished.next().is_some() {
            return Err(self.mismatch(wanted, index, "label", "two partitions have this label".into()));
        }
        Ok(found.or_else(|| {
            table.partitions.iter().find(|p| is_making(&p.entry, &wanted.label) && self.fits(&p.entry, wanted))
        }))
    }

    fn fits(&self, entry: &Entry, wanted: &WantedPartition) -> bool {
        let size = (entry.last_sector - entry.first_sector + 1) * self.seen.geometry.sector();
        match wanted.size {
            PartitionSize::Fixed { size_bytes } => size == size_bytes,
            PartitionSize::Rest { min_size_bytes } => size >= min_size_bytes,
        }
    }

    /// Whether a finished partition is as wanted. It may hold data, so every difference is refused and never undone.
    fn check(&self, found: &Partition, wanted: &WantedPartition, type_guid: Option<Guid>, index: usize) -> Result<()> {
        let entry = &found.entry;
        if Some(entry.type_guid) != type_guid {
            let detail = format!("it has the type {}, the config says {}", entry.type_guid, wanted.type_guid);
            return Err(self.mismatch(wanted, index, "typeGuid", detail));
        }
        if !self.fits(entry, wanted) {
            let size = (entry.last_sector - entry.first_sector + 1) * self.seen.geometry.sector();
            let detail = match wanted.size {
                PartitionSize::Fixed { size_bytes } => {
                    let (has, wanted_size) = two_sizes(size, size_bytes);
                    format!("it has {has}, the config says {wanted_size}")
                }
                PartitionSize::Rest { min_size_bytes } => {
                    let (has, wanted_size) = two_sizes(size, min_size_bytes);
                    format!("it has {has}, the config says at least {wanted_size}")
                }
            };
            return Err(self.mismatch(wanted, index, "size", detail));
        }
        let mut filesystems = self.filesystems.iter().enumerate();
        let Some((at, filesystem)) = filesystems.find(|(_, filesystem)| filesystem.partition == wanted.label) else {
            return Ok(());
        };
        if let Some(ext) = found.ext.as_ref().filter(|ext| ext.format == "ext4") {
            return match &filesystem.label {
                Some(label) if *label != ext.label => {
                    let labels = format!("it has the label {:?}, the config says {label:?}", ext.label);
                    Err(self.unlike(
                        found,
                        Code::FilesystemMismatch,
                        &labels,
                        format!("/storage/filesystems/{at}/label"),
                    ))
                }
                _ => Ok(()),
            };
        }
        let (code, holds) = match (found.empty, found.signatures.as_slice()) {
            (true, _) => (Code::FilesystemMismatch, "it holds no filesystem, though it is finished".to_owned()),
            (false, []) => (Code::PartitionForeign, "it holds data of no known kind".to_owned()),
            (false, _) => (Code::FilesystemMismatch, format!("it holds {}, the config says ext4", kind_of(found))),
        };
        Err(self.unlike(found, code, &holds, format!("/storage/filesystems/{at}/format")))
    }

    /// A finished partition that holds something else.
    fn unlike(&self, found: &Partition, code: Code, how: &str, pointer: String) -> Error {
        Error::new(code, "compare", &found.entry.label)
            .with_detail(format!("{how} ({}, partition {})", self.seen.device, found.entry.number))
            .with_pointer(pointer)
    }

    fn add(&self, layout: &PartitionLayout, drop: Vec<u32>) -> Action {
        durable(
            &layout.label,
            Operation::AddPartition { device: self.seen.device.clone(), partition: layout.clone(), drop },
        )
    }

    /// From an unfinished partition to a finished one.
    fn make(&self, number: u32, label: &str, type_guid: Guid) -> Vec<Action> {
        let device = || self.seen.device.clone();
        let filesystem = self.filesystems.iter().find(|filesystem| filesystem.partition == label);
        let made = filesystem.map(|filesystem| Operation::MakeFilesystem {
            device: device(),
            number,
            format: filesystem.format,
            label: filesystem.label.clone().unwrap_or_else(|| label.into()),
        });
        let finished = Operation::FinishPartition { device: device(), number, label: label.into(), type_guid };
        made.into_iter().chain([finished]).map(|operation| durable(label, operation)).collect()
    }
}

fn is_making(entry: &Entry, label: &str) -> bool {
    entry.type_guid == gpt::MAKING && entry.label.strip_suffix(MAKING_SUFFIX) == Some(label)
}

fn durable(object: &str, operation: Operation) -> Action {
    Action { object: object.into(), durable: true, operation }
}
