//! Controllers that could bring disks and that no driver has taken. Where a disk is missing, this is the likely reason.

use crate::core::observation::Controller;
use crate::modules::devices::{Drivers, alias};
use std::fs;
use std::path::Path;

/// How a class of PCI devices begins, and what people call it.
const PCI: [(&str, &str); 9] = [
    ("0x0100", "SCSI controller"),
    ("0x0101", "IDE controller"),
    ("0x0104", "RAID controller"),
    ("0x0106", "SATA controller"),
    ("0x0107", "SAS controller"),
    ("0x0108", "NVMe controller"),
    ("0x01", "storage controller"),
    ("0x0c03", "USB controller"),
    ("0x0805", "SD card controller"),
];

/// How the alias of a device on another bus begins, and what people call it.
const OTHERS: [(&str, &str, &str); 6] = [
    ("virtio", "virtio:d00000002v", "virtio disk"),
    ("virtio", "virtio:d00000008v", "virtio SCSI controller"),
    ("vmbus", "vmbus:d96361baa104294db60572e2ffb1dc7f", "Hyper-V SCSI controller"),
    ("vmbus", "vmbus:32264132cb86a2449b5c50d1417354f5", "Hyper-V IDE controller"),
    ("xen", "xen:vbd", "Xen disk"),
    ("mmc", "mmc:block", "memory card"),
];

/// The controllers below `sys` without a driver. Without the image's index of modules nothing can be said: a driver may be
/// about to be loaded.
pub fn without_driver(sys: &Path, drivers: &Drivers) -> Vec<Controller> {
    let mut found = Vec::new();
    for bus in ["pci", "virtio", "vmbus", "xen", "mmc"] {
        for device in fs::read_dir(sys.join("bus").join(bus).join("devices")).into_iter().flatten().flatten() {
            found.extend(controller(sys, bus, &device.path(), drivers));
        }
    }
    found.sort_unstable_by(|one, other| one.address.cmp(&other.address));
    found
}

fn controller(sys: &Path, bus: &str, device: &Path, drivers: &Drivers) -> Option<Controller> {
    if device.join("driver").exists() {
        return None;
    }
    let modalias = alias(device)?;
    let kind = if bus == "pci" {
        let class = fs::read_to_string(device.join("class")).ok()?;
        PCI.iter().find(|(start, _)| class.starts_with(start))?.1
    } else {
        OTHERS.iter().find(|(on, start, _)| *on == bus && modalias.starts_with(start))?.2
    };
    let module = drivers.of(&modalias).map(str::to_owned);
    // A driver that was not loaded was left out on purpose: nothing is attached to any port of its controller.
    if module.as_ref().is_some_and(|module| !sys.join("module").join(module).exists()) {
        return None;
    }
    let address = device.file_name()?.to_string_lossy().into_owned();
    Some(Controller { kind: kind.into(), address, modalias, module })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn a_controller_without_a_driver_is_reported_and_others_are_not() {
        let root = Scratch::new("controllers");
        for (bus, device, file, text) in [
            ("pci", "0000:00:04.0", "class", "0x0c0330\n"),
            ("pci", "0000:00:04.0", "modalias", "pci:v00001B36d0000000Dsv0sd0bc0Csc03i30\n"),
            ("pci", "0000:00:05.0", "class", "0x010802\n"),
            ("pci", "0000:00:05.0", "modalias", "pci:v0000144Dd0000A808sv0sd0bc01sc08i02\n"),
            ("pci", "0000:00:05.0", "driver/module", ""),
            ("pci", "0000:00:06.0", "class", "0x010400\n"),
            ("pci", "0000:00:06.0", "modalias", "pci:v00001000d00000073sv0sd0bc01sc04i00\n"),
            ("pci", "0000:00:07.0", "class", "0x010601\n"),
            ("pci", "0000:00:07.0", "modalias", "pci:v00008086d00002922sv0sd0bc01sc06i01\n"),
            ("pci", "0000:00:02.0", "class", "0x030000\n"),
            ("pci", "0000:00:02.0", "modalias", "pci:v00001234d00001111sv0sd0bc03sc00i00\n"),
            ("xen", "vbd-51712", "modalias", "xen:vbd\n"),
            ("xen", "vif-0", "modalias", "xen:vif\n"),
        ] {
            let path = root.join("bus").join(bus).join("devices").join(device).join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::create_dir_all(root.join("module/megaraid_sas")).unwrap();
        let index =
            br#"{"aliases":[["pci:v00001000d00000073sv*","megaraid_sas"],["pci:v*d*sv*sd*bc01sc06i01*","ahci"]]}"#;
        let found = without_driver(&root, &Drivers::of_index(index).unwrap());
        let shown: Vec<_> = found.iter().map(|c| (c.kind.as_str(), c.address.as_str(), c.module.as_deref())).collect();
        assert_eq!(
            shown,
            [
                ("USB controller", "0000:00:04.0", None),
                // Its module is there and did not take it.
                ("RAID controller", "0000:00:06.0", Some("megaraid_sas")),
                ("Xen disk", "vbd-51712", None),
            ]
        );
    }
}
