//! The filesystems of the config: every filesystem of the config is mounted.

use super::mount_worker::Mounting;
use crate::core::config::{Filesystem, MachineConfig};
use crate::core::error::{Code, Error, Result, Step};
use crate::core::observation::Observation;
use crate::core::plan::select;
use crate::disk::apply::kernel_partitions::device_of;
use crate::disk::apply::number_of;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::Call;
use crate::pid1::node::Node;
use crate::pid1::wait;
use rustix::mount::{UnmountFlags, unmount};
use std::io;
use std::time::Duration;

/// How long they may take together: a large journal on a slow disk takes minutes.
const DEADLINE: Duration = Duration::from_secs(600);

/// In the order of the config. The kernel replays the journal of one that was not unmounted, so that a worker mounts them, and the
/// event loop goes on.
pub fn mount_all(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let config = node.config()?;
    let seen = node.observation.clone().unwrap_or_default();
    let mut all = Vec::new();
    for (i, filesystem) in config.storage.filesystems.iter().enumerate() {
        let pointer = format!("/storage/filesystems/{i}");
        let device = device(&config, &seen, filesystem).map_err(|e| e.with_pointer(format!("{pointer}/partition")))?;
        all.push(Mounting { device, filesystem: filesystem.clone(), pointer: Some(pointer) });
    }
    if all.is_empty() { Ok(()) } else { mount(node, &all) }
}

fn mount(node: &mut Node, all: &[Mounting]) -> std::result::Result<(), Interrupt> {
    let devices = all.iter().map(|one| one.device.as_str()).collect::<Vec<_>>().join(", ");
    let call = Call::to_do("mount", &all, DEADLINE, &devices);
    wait::work(node, &call, Error::new(Code::MountFailed, "mount", devices.as_str()))
}

/// Does something while a filesystem is mounted at its place, before the others are.
pub fn while_mounted(
    node: &mut Node,
    device: &str,
    filesystem: &Filesystem,
    act: impl FnOnce(&mut Node),
) -> std::result::Result<(), Interrupt> {
    mount(node, &[Mounting { device: device.to_owned(), filesystem: filesystem.clone(), pointer: None }])?;
    act(node);
    let path = filesystem.mount_path.as_str();
    Ok(unmount(path, UnmountFlags::empty()).map_err(io::Error::from).step(Code::UnmountFailed, "unmount", path)?)
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
