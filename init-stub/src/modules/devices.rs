//! Drivers for the devices that are there. The image lists what every machine needs; what only some machines have waits
//! until a device asks for it by its alias.

use super::{Aliases, Index, Loaded, matches};
use crate::sys::ahci::linked_ports;
use crate::sys::clock::kernel_release;
use crate::sys::uevent::Uevents;
use rustix::fs::{FlockOperation, flock};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

/// Buses whose devices may need a driver from the image. A bus comes after the ones whose devices bring it up: the bus of
/// Hyper-V is a device of ACPI.
const BUSES: [&str; 8] = ["acpi", "pci", "xen", "vmbus", "virtio", "usb", "scsi", "mmc"];
/// Drivers of a bus that are loaded before the devices of the bus are there, each with that bus. Hyper-V offers the
/// devices of a machine one by one, and nothing tells which is the last.
const OFFERED_LATER: [(&str, &str); 1] = [("hv_vmbus", "vmbus")];
/// How long such a bus may take until its first device is there, and until no more come.
const LONGEST_OFFER: Duration = Duration::from_secs(10);
/// No more come when none has come for this long.
const QUIET: Duration = Duration::from_millis(300);
/// Held while drivers are loaded: the second caller finds all devices settled.
const LOCK: &str = "/run/keel/devices.lock";
/// A controller, its disks, what is on them: no chain of devices is longer.
const ROUNDS: usize = 5;

/// Loads what the devices ask for, and what the devices ask for that appear then. Returns when no new one has
/// appeared; loading a driver includes the search for its devices. A driver that does not want its device is not a
/// failure: the stage that needs the device reports it.
pub fn load() {
    let _only_one = lock();
    let Ok(index) = Index::read() else { return };
    let Some(Drivers(aliases)) = Drivers::of_image() else { return };
    let mut known = BTreeSet::new();
    for _ in 0..ROUNDS {
        let new: BTreeSet<String> = wanted(Path::new("/sys")).difference(&known).cloned().collect();
        let modules = drivers(&aliases, &new);
        known.extend(new);
        if modules.is_empty() {
            return;
        }
        for module in modules {
            load_driver(&index, module);
        }
    }
}

/// Loads one driver, and waits for the devices of the bus that it brings up.
fn load_driver(index: &Index, module: &str) {
    let parameters = if module == "ahci" { ahci(Path::new("/sys")) } else { Some(String::new()) };
    let Some(parameters) = parameters else { return };
    let bus = OFFERED_LATER.iter().find(|(driver, _)| *driver == module).map(|(_, bus)| *bus);
    // Before the driver is loaded, so that no announcement is missed.
    let announced = bus.and_then(|_| Uevents::open().ok());
    let loaded = index.load_with(module, &parameters);
    if let (Ok(Loaded::Now), Some(bus), Some(announced)) = (loaded, bus, announced) {
        let folder = Path::new("/sys/bus").join(bus).join("devices");
        until_offered(&folder, Instant::now() + LONGEST_OFFER, |until| announced.wait(until));
    }
}

/// Waits until the bus has devices and no more come, or until `longest`. `wait` is false when nothing was announced
/// until the time that it is given.
fn until_offered(devices: &Path, longest: Instant, wait: impl Fn(Instant) -> bool) {
    let has_one = || fs::read_dir(devices).is_ok_and(|mut all| all.next().is_some());
    loop {
        let until = if has_one() { longest.min(Instant::now() + QUIET) } else { longest };
        if !wait(until) || Instant::now() >= longest {
            return;
        }
    }
}

/// Which modules of the image drive which devices.
pub struct Drivers(Aliases);

impl Drivers {
    /// Those of the image that runs; None when it has no index.
    pub fn of_image() -> Option<Self> {
        Self::of_index(&fs::read(format!("/lib/modules/{}/modules.keel", kernel_release())).ok()?)
    }

    /// Those that an index names.
    pub fn of_index(index: &[u8]) -> Option<Self> {
        serde_json::from_slice(index).ok().map(Self)
    }

    /// A module that says that it drives a device with this alias.
    pub fn of(&self, alias: &str) -> Option<&str> {
        drivers(&self.0, &BTreeSet::from([alias.to_owned()])).into_iter().next()
    }
}

/// Parameters for the driver of AHCI, so that it does not wait for ports that are empty; None when all of them are.
fn ahci(sys: &Path) -> Option<String> {
    const CLASS: &str = "0x010601";
    let devices = fs::read_dir(sys.join("bus/pci/devices")).into_iter().flatten().flatten();
    let mut masks = Vec::new();
    for device in devices {
        let path = device.path();
        match fs::read_to_string(path.join("class")).unwrap_or_default().trim() {
            CLASS => masks.push((device.file_name().to_string_lossy().into_owned(), linked_ports(&path))),
            // A RAID controller that the driver may also take.
            class if class.starts_with("0x0104") => return Some(String::new()),
            _ => {}
        }
    }
    only_linked(&masks)
}

fn only_linked(masks: &[(String, Option<u32>)]) -> Option<String> {
    if masks.is_empty() || masks.iter().any(|(_, mask)| mask.is_none()) {
        return Some(String::new());
    }
    if masks.iter().all(|(_, mask)| *mask == Some(0)) {
        return None;
    }
    // A mask of zero would mean all of them, so a controller without a link next to one with a link is not named.
    let named = masks
        .iter()
        .filter_map(|(device, mask)| mask.filter(|mask| *mask != 0).map(|mask| format!("{device}={mask:#x}")));
    Some(format!("mask_port_map={}", named.collect::<Vec<_>>().join(",")))
}

