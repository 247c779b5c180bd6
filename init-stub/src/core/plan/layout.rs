//! Where partitions go: aligned, in order, in the gaps between those that stay.

use super::PartitionLayout;
use crate::core::config::{Partition, PartitionSize};
use crate::core::error::{Code, Error, Result};
use crate::core::gpt::{Entry, Geometry};

/// Finds room for each wanted partition, in order. A fixed one takes the first gap that is large enough, one with the
/// rest takes the largest gap.
pub fn lay(
    wanted: &[(usize, &Partition)],
    staying: &[&Entry],
    geometry: &Geometry,
    device: &str,
    pointer: &str,
) -> Result<Vec<PartitionLayout>> {
    let mut taken: Vec<(u64, u64)> = staying.iter().map(|e| (e.first_sector, e.last_sector)).collect();
    let mut numbers: Vec<u32> = staying.iter().map(|e| e.number).collect();
    let mut placed = Vec::new();
    for (index, partition) in wanted {
        let number = (1..=128).find(|n| !numbers.contains(n));
        let span = span(&partition.size, &gaps(&taken, geometry), geometry);
        let (Some(number), Some((first_sector, last_sector))) = (number, span) else {
            return Err(too_small(
                partition,
                &gaps(&taken, geometry),
                geometry,
                device,
                format!("{pointer}/partitions/{index}/size"),
            ));
        };
        taken.push((first_sector, last_sector));
        numbers.push(number);
        placed.push(PartitionLayout { number, label: partition.label.clone(), first_sector, last_sector });
    }
    Ok(placed)
}

/// Aligned stretches that no partition takes: first sector and number of sectors.
fn gaps(taken: &[(u64, u64)], geometry: &Geometry) -> Vec<(u64, u64)> {
    let alignment = geometry.alignment();
    let mut taken = taken.to_vec();
    taken.sort_unstable();
    taken.push((geometry.last_usable() + 1, u64::MAX));
    let mut start = geometry.first_usable();
    let mut gaps = Vec::new();
    for (first, last) in taken {
        let (from, until) = (start.next_multiple_of(alignment), first / alignment * alignment);
        if until > from {
            gaps.push((from, until - from));
        }
        start = start.max(last.saturating_add(1));
        if start == u64::MAX {
            break;
        }
    }
    gaps
}

fn span(size: &PartitionSize, gaps: &[(u64, u64)], geometry: &Geometry) -> Option<(u64, u64)> {
    let (from, sectors) = match size {
        PartitionSize::Fixed { size_bytes } => {
            let sectors = size_bytes / geometry.sector();
            (gaps.iter().find(|(_, room)| *room >= sectors)?.0, sectors)
        }
        PartitionSize::Rest { min_size_bytes } => {
            let least = min_size_bytes / geometry.sector();
            gaps.iter().rev().max_by_key(|(_, room)| *room).copied().filter(|(_, room)| *room >= least)?
        }
    };
    Some((from, from + sectors.checked_sub(1)?))
}

fn too_small(partition: &Partition, gaps: &[(u64, u64)], geometry: &Geometry, device: &str, pointer: String) -> Error {
    let (PartitionSize::Fixed { size_bytes: needed } | PartitionSize::Rest { min_size_bytes: needed }) = partition.size;
    let room = gaps.iter().map(|(_, room)| room * geometry.sector()).max().unwrap_or(0);
    let detail = format!(
        "{} needs {} MiB, the largest free stretch has {} MiB, the disk {} MiB",
        partition.label,
        needed >> 20,
        room >> 20,
        geometry.size_bytes >> 20
    );
    Error::new(Code::DiskTooSmall, "lay out", device).with_detail(detail).with_pointer(pointer)
}
