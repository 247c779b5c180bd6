//! Disks as the kernel lists them below /sys/block.

use crate::core::config::Transport;
use crate::core::observation::DiskIdentity;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Kernel names of what is not a disk of its own: loop, RAM, optical, floppy, stacked and network devices.
const NO_DISK: [&str; 9] = ["loop", "ram", "zram", "sr", "fd", "dm-", "md", "nbd", "mtdblock"];

/// One disk that the kernel lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Kernel name, for example `vda`.
    pub name: String,
    /// What tells it from others.
    pub identity: DiskIdentity,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Logical sector size in bytes.
    pub sector_bytes: u32,
    /// Whether the kernel refuses writes.
    pub read_only: bool,
}

/// The disks below `sys` (`/sys` on a node) that hold a medium, by name.
pub fn find(sys: &Path) -> io::Result<Vec<Found>> {
    let names = block_names(sys, &NO_DISK)?;
    Ok(names.into_iter().filter_map(|name| found(&sys.join("block").join(&name), name)).collect())
}

/// The block devices that the kernel lists and that can be opened, without those whose names begin as one of `without`,
/// by name.
pub fn block_names(sys: &Path, without: &[&str]) -> io::Result<Vec<String>> {
    let block = sys.join("block");
    let mut names: Vec<String> =
        fs::read_dir(&block)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.retain(|name| !without.iter().any(|prefix| name.starts_with(prefix)));
    names.retain(|name| !is_hidden_part(name) && !is_hidden(&block.join(name)));
    names.sort_unstable_by_key(|name| (name.len(), name.clone()));
    Ok(names)
}

/// Boot and replay-protected areas of eMMC, which the kernel lists as disks.
fn is_hidden_part(name: &str) -> bool {
    name.starts_with("mmcblk") && (name.contains("boot") || name.contains("rpmb"))
}

/// Whether the kernel hides the device: it has no file in /dev. With NVMe multipath each path to a drive is one
/// (`nvme0c0n1`), in addition to the drive itself (`nvme0n1`) and with the same serial number.
fn is_hidden(block: &Path) -> bool {
    text(&block.join("hidden")).as_deref() == Some("1")
}

/// None: no medium, or it went away while we looked.
fn found(block: &Path, name: String) -> Option<Found> {
    let number = |attribute: &str| text(&block.join(attribute))?.parse::<u64>().ok();
    // In units of 512 bytes, whatever the sector size.
    let size_bytes = number("size").filter(|sectors| *sectors > 0)?.saturating_mul(512);
    let identity = DiskIdentity {
        serial: text(&block.join("serial"))
            .or_else(|| text(&block.join("device/serial")))
            .or_else(|| page_80(&block.join("device/vpd_pg80")))
            .or_else(|| usb_serial(block)),
        wwid: text(&block.join("wwid")).or_else(|| text(&block.join("device/wwid"))),
        model: text(&block.join("device/model")).or_else(|| text(&block.join("device/name"))),
        transport: transport(block, &name),
    };
    let sector_bytes = number("queue/logical_block_size").and_then(|n| u32::try_from(n).ok()).unwrap_or(512);
    Some(Found { name, identity, size_bytes, sector_bytes, read_only: number("ro") == Some(1) })
}

/// An attribute's text without spaces at its ends; an empty one is none.
fn text(path: &PathBuf) -> Option<String> {
    let bytes = fs::read(path).ok()?;
    let text = String::from_utf8_lossy(&bytes).trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned();
    Some(text).filter(|text| !text.is_empty())
}

/// The serial number of a SCSI or SATA disk: vital product data page 0x80 behind a header of four bytes.
fn page_80(path: &Path) -> Option<String> {
    let bytes = fs::read(path).ok()?;
    let text = String::from_utf8_lossy(bytes.get(4..)?).trim().to_owned();
    Some(text).filter(|text| !text.is_empty())
}

/// The serial number of the USB device that a disk belongs to: the nearest device above it with a vendor. The kernel
/// asks most USB drives for no vital product data, because some of them hang when they are asked.
fn usb_serial(block: &Path) -> Option<String> {
    let path = fs::canonicalize(block).ok()?;
    let device = path.ancestors().find(|above| above.join("idVendor").exists())?;
    text(&device.join("serial"))
}

