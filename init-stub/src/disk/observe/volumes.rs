//! The filesystems that a source may be on: on whole disks, on partitions and on optical media.

use super::sysfs::block_names;
use crate::core::content::volume::{Volume, identify};
use crate::sys::disk_file::DiskFile;
use std::fs::{self, File};
use std::path::Path;

/// What every block device below `sys` shows, by device. One that cannot be read shows nothing: an optical drive without
/// a medium is not a failure.
pub fn volumes(sys: &Path, dev: &Path) -> Vec<Volume> {
    let names = block_names(sys, &["loop", "ram", "zram", "fd", "dm-", "md", "nbd", "mtdblock"]).unwrap_or_default();
    let look = |name: &str| {
        let path = dev.join(name);
        let device = DiskFile::new(File::open(&path).ok()?, 512).ok()?;
        Some(Volume { device: path.to_string_lossy().into_owned(), identity: identify(&device).ok()?? })
    };
    let mut found = Vec::new();
    for disk in names {
        let whole = look(&disk);
        let same = |part: &Volume| whole.as_ref().map(|w| &w.identity) == Some(&part.identity);
        let mut parts: Vec<Volume> = partitions(sys, &disk).iter().filter_map(|part| look(part)).collect();
        // Media that are both a disk and an optical medium show one filesystem twice.
        parts.retain(|part| !same(part));
        found.extend(whole.into_iter().chain(parts));
    }
    found
}

fn partitions(sys: &Path, disk: &str) -> Vec<String> {
    let entries = fs::read_dir(sys.join("block").join(disk)).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().join("partition").exists())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort_unstable_by_key(|name| (name.len(), name.clone()));
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn iso(label: &str) -> Vec<u8> {
        let mut bytes = vec![0; 64 << 10];
        bytes[32_768..32_774].copy_from_slice(b"\x01CD001");
        bytes[32_808..32_808 + label.len()].copy_from_slice(label.as_bytes());
        bytes
    }

    #[test]
    fn disks_partitions_and_optical_media_are_looked_at_and_the_same_filesystem_once() {
        let root = Scratch::new("volumes");
        let (sys, dev) = (root.join("sys"), root.join("dev"));
        fs::create_dir_all(&dev).unwrap();
        for (path, content) in [
            ("vda/vda1/partition", "1"),
            ("vda/vda2/partition", "2"),
            ("vdb/size", "1"),
            ("sr0/size", "1"),
            ("sr1/size", "1"),
            ("loop0/size", "1"),
            ("nvme0c0n1/hidden", "1\n"),
        ] {
            let file = sys.join("block").join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        for (name, label) in [
            ("vda", "hybrid"),
            ("vda1", "hybrid"),
            ("vda2", "other"),
            ("sr0", "cidata"),
            ("loop0", "x"),
            ("nvme0c0n1", "x"),
        ] {
            fs::write(dev.join(name), iso(label)).unwrap();
        }
        fs::write(dev.join("vdb"), [0; 4096]).unwrap();
        let found = volumes(&sys, &dev);
        let shown: Vec<_> =
            found.iter().map(|v| (v.device.rsplit('/').next().unwrap(), v.identity.label.as_str())).collect();
        assert_eq!(shown, [("sr0", "cidata"), ("vda", "hybrid"), ("vda2", "other")]);
    }
}
