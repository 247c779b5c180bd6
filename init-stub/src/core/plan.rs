//! `plan(machine config, observation) → actions | refusal`: what init is about to do. Pure: no clock, no random number,
//! no look at the machine. It is used three times, each time with what can be seen by then: for disks, for the
//! directories that persist, and for directories, files and links.

mod action;
mod contents;
mod disk;
pub mod firewall;
mod layout;
pub mod network;
mod paths;
mod select;
mod unused;

pub use action::{Action, Operation, PartitionLayout};
pub use paths::{files, persist, persist_source};
pub use unused::{Unused, unused};

use crate::core::config::{DiskSelector, MachineConfig};
use crate::core::error::{Code, Error, Result};
use crate::core::observation::{Disk, Observation};
use action::refused;
use std::collections::BTreeSet;

/// Every action that can be told from this observation: for the disks and, if paths were looked at, for what persists and
/// for the files. Of a node in RAM whose paths nobody looked at only what is durable is known.
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
