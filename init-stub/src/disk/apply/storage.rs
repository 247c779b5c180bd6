//! Carrying out what a plan wants done to disks.

use super::{filesystem, kernel_partitions, table};
use crate::core::error::{Code, Error, Result, Step};
use crate::core::gpt;
use crate::core::observation::{Disk, Observation};
use crate::core::plan::Operation;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sys::disk_file::DiskFile;
use crate::sys::random;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;

/// The disks of an observation, opened when they are first written to.
pub struct Disks {
    sector_bytes: BTreeMap<String, u32>,
    opened: BTreeMap<String, DiskFile>,
}

impl Disks {
    /// No disk is opened yet.
    pub fn new(seen: &Observation) -> Self {
        let sector_bytes = seen.disks.iter().map(|disk| (disk.device.clone(), disk.geometry.sector_bytes)).collect();
        Self { sector_bytes, opened: BTreeMap::new() }
    }

    /// Carries out one action of the storage plan.
    pub fn apply(&mut self, node: &mut Node, operation: &Operation) -> std::result::Result<(), Interrupt> {
        let done = match operation {
            Operation::WriteTable { device, wipe, partitions, .. } => {
                self.on(device, "write table", |disk| table::write_table(disk, *wipe, partitions, &random::secret))
            }
            Operation::RepairTable { device } => self.on(device, "repair table", |disk| table::repair_table(disk)),
            Operation::AddPartition { device, partition, drop } => {
                self.on(device, "add partition", |disk| table::add_partition(disk, partition, drop, &random::secret))
            }
            Operation::FinishPartition { device, number, label, type_guid } => {
                self.on(device, "finish partition", |disk| table::finish_partition(disk, *number, label, *type_guid))
            }
            Operation::MakeFilesystem { device, number, format, label } => {
                let partition =
                    kernel_partitions::device_of(device, *number).step(Code::DiskIo, "find partition", label)?;
                return filesystem::make(node, &partition, *format, label);
            }
            other => {
                Err(Error::new(Code::Bug, "carry out", format!("{:?}", other.kind()))
                    .with_detail("not an action on disks"))
            }
        };
        Ok(done?)
    }

    /// Changes a table, then shows the kernel its partitions.
    fn on(&mut self, path: &str, verb: &str, change: impl FnOnce(&DiskFile) -> io::Result<()>) -> Result<()> {
        if !self.opened.contains_key(path) {
            let file = OpenOptions::new().read(true).write(true).open(path).step(Code::DiskIo, "open", path)?;
            let sector_bytes = self.sector_bytes.get(path).copied().unwrap_or(512);
            self.opened.insert(path.into(), DiskFile::new(file, sector_bytes).step(Code::DiskIo, "open", path)?);
        }
        let Some(disk) = self.opened.get(path) else { return Ok(()) };
        change(disk).step(Code::DiskIo, verb, path)?;
        show_opened(disk, path)
    }
}

/// Makes the kernel's partitions those of the table on the disk.
pub fn show(disk: &Disk) -> Result<()> {
    show_opened(&open_to_read(disk)?, &disk.device)
}

/// The number of the finished partition with this label, from the table on the disk.
pub fn number_of(disk: &Disk, label: &str) -> Result<u32> {
    let table = gpt::read(&open_to_read(disk)?).step(Code::DiskIo, "read table", &disk.device)?.table;
    let entry =
        table.and_then(|table| table.entries.into_iter().find(|e| e.label == label && e.type_guid != gpt::MAKING));
    entry.map(|entry| entry.number).ok_or_else(|| {
        Error::new(Code::DiskIo, "find partition", label)
            .with_detail(format!("it is not in the partition table of {}", disk.device))
    })
}

fn open_to_read(disk: &Disk) -> Result<DiskFile> {
    let opened = File::open(&disk.device).and_then(|file| DiskFile::new(file, disk.geometry.sector_bytes));
    opened.step(Code::DiskIo, "open", &disk.device)
}

fn show_opened(disk: &DiskFile, path: &str) -> Result<()> {
    let Some(table) = gpt::read(disk).step(Code::DiskIo, "read table", path)?.table else { return Ok(()) };
    kernel_partitions::sync(disk, path, &table).step(Code::KernelRefused, "show partitions of", path)
}
