//! Drivers for the devices that are there. The image lists what every machine needs; what only some machines have waits
//! until a device asks for it by its alias.

use super::{Aliases, Index, matches};
use crate::sys::ahci::linked_ports;
use crate::sys::clock::kernel_release;
use rustix::fs::{FlockOperation, flock};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;

/// Buses whose devices may need a driver from the image. A bus comes after the ones whose devices bring it up.
const BUSES: [&str; 5] = ["pci", "vmbus", "virtio", "usb", "scsi"];
/// Held while drivers are loaded: whoever comes second finds all devices settled.
const LOCK: &str = "/run/keel/devices.lock";
/// A controller, its disks, what is on them: no chain of devices is longer.
const ROUNDS: usize = 5;

/// Loads what the devices ask for, and what the devices ask for that appear then. Returns when no new one has
/// appeared; loading a driver includes the search for its devices. A driver that does not want its device is no
/// failure: whoever needs the device will miss it.
pub fn load() {
    let _only_one = lock();
    let Ok(index) = Index::read() else { return };
    let text = fs::read(format!("/lib/modules/{}/modules.keel", kernel_release())).unwrap_or_default();
    let Ok(aliases) = serde_json::from_slice::<Aliases>(&text) else { return };
    let mut known = BTreeSet::new();
    for _ in 0..ROUNDS {
        let new: BTreeSet<String> = wanted(Path::new("/sys")).difference(&known).cloned().collect();
        let modules = drivers(&aliases, &new);
        known.extend(new);
        if modules.is_empty() {
            return;
        }
        for module in modules {
            let parameters = if module == "ahci" { ahci(Path::new("/sys")) } else { Some(String::new()) };
            if let Some(parameters) = parameters {
                let _ = index.load_with(module, &parameters);
            }
        }
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
    // A mask of zero would mean all of them, so a controller without a link beside one with a link is not named.
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
    let alias = |device: &fs::DirEntry| fs::read_to_string(device.path().join("modalias")).ok();
    BUSES.iter().flat_map(|bus| devices(bus)).filter_map(|d| Some(alias(&d)?.trim().to_owned())).collect()
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
            ("acpi", "PNP0A03:00", "acpi:PNP0A03:\n"),
        ] {
            let folder = root.join("bus").join(bus).join("devices").join(device);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("modalias"), alias).unwrap();
        }
        let aliases: Aliases = serde_json::from_str(
            r#"{"aliases":[["pci:v*d*sv*sd*bc01sc06i01*","ahci"],["scsi:t-0x05*","sr_mod"],["scsi:t-0x00*","sd_mod"],["acpi*:PNP0A03:*","x"]]}"#,
        )
        .unwrap();
        let found = drivers(&aliases, &wanted(&root)).into_iter().collect::<Vec<_>>();
        assert_eq!(found, ["ahci", "sr_mod"]);
    }
}
