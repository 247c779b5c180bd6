//! The filesystems of the config: every filesystem of the config is mounted.

use crate::core::config::{Filesystem, Format, MachineConfig, MountOption};
use crate::core::error::{Code, Error, Result, Step};
use crate::core::observation::Observation;
use crate::core::plan::select;
use crate::disk::apply::kernel_partitions::device_of;
use crate::disk::apply::number_of;
use crate::pid1::node::Node;
use crate::sys::kernel::{Kernel, Sys};
use rustix::mount::{MountFlags, UnmountFlags, unmount};
use std::io;

/// In the order of the config. The kernel replays the journal of one that was not unmounted.
pub fn mount_all(node: &mut Node) -> Result<()> {
    let config = node.config()?;
    let seen = node.observation.clone().unwrap_or_default();
    for (i, filesystem) in config.storage.filesystems.iter().enumerate() {
        let pointer = format!("/storage/filesystems/{i}");
        let device = device(&config, &seen, filesystem).map_err(|e| e.with_pointer(format!("{pointer}/partition")))?;
        mount(&Kernel, &device, filesystem).map_err(|e| e.with_pointer(pointer))?;
    }
    Ok(())
}

/// Does something while a filesystem is mounted at its place, before the others are.
pub fn while_mounted(device: &str, filesystem: &Filesystem, act: impl FnOnce()) -> Result<()> {
    mount(&Kernel, device, filesystem)?;
    act();
    let path = filesystem.mount_path.as_str();
    unmount(path, UnmountFlags::empty()).map_err(io::Error::from).step(Code::UnmountFailed, "unmount", path)
}

/// The device of a filesystem's partition: its disk by the selector, its number by the label in the table.
fn device(config: &MachineConfig, seen: &Observation, filesystem: &Filesystem) -> Result<String> {
    let missing = || Error::new(Code::Bug, "find partition", &filesystem.partition);
    let wanted = config
        .storage
        .disks
        .iter()
        .find(|disk| disk.partitions.iter().any(|p| p.label == filesystem.partition))
        .ok_or_else(missing)?;
    let disk = select(&wanted.selector, seen)?;
    let number = number_of(disk, &filesystem.partition)?;
    device_of(&disk.device, number).step(Code::DiskIo, "find partition", &filesystem.partition)
}

fn mount(sys: &dyn Sys, device: &str, filesystem: &Filesystem) -> Result<()> {
    let path = filesystem.mount_path.as_str();
    let Format::Ext4 = filesystem.format;
    sys.mkdir(path, 0o755).step(Code::PathUnwritable, "make directory", path)?;
    sys.mount(device, path, "ext4", flags(&filesystem.mount_options), "")
        .step(Code::MountFailed, "mount", path)
        .map_err(|e| e.with_detail(format!("{device} ({})", filesystem.partition)))
}

fn flags(options: &[MountOption]) -> MountFlags {
    let flag = |option: &MountOption| match option {
        MountOption::Nodev => MountFlags::NODEV,
        MountOption::Nosuid => MountFlags::NOSUID,
        MountOption::Noexec => MountFlags::NOEXEC,
        MountOption::Noatime => MountFlags::NOATIME,
        MountOption::Ro => MountFlags::RDONLY,
    };
    options.iter().map(flag).fold(MountFlags::empty(), MountFlags::union)
}
