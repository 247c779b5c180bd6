//! `child slots`: reads and writes variables of the firmware and names on the ESP.

use super::esp::{ImageFile, images, set_state};
use super::firmware::Firmware;
use super::job::{Begun, Breadcrumb, Failure, Job, RolledBack, Settled};
use crate::core::device::Device;
use crate::core::error::{Code, Result, Step};
use crate::core::event::Cause;
use crate::core::slots::{FOLDER, SlotState};
use crate::pid1::worker::{job, refuse, reply};
use crate::sys::disk_file::DiskFile;
use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;

/// How messages call the variables.
const VARIABLES: &str = "variables of the firmware";
/// The kernel's random id of this boot.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// 0: a line with the answer is on stdout. 1: an error.
pub fn run() -> u8 {
    let Some((job, _)) = job::<Job>(0) else { return 2 };
    match job {
        Job::Begin => answer(begin()),
        Job::Fail { failure } => answer(fail(failure)),
        Job::Settle { device, entry } => answer(settle(&device, &entry)),
    }
}

fn answer(result: Result<impl serde::Serialize>) -> u8 {
    match result {
        Ok(answer) => reply(&answer, &[]),
        Err(error) => refuse(&error),
    }
}

/// What was started; and that an image on trial has begun, once a boot.
fn begin() -> Result<Begun> {
    let boot_id = std::fs::read_to_string(BOOT_ID).step(Code::KernelRefused, "read", BOOT_ID)?.trim().to_owned();
    let firmware = firmware()?;
    let mut begun = firmware.begun().step(Code::FirmwareVariablesRefused, "read", VARIABLES)?;
    let Some(image) = begun.image_on_trial() else { return Ok(begun) };
    let before = begun.breadcrumb.take().filter(|left| left.image == image);
    let breadcrumb = match before {
        Some(left) if left.boot_id == boot_id => left,
        before => {
            Breadcrumb { image, boot_id, boots: before.map_or(0, |left| left.boots).saturating_add(1), failure: None }
        }
    };
    firmware.leave(&breadcrumb).step(Code::FirmwareVariablesRefused, "write", VARIABLES)?;
    begun.breadcrumb = Some(breadcrumb);
    Ok(begun)
}

/// Why the boot of the image on trial has failed.
fn fail(failure: Failure) -> Result<()> {
    let firmware = firmware()?;
    let Some(left) = firmware.breadcrumb().step(Code::FirmwareVariablesRefused, "read", VARIABLES)? else {
        return Ok(());
    };
    let breadcrumb = Breadcrumb { failure: Some(failure), ..left };
    firmware.leave(&breadcrumb).step(Code::FirmwareVariablesRefused, "write", VARIABLES)
}

/// The variables.
pub fn firmware() -> Result<Firmware> {
    Firmware::open().step(Code::FirmwareVariablesRefused, "mount", "efivarfs")
}

/// The image that runs is good; those whose boots all failed never start again.
fn settle(device: &str, entry: &str) -> Result<Settled> {
    let firmware = firmware()?;
    let breadcrumb = firmware.breadcrumb().step(Code::FirmwareVariablesRefused, "read", VARIABLES)?;
    let settled = settle_esp(device, entry, breadcrumb.as_ref())?;
    // Last: a power cut before tells the same once more.
    if breadcrumb.is_some() {
        firmware.forget().step(Code::FirmwareVariablesRefused, "remove", VARIABLES)?;
    }
    Ok(settled)
}

/// The same with what the last image on trial has left.
pub fn settle_esp(device: &str, entry: &str, breadcrumb: Option<&Breadcrumb>) -> Result<Settled> {
    let esp = open(device).step(Code::EspUnusable, "open", device)?;
    settle_on(&esp, entry, breadcrumb).step(Code::EspUnusable, "rename in", format!("{FOLDER} on {device}"))
}

fn open(device: &str) -> io::Result<DiskFile> {
    // Not while somebody has it mounted, whose kernel would not see the new names.
    let file = File::options().read(true).write(true).custom_flags(libc::O_EXCL).open(device)?;
    DiskFile::new(file, 512)
}

/// The same on an open device.
pub fn settle_on(device: &dyn Device, entry: &str, breadcrumb: Option<&Breadcrumb>) -> io::Result<Settled> {
    let Some(found) = images(device)? else { return Ok(Settled::default()) };
    let mut settled = Settled::default();
    for one in &found {
        let state = if one.image.is_entry(entry) {
            SlotState::Good
        } else if one.image.state == SlotState::Bad {
            settled.rolled_back = Some(rolled_back(one, breadcrumb));
            SlotState::Failed
        } else {
            one.image.state
        };
        let image = set_state(device, one, state)?;
        if one.image.is_entry(entry) {
            settled.was_on_trial = one.image.state != SlotState::Good;
            settled.running = Some(image);
        } else {
            settled.others.push(image);
        }
    }
    Ok(settled)
}

fn rolled_back(bad: &ImageFile, breadcrumb: Option<&Breadcrumb>) -> RolledBack {
    let left = breadcrumb.filter(|left| left.image.eq_ignore_ascii_case(&bad.image.label()));
    let cause = match left {
        None => Cause::NeverStarted,
        Some(Breadcrumb { failure: None, .. }) => Cause::NoAnswer,
        Some(Breadcrumb { failure: Some(_), .. }) => Cause::Failed,
    };
    RolledBack { version: bad.image.version.clone(), cause, failure: left.and_then(|left| left.failure.clone()) }
}
