//! The copy of the machine config on KEEL-STATE: the last resort, and only on the machine that it was made on.

use super::StateJob;
use super::{Found, SourceAnswer, smbios};
use crate::core::config::LIMIT;
use crate::core::error::{Code, Error, Result, Step};
use crate::core::gpt;
use crate::core::observation::Observation;
use crate::disk::apply::kernel_partitions::device_of;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::{Call, refusal};
use crate::pid1::node::{Instance, Node};
use crate::pid1::wait;
use crate::pid1::worker::first_line;
use crate::sources::copy::Origin;

/// What people call it.
pub const PLACE: &str = "the copy on KEEL-STATE";

/// Reads the copy before KEEL-STATE is mounted, without writing to it. A copy that is damaged is told and is none.
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
    let job = StateJob { device: device.clone() };
    let output = wait::worker(node, &Call::new("state", &job, LIMIT + (64 << 10), &device))?;
    if !output.ok() {
        return Err(refusal(&output, &device).into());
    }
    if output.stdout.is_empty() {
        return Ok(SourceAnswer::NoConfig);
    }
    let (origin, bytes) = first_line::<Origin>(&output.stdout).ok_or_else(|| refusal(&output, &device))?;
    Ok(judge(&origin, smbios::machine_uuid().as_deref(), &device).map_or_else(SourceAnswer::Fatal, |()| {
        let instance = Instance { instance_id: origin.instance_id, hostname: None };
        SourceAnswer::Config(Found { bytes, instance })
    }))
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
fn judge(origin: &Origin, machine: Option<&str>, device: &str) -> Result<()> {
    let foreign =
        |detail: String| Err(Error::new(Code::StateForeign, "use", format!("{PLACE} ({device})")).with_detail(detail));
    match (origin.smbios_uuid.as_deref(), machine) {
        (Some(its), Some(machine)) if its == machine => Ok(()),
        (Some(its), Some(machine)) => foreign(format!("it is of the machine {its}, and this is {machine}")),
        (None, _) => foreign("it was made on a machine whose firmware has no UUID".into()),
        (_, None) => foreign("the firmware of this machine has no UUID".into()),
    }
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
        assert!(judge(&of(Some("a")), Some("a"), "/dev/vda1").is_ok());
        for (its, machine) in [(Some("a"), Some("b")), (Some("a"), None), (None, Some("b")), (None, None)] {
            assert_eq!(judge(&of(its), machine, "/dev/vda1").unwrap_err().code, Code::StateForeign);
        }
    }
}
