use super::*;
use crate::scratch::Scratch;
use std::os::unix::fs::symlink;

/// Files below sys, and links from where the kernel lists a device to where it is.
fn sys(name: &str, files: &[(&str, &str)], links: &[(&str, &str)]) -> Scratch {
    let root = Scratch::new(&format!("late-{name}"));
    for (path, text) in files {
        let file = root.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    for (link, target) in links {
        let link = root.join(link);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        fs::create_dir_all(root.join(target)).unwrap();
        symlink(root.join(target), link).unwrap();
    }
    root
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_machine_without_hosts_waits_for_nothing() {
    let root = sys("none", &[("block/vda/size", "1")], &[]);
    assert_eq!(searching(&root, false), NOTHING);
}

#[test]
fn a_hub_is_waited_for_until_it_has_settled() {
    let hub = |age: &str| {
        let files = [("devices/usb1/bDeviceClass", "09\n"), ("devices/usb1/power/connected_duration", age)];
        let root = sys("hub", &files, &[("bus/usb/devices/usb1", "devices/usb1")]);
        searching(&root, false)
    };
    assert_eq!(hub("140\n"), ["usb1"]);
    assert_eq!(hub("2000\n"), NOTHING);
    // A kernel that does not tell.
    assert_eq!(hub("\n"), NOTHING);
}

#[test]
fn a_stick_is_waited_for_until_it_shows_a_disk_and_a_keyboard_is_not() {
    let files =
        [("devices/usb1/1-1/1-1:1.0/bInterfaceClass", "08\n"), ("devices/usb1/1-2/1-2:1.0/bInterfaceClass", "03\n")];
    let links = [
        ("bus/usb/devices/1-1:1.0", "devices/usb1/1-1/1-1:1.0"),
        ("bus/usb/devices/1-2:1.0", "devices/usb1/1-2/1-2:1.0"),
        ("block/vda", "devices/pci/vda"),
    ];
    let root = sys("stick", &files, &links);
    assert_eq!(searching(&root, true), ["1-1:1.0"]);
    let disk = root.join("devices/usb1/1-1/1-1:1.0/host7/target7:0:0/7:0:0:0/block/sda");
    fs::create_dir_all(&disk).unwrap();
    symlink(&disk, root.join("block/sda")).unwrap();
    assert_eq!(searching(&root, true), NOTHING);
}

#[test]
fn a_card_reader_is_waited_for_until_it_has_settled_and_a_card_until_it_shows_a_disk() {
    let root = sys("mmc", &[("devices/sdhci/mmc0/index", "0")], &[("class/mmc_host/mmc0", "devices/sdhci/mmc0")]);
    assert_eq!(searching(&root, false), ["mmc0"]);
    assert_eq!(searching(&root, true), NOTHING);
    let card = root.join("devices/sdhci/mmc0/mmc0:4567");
    fs::create_dir_all(&card).unwrap();
    fs::write(card.join("type"), "SD\n").unwrap();
    fs::create_dir_all(root.join("bus/mmc/devices")).unwrap();
    symlink(&card, root.join("bus/mmc/devices/mmc0:4567")).unwrap();
    assert_eq!(searching(&root, true), ["mmc0:4567"]);
    fs::create_dir_all(card.join("block/mmcblk0")).unwrap();
    assert_eq!(searching(&root, false), NOTHING);
    // A network card in the slot shows no disk, ever.
    fs::remove_dir_all(card.join("block")).unwrap();
    fs::write(card.join("type"), "SDIO\n").unwrap();
    assert_eq!(searching(&root, false), NOTHING);
}

#[test]
fn a_scsi_host_without_a_target_may_still_search_but_not_one_of_ata_or_usb() {
    let host = |path: &str| {
        let root = sys("scsi", &[], &[("class/scsi_host/host2/device", path)]);
        let before = (searching(&root, false), searching(&root, true));
        fs::create_dir_all(root.join(path).join("target2:0:0")).unwrap();
        assert_eq!(searching(&root, false), NOTHING);
        before
    };
    assert_eq!(host("devices/pci/virtio1/host2"), (vec!["host2".to_owned()], Vec::new()));
    assert_eq!(host("devices/pci/ata3/host2"), (Vec::new(), Vec::new()));
    assert_eq!(host("devices/pci/usb1/1-1/1-1:1.0/host2"), (Vec::new(), Vec::new()));
}
