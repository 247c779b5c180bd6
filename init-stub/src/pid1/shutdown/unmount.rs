//! Unmounting everything that can hold data, the newest mount first.

use rustix::mount::{MountFlags, UnmountFlags, mount_remount, unmount};

/// Never unmounted: the kernel's own, and what PID 1 itself runs from. None of them keeps data.
const KEPT: [&str; 5] = ["/", "/dev", "/proc", "/sys", "/run"];

/// Filesystems of disks: the only ones of which a mount that stays makes a shutdown unclean.
const ON_DISK: [&str; 5] = ["ext4", "xfs", "btrfs", "vfat", "ext2"];

/// One mount: where, and of which kind.
#[derive(Debug, PartialEq)]
struct Mount {
    target: String,
    fstype: String,
}

/// Unmounts everything and returns what stayed although it is on a disk.
pub fn all() -> Vec<String> {
    // A second round frees what a mount of the first still held.
    for _ in 0..2 {
        for mount in mounts().iter().rev().filter(|mount| !KEPT.contains(&mount.target.as_str())) {
            // What stays is looked at again below.
            let _ = unmount(mount.target.as_str(), UnmountFlags::NOFOLLOW);
        }
    }
    let mut stuck = Vec::new();
    for mount in mounts().iter().rev().filter(|mount| ON_DISK.contains(&mount.fstype.as_str())) {
        // Read-only, its journal is at least complete.
        let _ = mount_remount(mount.target.as_str(), MountFlags::RDONLY, c"");
        let _ = unmount(mount.target.as_str(), UnmountFlags::DETACH);
        stuck.push(mount.target.clone());
    }
    stuck
}

/// Devices of ext4 filesystems that the kernel still holds, mounted or not.
pub fn alive() -> Vec<String> {
    let names = std::fs::read_dir("/sys/fs/ext4")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name != "features").map(|name| format!("/dev/{name}")).collect()
}

fn mounts() -> Vec<Mount> {
    parse(&std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default())
}

/// Field 5 is the mount point with octal escapes; the kind is the first field after the lone dash.
fn parse(text: &str) -> Vec<Mount> {
    let row = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        Some(Mount { target: unescape(before.split(' ').nth(4)?), fstype: after.split(' ').next()?.to_owned() })
    };
    text.lines().filter_map(row).collect()
}

fn unescape(field: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(field.to_owned(), |text, (code, plain)| text.replace(code, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mountinfo_is_read_with_its_escapes() {
        let text =
            "36 35 98:0 / /mnt/a\\040b rw,noatime shared:1 - ext4 /dev/vda2 rw\n37 1 0:5 / /proc rw - proc proc rw\n";
        let found = parse(text);
        assert_eq!(found.first(), Some(&Mount { target: "/mnt/a b".into(), fstype: "ext4".into() }));
        assert_eq!(found.len(), 2);
    }
}
