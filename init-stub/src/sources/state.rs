//! The copy of the machine config on KEEL-STATE: the last resort, and only on the machine that it was made on. Whichever
//! source gave the config, no part of a KEEL-STATE is used before [`check_owner`] has said that this machine wrote it.

use super::{Found, SourceAnswer, StateJob};
use crate::core::config::{LIMIT, MachineConfig};
use crate::core::error::{Code, Error, Result, Step};
use crate::core::gpt;
use crate::core::observation::Observation;
use crate::core::plan::select;
use crate::disk::apply::kernel_partitions::device_of;
use crate::disk::apply::show;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::{Call, refusal};
use crate::pid1::node::{Instance, Node};
use crate::pid1::wait;
use crate::pid1::worker::first_line;
use crate::sources::copy::Origin;
use crate::sources::copy::owner::Machine;

/// What people call it.
pub const PLACE: &str = "the copy on KEEL-STATE";

/// Reads the copy before KEEL-STATE is mounted, without writing to it. A damaged copy is reported and counts as none.
pub fn ask(node: &mut Node) -> std::result::Result<SourceAnswer, Interrupt> {
    look(node).or_else(|interrupt| {
        let error = interrupt.failure()?;
        node.warn(error, None);
        Ok(SourceAnswer::NoConfig)
    })
}

fn look(node: &mut Node) -> std::result::Result<SourceAnswer, Interrupt> {
    let Some(device) = node.observation.as_ref().map_or(Ok(None), partition)? else {
        return Ok(SourceAnswer::NoConfig);
    };
    let Some((origin, bytes)) = read(node, &device, false)? else { return Ok(SourceAnswer::NoConfig) };
    Ok(check_machine(&origin, &Machine::here(node), &device).map_or_else(SourceAnswer::Fatal, |()| {
        let instance = Instance { instance_id: origin.instance_id, hostname: None };
        SourceAnswer::Config(Found { bytes, instance })
    }))
}

/// What a worker reads from a KEEL-STATE that is not mounted; None when there is no copy on it.
fn read(node: &mut Node, device: &str, only_origin: bool) -> std::result::Result<Option<(Origin, Vec<u8>)>, Interrupt> {
    let job = StateJob { device: device.into(), only_origin };
    let output = wait::worker(node, &Call::new("state", &job, LIMIT + (64 << 10), device))?;
    if !output.ok() {
        return Err(refusal(&output, device).into());
    }
    if output.stdout.is_empty() {
        return Ok(None);
    }
    Ok(Some(first_line(&output.stdout).ok_or_else(|| refusal(&output, device))?))
}

/// Refuses a KEEL-STATE that another machine wrote, before anything is written to the disk or read from what it keeps. One
/// that does not say who wrote it was emptied, or is new.
pub fn check_owner(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let config = node.config()?;
    let Some(device) = node.observation.as_ref().map_or(Ok(None), |seen| partition_of(&config, seen))? else {
        return Ok(());
    };
    match read(node, &device, true) {
        Ok(None) => Ok(()),
        Ok(Some((origin, _))) => match Machine::here(node).difference(&origin) {
            None => Ok(()),
            Some(detail) => Err(foreign("KEEL-STATE", &device, detail).into()),
        },
        // The machine that wrote it must be able to boot with it; the stage `filesystems` checks the filesystem.
        Err(interrupt) => {
            let error = interrupt.failure()?;
            node.warn(error, None);
            Ok(())
        }
    }
}

/// The device of the KEEL-STATE that this config mounts, if there is one with a filesystem.
fn partition_of(config: &MachineConfig, seen: &Observation) -> Result<Option<String>> {
    let storage = &config.storage;
    let Some(state) = storage.filesystems.iter().find(|f| f.mount_path == crate::sources::copy::STATE) else {
        return Ok(None);
    };
    let has_it = |disk: &&crate::core::config::Disk| disk.partitions.iter().any(|p| p.label == state.partition);
    let Some(wanted) = storage.disks.iter().find(has_it) else { return Ok(None) };
    let disk = select(&wanted.selector, seen)?;
    let found = disk
        .table
        .iter()
        .flat_map(|table| &table.partitions)
        .find(|p| p.entry.label == state.partition && p.entry.type_guid != gpt::MAKING && p.ext.is_some());
    let Some(found) = found else { return Ok(None) };
    // The kernel shows no partitions of a table whose start is damaged.
    show(disk)?;
    device_of(&disk.device, found.entry.number).step(Code::DiskIo, "find partition", "KEEL-STATE").map(Some)
}

/// The device of the one finished KEEL-STATE.
fn partition(seen: &Observation) -> Result<Option<String>> {
    let mut found = seen.partitions_of(gpt::STATE).map(|(disk, one)| (disk.device.as_str(), one.entry.number));
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some((disk, number)), None) => {
            device_of(disk, number).step(Code::DiskIo, "find partition", "KEEL-STATE").map(Some)
        }
        (Some((first, _)), Some((second, _))) => Err(Error::new(Code::SourceAmbiguous, "choose between", PLACE)
            .with_detail(format!("{first} and {second} both have a KEEL-STATE"))),
    }
}

/// A copy is for the machine that it was made on. One that cannot be told from others has none.
fn check_machine(origin: &Origin, machine: &Machine, device: &str) -> Result<()> {
    let refuse = |detail: String| Err(foreign(PLACE, device, detail));
    match machine.difference(origin) {
        Some(detail) => refuse(detail),
        None if machine.uuid.is_none() && machine.accepted.is_none() => {
            refuse("the firmware of this machine has no UUID".into())
        }
        None => Ok(()),
    }
}

fn foreign(what: &str, device: &str, detail: String) -> Error {
    Error::new(Code::StateForeign, "use", format!("{what} ({device})")).with_detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_serves_only_the_machine_that_it_was_made_on() {
        let of = |uuid: Option<&str>| Origin {
            source: "nocloud".into(),
            sha256: String::new(),
            kept_sha256: String::new(),
            smbios_uuid: uuid.map(str::to_owned),
            instance_id: None,
        };
        let (a, b) = ("4c4c4544-0042", "4c4c4544-0043");
        let on = |uuid: Option<&str>| Machine { uuid: uuid.map(str::to_owned), ..Machine::default() };
        assert!(check_machine(&of(Some(a)), &on(Some(a)), "/dev/vda1").is_ok());
        for (its, machine) in [(Some(a), Some(b)), (Some(a), None), (None, Some(b)), (None, None)] {
            assert_eq!(check_machine(&of(its), &on(machine), "/dev/vda1").unwrap_err().code, Code::StateForeign);
        }
    }
}