fn lock() -> Option<File> {
    let file = File::create(LOCK).ok()?;
    flock(&file, FlockOperation::LockExclusive).ok()?;
    Some(file)
}

/// The aliases of all devices below `sys`.
fn wanted(sys: &Path) -> BTreeSet<String> {
    let devices = |bus: &str| fs::read_dir(sys.join("bus").join(bus).join("devices")).into_iter().flatten().flatten();
    BUSES.iter().flat_map(|bus| devices(bus)).filter_map(|device| alias(&device.path())).collect()
}

/// What a device asks for its driver by. Most have a file for it; a memory card tells it only in its announcement.
pub fn alias(device: &Path) -> Option<String> {
    let of_its_own = fs::read_to_string(device.join("modalias")).ok();
    let announced = || {
        let text = fs::read_to_string(device.join("uevent")).ok()?;
        text.lines().find_map(|line| line.strip_prefix("MODALIAS=")).map(str::to_owned)
    };
    of_its_own.or_else(announced).map(|alias| alias.trim().to_owned())
}

/// The modules that say that they drive one of the devices.
fn drivers<'a>(aliases: &'a Aliases, devices: &BTreeSet<String>) -> BTreeSet<&'a str> {
    let fits = |pattern: &str| devices.iter().any(|device| matches(pattern.as_bytes(), device.as_bytes()));
    aliases.aliases.iter().filter(|(pattern, _)| fits(pattern)).map(|(_, module)| module.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use std::cell::Cell;

    #[test]
    fn only_ports_with_something_on_them_are_waited_for() {
        let masks = |all: &[Option<u32>]| {
            let named: Vec<_> = all.iter().enumerate().map(|(i, mask)| (format!("0000:00:{i}f.2"), *mask)).collect();
            only_linked(&named)
        };
        assert_eq!(masks(&[Some(0), Some(0)]), None);
        assert_eq!(masks(&[Some(4), Some(0)]).as_deref(), Some("mask_port_map=0000:00:0f.2=0x4"));
        assert_eq!(masks(&[Some(4), None]).as_deref(), Some(""));
        assert_eq!(masks(&[]).as_deref(), Some(""));
    }

    #[test]
    fn a_device_finds_its_driver_and_others_find_none() {
        let root = Scratch::new("devices");
        for (bus, device, alias) in [
            ("pci", "0000:00:1f.2", "pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01\n"),
            ("scsi", "0:0:0:0", "scsi:t-0x05\n"),
            ("acpi", "VMBUS:00", "acpi:VMBUS:\n"),
            ("xen", "vif-0", "xen:vif\n"),
            ("pnp", "00:00", "pnp:dPNP0B00\n"),
        ] {
            let folder = root.join("bus").join(bus).join("devices").join(device);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("modalias"), alias).unwrap();
        }
        let card = root.join("bus/mmc/devices/mmc0:4567");
        fs::create_dir_all(&card).unwrap();
        fs::write(card.join("uevent"), "DRIVER=\nMMC_TYPE=SD\nMMC_NAME=QEMU!\nMODALIAS=mmc:block\n").unwrap();
        let aliases: Aliases = serde_json::from_str(
            r#"{"aliases":[["mmc:block","mmc_block"],["pci:v*d*sv*sd*bc01sc06i01*","ahci"],["scsi:t-0x05*","sr_mod"],["scsi:t-0x00*","sd_mod"],["acpi*:VMBUS:*","hv_vmbus"],["xen:vif","xen_netfront"],["xen:vbd","xen_blkfront"],["pnp:dPNP0B00*","x"]]}"#,
        )
        .unwrap();
        let found = drivers(&aliases, &wanted(&root)).into_iter().collect::<Vec<_>>();
        assert_eq!(found, ["ahci", "hv_vmbus", "mmc_block", "sr_mod", "xen_netfront"]);
    }

    /// Waits for a bus whose first device is there with the announcement of that number, `more` of which follow. Returns
    /// how often it was waited, and whether the last wait was the short one.
    fn waited(name: &str, first: usize, more: usize, longest: Instant) -> (usize, bool) {
        let root = Scratch::new(&format!("offers-{name}"));
        let (count, is_short) = (Cell::new(0), Cell::new(false));
        until_offered(&root.join("devices"), longest, |until| {
            is_short.set(until < longest);
            count.set(count.get() + 1);
            if count.get() == first {
                fs::create_dir_all(root.join("devices/f8615163")).unwrap();
            }
            count.get() < first + more
        });
        (count.get(), is_short.get())
    }

    #[test]
    fn a_bus_whose_devices_are_offered_later_is_waited_for_until_no_more_come() {
        let longest = Instant::now() + Duration::from_secs(3600);
        assert_eq!(waited("never", 1, 0, longest), (1, false), "nothing was announced in all the time");
        assert_eq!(waited("third", 3, 1, longest), (4, true));
        assert_eq!(waited("many", 1, 5, longest), (6, true));
        assert_eq!(waited("noisy", 9, 9, Instant::now()), (1, false), "not longer than the longest time");
    }

    /// The cases that the test of the images is held against as well.
    #[test]
    fn patterns_match_as_the_shared_cases_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/module-aliases.json");
        let cases: Vec<(String, String, bool)> = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        assert!(cases.len() > 10);
        for (pattern, alias, fits) in cases {
            assert_eq!(matches(pattern.as_bytes(), alias.as_bytes()), fits, "{pattern} {alias}");
        }
    }
}
