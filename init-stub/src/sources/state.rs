//! The generations of the machine config on KEEL-STATE as a source: the last resort, and only on the machine that keeps them.
//! Whichever source gave the config, no part of a KEEL-STATE is used before [`check_owner`] has said that this machine wrote it.

use super::{Found, Generations, STATE_SOURCE, SourceAnswer, StateJob};
use crate::core::config::{Filesystem, LIMIT, MachineConfig};
use crate::core::error::{Code, Error, Result, Step};
use crate::core::event::{Body, Generation, PassedOver, SourceVerdict, WhyNot};
use crate::core::gpt;
use crate::core::hex::hex;
use crate::core::observation::Observation;
use crate::core::plan::select;
use crate::disk::apply::kernel_partitions::device_of;
use crate::disk::apply::show;
use crate::disk::filesystems;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::{Call, refusal};
use crate::pid1::node::{ConfigSource, Instance, Node};
use crate::pid1::wait;
use crate::pid1::worker::first_line;
use crate::sources::generations::owner::Machine;
use crate::sources::generations::{self, Header, OfBoot, Served};
use sha2::{Digest, Sha256};

/// What people call it.
pub const PLACE: &str = "the machine config on KEEL-STATE";

/// A KEEL-STATE that this machine wrote, before it is mounted.
pub struct Owned {
    device: String,
    filesystem: Filesystem,
    headers: Vec<(Generation, Header)>,
}

/// Reads the generations before KEEL-STATE is mounted, without writing to it. A damaged one is reported and counts as none.
pub fn ask(node: &mut Node) -> std::result::Result<SourceAnswer, Interrupt> {
    let looked = look(node);
    Ok(match or_nothing(node, looked)? {
        Looked::Nothing => SourceAnswer::NoConfig,
        Looked::Refused(error) => SourceAnswer::Fatal(error),
        Looked::Serves { served, bytes, problems } => {
            for error in problems {
                node.warn(error, None);
            }
            let instance = Instance { instance_id: served.header.instance_id.clone(), ..Instance::default() };
            node.state::<OfBoot>().served = Some(served);
            SourceAnswer::Config(Found { bytes, instance })
        }
    })
}

/// Puts the newest generation that this keel-init can apply in the place of a machine config that is too new for it; false: there
/// is none.
pub fn fall_back(node: &mut Node) -> std::result::Result<bool, Interrupt> {
    let looked = look(node);
    match or_nothing(node, looked)? {
        Looked::Serves { served, bytes, .. } => {
            let sha256 = hex(&Sha256::digest(&bytes));
            node.emit(Body::SourceAnswered {
                source: STATE_SOURCE,
                answer: SourceVerdict::Config,
                sha256: Some(sha256.clone()),
                bytes: u64::try_from(bytes.len()).ok(),
            });
            node.state::<OfBoot>().served = Some(served);
            node.origin = Some(ConfigSource { source: STATE_SOURCE, sha256 });
            node.document = Some(bytes);
            Ok(true)
        }
        Looked::Nothing => Ok(false),
        Looked::Refused(error) => {
            node.warn(error, None);
            Ok(false)
        }
    }
}

/// A KEEL-STATE that cannot be read is reported and has nothing.
fn or_nothing(
    node: &mut Node,
    looked: std::result::Result<Looked, Interrupt>,
) -> std::result::Result<Looked, Interrupt> {
    looked.or_else(|interrupt| {
        node.warn(interrupt.failure()?, None);
        Ok(Looked::Nothing)
    })
}

/// What a KEEL-STATE has for this machine.
enum Looked {
    /// No generation.
    Nothing,
    /// Those of another machine, or none that this keel-init can apply.
    Refused(Error),
    /// One that serves, and what is wrong with those before it.
    Serves { served: Served, bytes: Vec<u8>, problems: Vec<Error> },
}

fn look(node: &mut Node) -> std::result::Result<Looked, Interrupt> {
    let Some(device) = node.observation.as_ref().map_or(Ok(None), partition)? else { return Ok(Looked::Nothing) };
    let (found, bytes) = read(node, &device, false)?;
    let machine = Machine::here(node);
    for (_, header) in &found.headers {
        if let Err(error) = check_machine(header, &machine, &device) {
            return Ok(Looked::Refused(error));
        }
    }
    let passed_over = passed_over(&found);
    let served = found.serves.and_then(|generation| {
        let header = found.headers.into_iter().find(|(other, _)| *other == generation)?.1;
        Some(Served { generation, header, passed_over })
    });
    let problems: Vec<Error> = found.problems.into_iter().map(|(_, error)| error).collect();
    if let Some(served) = served {
        return Ok(Looked::Serves { served, bytes, problems });
    }
    let (damaged, refused): (Vec<_>, Vec<_>) =
        problems.into_iter().partition(|error| error.code == Code::ConfigUnreadable);
    let mut refused = refused.into_iter();
    let first = refused.next();
    for error in damaged.into_iter().chain(refused) {
        node.warn(error, None);
    }
    Ok(first.map_or(Looked::Nothing, Looked::Refused))
}

/// Those that would have come before the one that serves. The staged one is the newest, and comes first where it can.
fn passed_over(found: &Generations) -> Vec<PassedOver> {
    let why = |wanted: Generation| {
        let problem = found.problems.iter().find(|(generation, _)| *generation == wanted);
        let is_there = found.headers.iter().any(|(generation, _)| *generation == wanted);
        match problem.map(|(_, error)| error.code) {
            Some(Code::ConfigUnreadable) => Some(WhyNot::Damaged),
            Some(Code::ConfigTooNew) => Some(WhyNot::TooNew),
            Some(Code::ConfigTooOld) => Some(WhyNot::TooOld),
            Some(_) => Some(WhyNot::Refused),
            None => is_there.then_some(WhyNot::NotSteady),
        }
    };
    [Generation::Staged, Generation::Current, Generation::Previous]
        .into_iter()
        .take_while(|generation| Some(*generation) != found.serves)
        .filter_map(|generation| Some(PassedOver { generation, why: why(generation)? }))
        .collect()
}

