//! `child mount`: mounts filesystems of the config for PID 1, whose mount namespace is the worker's as well.

use crate::core::config::{Filesystem, Format, MountOption};
use crate::core::error::{Code, Result, Step};
use crate::pid1::worker::{ended, job};
use crate::sys::kernel::{Kernel, Sys};
use rustix::mount::MountFlags;
use serde::{Deserialize, Serialize};

/// A filesystem to mount.
#[derive(Debug, Serialize, Deserialize)]
pub struct Mounting {
    /// Path of the partition's device.
    pub device: String,
    /// What the config says about it.
    pub filesystem: Filesystem,
    /// Where in the machine config a failure is; None: it does not matter.
    pub pointer: Option<String>,
}

/// 0: all are mounted. 1: an error.
pub fn run() -> u8 {
    let Some((all, _)) = job::<Vec<Mounting>>(0) else { return 2 };
    ended(mount_all(&Kernel, &all))
}

fn mount_all(sys: &dyn Sys, all: &[Mounting]) -> Result<()> {
    all.iter().try_for_each(|one| {
        mount(sys, &one.device, &one.filesystem).map_err(|error| match &one.pointer {
            Some(pointer) => error.with_pointer(pointer),
            None => error,
        })
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::kernel::recorder::Recorder;

    fn mounting(path: &str, at: usize) -> Mounting {
        let filesystem = serde_json::json!({
            "partition": "data", "format": "ext4", "mountPath": path, "mountOptions": ["nodev", "noatime"],
        });
        Mounting {
            device: format!("/dev/vda{at}"),
            filesystem: serde_json::from_value(filesystem).unwrap(),
            pointer: Some(format!("/storage/filesystems/{at}")),
        }
    }

    #[test]
    fn a_directory_is_made_after_the_filesystem_above_it_is_mounted_and_a_refusal_points_at_its_own() {
        let all = [mounting("/var/a", 0), mounting("/var/a/b", 1)];
        let sys = Recorder::default();
        mount_all(&sys, &all).unwrap();
        let calls = sys.calls.into_inner();
        let begin =
            ["mkdir /var/a 755", "mount /var/a ext4 /dev/vda0 0x404", "mkdir /var/a/b 755", "mount /var/a/b ext4"];
        assert_eq!(calls.len(), begin.len(), "{calls:?}");
        assert!(calls.iter().zip(begin).all(|(call, begin)| call.starts_with(begin)), "{calls:?}");
        let refused = mount_all(&Recorder { refuse: Some("mount /var/a/b"), ..Recorder::default() }, &all).unwrap_err();
        assert_eq!((refused.code, refused.pointer.as_deref()), (Code::MountFailed, Some("/storage/filesystems/1")));
    }
}
