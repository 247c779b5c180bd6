//! What is on a disk, as text: what a refusal names, and what an erase would lose.

use crate::core::bytes::size_text;
use crate::core::observation::{Disk, Partition};

/// So many partitions are named; of the others there is a number.
const NAMED: usize = 8;

/// `gpt with vmail-dir (ext4, 488 MiB), partition 2 (vfat, 100 MiB)`, `LVM2`, `data of no known kind`
pub fn contents(disk: &Disk) -> String {
    let Some(table) = &disk.table else { return kinds(&disk.signatures) };
    if table.partitions.is_empty() {
        return "gpt without partitions".into();
    }
    let sector = disk.geometry.sector();
    let named: Vec<String> = table.partitions.iter().take(NAMED).map(|partition| shown(partition, sector)).collect();
    let others = match table.partitions.len().saturating_sub(NAMED) {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    format!("gpt with {}{others}", named.join(", "))
}

fn shown(partition: &Partition, sector: u64) -> String {
    let entry = &partition.entry;
    let name = match entry.label.as_str() {
        "" => format!("partition {}", entry.number),
        label => label.escape_debug().to_string(),
    };
    let size = (entry.last_sector.saturating_sub(entry.first_sector) + 1).saturating_mul(sector);
    format!("{name} ({}, {})", kind_of(partition), size_text(size))
}

/// `ext4`, `empty`, `data of no known kind`
pub fn kind_of(partition: &Partition) -> String {
    if partition.empty { "empty".into() } else { kinds(&partition.signatures) }
}

fn kinds(signatures: &[String]) -> String {
    // A GPT has an MBR before it, which is not content of its own.
    let is_gpt = signatures.iter().any(|name| name == "gpt");
    let names: Vec<&str> = signatures.iter().map(String::as_str).filter(|name| !(is_gpt && *name == "mbr")).collect();
    if names.is_empty() { "data of no known kind".into() } else { names.join(", ") }
}
