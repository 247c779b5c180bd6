//! Media that are not there yet. A USB stick shows its filesystem seconds after its controller, so a machine with a host
//! that may still bring a medium waits before it gives up.

use crate::disk::observe::look;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::pid1::wait;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The longest wait: a slow stick takes some seconds until it answers.
const LONGEST: Duration = Duration::from_secs(10);
/// A USB hub of this age has found what is plugged into it: power, debouncing and reset take less than half of it.
const HUB_SETTLES_MS: u64 = 2000;
/// Hosts of SD cards and SCSI do not tell when their search is over. One that found nothing in this time has nothing.
const HOST_SETTLES: Duration = Duration::from_millis(1000);
/// How often sysfs is looked at.
const STEP_MS: u64 = 100;

/// The wait for media.
pub struct LateMedia {
    began: Instant,
    longest: Duration,
    seen: BTreeSet<PathBuf>,
    has_looked: bool,
}

impl LateMedia {
    /// Notes what is there, right after the stage `observe` has looked at it. The wait ends after `longest_ms` if that is
    /// shorter than its own bound.
    pub fn new(longest_ms: Option<u64>) -> Self {
        let longest = longest_ms.map_or(LONGEST, Duration::from_millis).min(LONGEST);
        Self { began: Instant::now(), longest, seen: devices(Path::new("/sys")), has_looked: false }
    }

    /// Starts the time limit again: what was done since [`Self::new`] may have taken long.
    pub fn begin(&mut self) {
        self.began = Instant::now();
    }

    /// Waits for a filesystem that was not there before; false when none will come. The power button works meanwhile.
    pub fn next(&mut self, node: &mut Node) -> Result<bool, Interrupt> {
        loop {
            let waits = searching(Path::new("/sys"), self.began.elapsed() >= HOST_SETTLES);
            let devices = devices(Path::new("/sys"));
            // A device may have come between the look of the stage `observe` and the note.
            let is_new = devices != self.seen || !(self.has_looked || waits.is_empty());
            if is_new {
                self.seen = devices;
                self.has_looked = true;
                if look_again(node)? {
                    return Ok(true);
                }
            } else if waits.is_empty() || self.began.elapsed() >= self.longest {
                return Ok(false);
            } else {
                wait::pause(node, STEP_MS)?;
            }
        }
    }
}

/// Sentences about devices that should have brought a disk, and have not.
pub fn without_disk() -> Vec<String> {
    mass_storage(Path::new("/sys"))
        .into_iter()
        .map(|name| format!("USB device {name} is mass storage and shows no disk"))
        .collect()
}

/// Looks at all disks, for which the child loads drivers first; true when a filesystem is new.
fn look_again(node: &mut Node) -> Result<bool, Interrupt> {
    let before = std::mem::take(&mut node.volumes);
    look(node)?;
    Ok(node.volumes.iter().any(|volume| !before.contains(volume)))
}

/// The devices whose coming and going tells that something was found.
fn devices(sys: &Path) -> BTreeSet<PathBuf> {
    ["bus/usb/devices", "bus/mmc/devices", "bus/scsi/devices", "block"]
        .iter()
        .flat_map(|folder| entries(&sys.join(folder)))
        .collect()
}

/// What may still bring a medium, by name. Hosts that do not tell count until they `have_settled`.
fn searching(sys: &Path, have_settled: bool) -> Vec<String> {
    let mut found = young_hubs(sys);
    found.extend(mass_storage(sys));
    let hosts = entries(&sys.join("class/mmc_host")).into_iter().chain(scsi_hosts(sys));
    found.extend(hosts.filter(|host| !have_settled && !has_found(host)).map(|host| name(&host)));
    found.extend(
        entries(&sys.join("bus/mmc/devices")).iter().filter(|card| is_memory_card(card)).map(|card| name(card)),
    );
    found
}

/// Hubs, the root hubs of controllers among them, that may not have found all that is plugged into them.
fn young_hubs(sys: &Path) -> Vec<String> {
    const HUB: &str = "09";
    let number = |device: &Path| text(&device.join("power/connected_duration")).parse::<u64>().ok();
    entries(&sys.join("bus/usb/devices"))
        .iter()
        .filter(|device| text(&device.join("bDeviceClass")) == HUB)
        .filter(|device| number(device).is_some_and(|age| age < HUB_SETTLES_MS))
        .map(|device| name(device))
        .collect()
}

/// USB interfaces of mass storage that show no disk yet. The kernel itself waits a second before it asks a stick.
fn mass_storage(sys: &Path) -> Vec<String> {
    const MASS_STORAGE: &str = "08";
    entries(&sys.join("bus/usb/devices"))
        .iter()
        .filter(|interface| text(&interface.join("bInterfaceClass")) == MASS_STORAGE)
        .filter(|interface| !shows_disk(sys, interface))
        .map(|interface| name(interface))
        .collect()
}

/// Whether a block device is one of this device, or of something below it.
fn shows_disk(sys: &Path, device: &Path) -> bool {
    let Ok(device) = fs::canonicalize(device) else { return false };
    entries(&sys.join("block"))
        .iter()
        .any(|block| fs::canonicalize(block).is_ok_and(|block| block.starts_with(&device)))
}

/// SCSI hosts that search by themselves. Those of USB show their interface, and those of ATA have searched when their
/// driver is loaded.
fn scsi_hosts(sys: &Path) -> impl Iterator<Item = PathBuf> {
    entries(&sys.join("class/scsi_host")).into_iter().filter_map(|host| {
        let device = fs::canonicalize(host.join("device")).ok()?;
        let path = device.to_string_lossy();
        (!path.contains("/ata") && !path.contains("/usb")).then_some(device)
    })
}

/// Whether a host has a card (`mmc0:aaaa`) or a target (`target2:0:0`).
fn has_found(host: &Path) -> bool {
    let host_name = name(host);
    entries(host).iter().map(|entry| name(entry)).any(|entry| {
        entry.starts_with("target") || entry.strip_prefix(&host_name).is_some_and(|rest| rest.starts_with(':'))
    })
}

/// Whether a card stores something and shows no disk yet.
fn is_memory_card(card: &Path) -> bool {
    ["SD", "MMC"].contains(&text(&card.join("type")).as_str()) && entries(&card.join("block")).is_empty()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort_unstable();
    entries
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_default().trim().to_owned()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