/// What a worker reads from a KEEL-STATE that is not mounted.
fn read(node: &mut Node, device: &str, only_headers: bool) -> std::result::Result<(Generations, Vec<u8>), Interrupt> {
    let job = StateJob { device: device.into(), only_headers };
    let output = wait::worker(node, &Call::new("state", &job, LIMIT + (256 << 10), device))?;
    if !output.ok() {
        return Err(refusal(&output, device).into());
    }
    Ok(first_line(&output.stdout).ok_or_else(|| refusal(&output, device))?)
}

/// Refuses a KEEL-STATE that another machine wrote, before anything is written to the disk or read from what it keeps. One
/// that does not say who wrote it was emptied, or is new. None: this config mounts none that is there already.
pub fn check_owner(node: &mut Node) -> std::result::Result<Option<Owned>, Interrupt> {
    let config = node.config()?;
    let Some((device, filesystem)) = node.observation.as_ref().map_or(Ok(None), |seen| partition_of(&config, seen))?
    else {
        return Ok(None);
    };
    let found = match read(node, &device, true) {
        Ok((found, _)) => found,
        // The machine that wrote it must be able to boot with it; the stage `filesystems` checks the filesystem.
        Err(interrupt) => {
            let error = interrupt.failure()?;
            node.warn(error, None);
            return Ok(None);
        }
    };
    let machine = Machine::here(node);
    if let Some(detail) = found.headers.iter().find_map(|(_, header)| machine.difference(header)) {
        return Err(foreign("KEEL-STATE", &device, detail).into());
    }
    for (_, error) in found.problems {
        node.warn(error, None);
    }
    Ok(Some(Owned { device, filesystem, headers: found.headers }))
}

/// Writes a machine config that is new to a KEEL-STATE before anything else is done with it. One that cannot be written now is
/// written once the filesystems are mounted for good.
pub fn stage(node: &mut Node, state: &Owned) -> std::result::Result<(), Interrupt> {
    if !generations::will_stage(node, &state.headers) {
        return Ok(());
    }
    if let Err(interrupt) = filesystems::while_mounted(node, &state.device, &state.filesystem, generations::keep) {
        let error = interrupt.failure()?;
        node.warn(error, None);
    }
    Ok(())
}

/// The device of the KEEL-STATE that this config mounts, if there is one with a filesystem.
fn partition_of(config: &MachineConfig, seen: &Observation) -> Result<Option<(String, Filesystem)>> {
    let storage = &config.storage;
    let Some(state) = storage.filesystems.iter().find(|f| f.mount_path == generations::STATE) else {
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
    let device = device_of(&disk.device, found.entry.number).step(Code::DiskIo, "find partition", "KEEL-STATE")?;
    Ok(Some((device, state.clone())))
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

/// A generation serves the machine that keeps it. One that cannot be told from others has none.
fn check_machine(header: &Header, machine: &Machine, device: &str) -> Result<()> {
    let refuse = |detail: String| Err(foreign(PLACE, device, detail));
    match machine.difference(header) {
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

    fn header(uuid: Option<&str>) -> Header {
        Header {
            source: "nocloud".into(),
            api_version: "keel/v1".into(),
            sha256: String::new(),
            kept_sha256: String::new(),
            smbios_uuid: uuid.map(str::to_owned),
            instance_id: None,
        }
    }

    #[test]
    fn a_generation_serves_only_the_machine_that_keeps_it() {
        let (a, b) = ("4c4c4544-0042", "4c4c4544-0043");
        let on = |uuid: Option<&str>| Machine { uuid: uuid.map(str::to_owned), ..Machine::default() };
        assert!(check_machine(&header(Some(a)), &on(Some(a)), "/dev/vda1").is_ok());
        for (its, machine) in [(Some(a), Some(b)), (Some(a), None), (None, Some(b)), (None, None)] {
            assert_eq!(check_machine(&header(its), &on(machine), "/dev/vda1").unwrap_err().code, Code::StateForeign);
        }
    }

    #[test]
    fn each_newer_generation_has_a_reason_why_it_does_not_run() {
        use Generation::{Current, Previous, Staged};
        let all = [Current, Previous, Staged];
        for (there, problems, serves, wanted) in [
            (&all[..], &[][..], Current, &[(Staged, WhyNot::NotSteady)][..]),
            (&all[..2], &[], Current, &[]),
            (&all, &[(Staged, Code::ConfigTooNew)], Current, &[(Staged, WhyNot::TooNew)]),
            (&[Previous], &[(Current, Code::ConfigUnreadable)], Previous, &[(Current, WhyNot::Damaged)]),
            (
                &all,
                &[(Staged, Code::ConfigTooNew), (Current, Code::ConfigTooOld)],
                Previous,
                &[(Staged, WhyNot::TooNew), (Current, WhyNot::TooOld)],
            ),
            (&[Staged], &[(Current, Code::ConfigRefused)], Staged, &[]),
        ] {
            let found = Generations {
                headers: there.iter().map(|one| (*one, header(None))).collect(),
                problems: problems.iter().map(|(one, code)| (*one, Error::new(*code, "read", "it"))).collect(),
                serves: Some(serves),
            };
            let reasons: Vec<_> = passed_over(&found).into_iter().map(|one| (one.generation, one.why)).collect();
            assert_eq!(reasons, wanted, "{serves:?}");
        }
    }
}
