//! Room that a disk has got since its partitions were made.

use crate::core::config::{MachineConfig, PartitionSize};
use crate::core::gpt::MAKING;
use crate::core::observation::{Disk, Observation, Table};
use serde::Serialize;

/// Less is what alignment leaves, whatever tool made the table.
const NOTABLE_BYTES: u64 = 16 << 20;

/// Room behind a partition that has the rest of its disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unused {
    /// The disk.
    pub device: String,
    /// Label of the partition before the room.
    pub partition: String,
    /// How much room there is.
    pub bytes: u64,
}

/// What the disks of the config have behind the partitions that were to take the rest of them.
pub fn unused(config: &MachineConfig, seen: &Observation) -> Vec<Unused> {
    let mut found = Vec::new();
    for wanted in &config.storage.disks {
        let Ok(disk) = super::select(&wanted.selector, seen) else { continue };
        let Some(table) = &disk.table else { continue };
        let rest = wanted.partitions.iter().filter(|p| matches!(p.size, PartitionSize::Rest { .. }));
        found.extend(rest.filter_map(|partition| {
            let bytes = room_behind(&partition.label, table, disk)?;
            let (device, partition) = (disk.device.clone(), partition.label.clone());
            (bytes >= NOTABLE_BYTES).then_some(Unused { device, partition, bytes })
        }));
    }
    found
}

/// Bytes between a finished partition and the next one, or the end of the disk.
fn room_behind(label: &str, table: &Table, disk: &Disk) -> Option<u64> {
    let entries = || table.partitions.iter().map(|partition| &partition.entry);
    let last = entries().find(|entry| entry.label == label && entry.type_guid != MAKING)?.last_sector;
    let next = entries().map(|entry| entry.first_sector).filter(|first| *first > last).min();
    let end = next.unwrap_or(disk.geometry.last_usable() + 1);
    end.checked_sub(last + 1)?.checked_mul(disk.geometry.sector())
}