fn transport(block: &Path, name: &str) -> Option<Transport> {
    let path = fs::canonicalize(block).ok()?;
    let path = path.to_string_lossy();
    match name {
        _ if name.starts_with("vd") => Some(Transport::Virtio),
        _ if name.starts_with("nvme") => Some(Transport::Nvme),
        _ if name.starts_with("mmcblk") => Some(Transport::Mmc),
        _ if path.contains("/usb") => Some(Transport::Usb),
        _ if path.contains("/ata") => Some(Transport::Sata),
        _ if name.starts_with("sd") => Some(Transport::Scsi),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn tree(name: &str, files: &[(&str, &str)]) -> Scratch {
        let root = Scratch::new(&format!("sysfs-{name}"));
        for (path, text) in files {
            let file = root.join("block").join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        root
    }

    #[test]
    fn disks_are_found_with_what_tells_them_apart_and_others_are_left_out() {
        let root = tree(
            "table",
            &[
                ("vda/size", "8388608\n"),
                ("vda/serial", "keel-disk\n"),
                ("vda/queue/logical_block_size", "512\n"),
                ("vda/ro", "0\n"),
                ("sda/size", "2048\n"),
                ("sda/ro", "1\n"),
                ("sda/device/model", "QEMU HARDDISK   \n"),
                ("sda/device/vpd_pg80", "\0\u{1}\0\u{8}QM00001 "),
                ("sda/device/wwid", "t10.ATA x\n"),
                ("nvme0n1/size", "0\n"),
                ("loop0/size", "99\n"),
                ("sr0/size", "99\n"),
                ("mmcblk0boot0/size", "99\n"),
                ("nvme1n1/size", "2048\n"),
                ("nvme1n1/hidden", "0\n"),
                ("nvme1n1/serial", "S5GXNX0T\n"),
                ("nvme1c0n1/size", "2048\n"),
                ("nvme1c0n1/hidden", "1\n"),
                ("nvme1c0n1/serial", "S5GXNX0T\n"),
                ("nvme1c1n1/size", "2048\n"),
                ("nvme1c1n1/hidden", "1\n"),
            ],
        );
        let disks = find(&root).unwrap();
        let shown: Vec<_> = disks
            .iter()
            .map(|d| {
                (
                    d.name.as_str(),
                    d.identity.serial.as_deref(),
                    d.identity.model.as_deref(),
                    d.identity.transport,
                    d.read_only,
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("sda", Some("QM00001"), Some("QEMU HARDDISK"), Some(Transport::Scsi), true),
                ("vda", Some("keel-disk"), None, Some(Transport::Virtio), false),
                ("nvme1n1", Some("S5GXNX0T"), None, Some(Transport::Nvme), false)
            ]
        );
    }

    #[test]
    fn a_usb_drive_has_the_serial_number_of_its_usb_device_unless_it_tells_its_own() {
        let root = Scratch::new("sysfs-usb");
        let usb = root.join("devices/pci0000:00/0000:00:04.0/usb2/2-1");
        fs::create_dir_all(root.join("block")).unwrap();
        for (name, own, of_device) in
            [("sda", "", "4C530001\n"), ("sdb", "\0\u{1}\0\u{4}OWN1", "1"), ("sdc", "", ""), ("sdd", "", "  \n")]
        {
            let device = usb.with_file_name(name);
            let block = device.join("2-1:1.0/host6/target6:0:0/6:0:0:0/block").join(name);
            fs::create_dir_all(block.join("device")).unwrap();
            fs::write(block.join("size"), "2048\n").unwrap();
            fs::write(device.join("idVendor"), "0781\n").unwrap();
            if !of_device.is_empty() {
                fs::write(device.join("serial"), of_device).unwrap();
            }
            if !own.is_empty() {
                fs::write(block.join("device/vpd_pg80"), own).unwrap();
            }
            std::os::unix::fs::symlink(&block, root.join("block").join(name)).unwrap();
        }
        let serials: Vec<_> = find(&root).unwrap().into_iter().map(|disk| disk.identity.serial).collect();
        assert_eq!(serials, [Some("4C530001".into()), Some("OWN1".into()), None, None]);
        assert!(find(&root).unwrap().iter().all(|disk| disk.identity.transport == Some(Transport::Usb)));
    }
}
