//! Stage `mounts` of the initramfs: the kernel's own filesystems.

use crate::core::error::{Code, Result, Step};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sys::kernel::{Kernel, Sys, set_rcu_expedited};
use rustix::mount::MountFlags as Flags;

/// In order: `/dev` first, so that the console exists if a later mount fails.
const TABLE: [(&str, &str, Flags, &str); 4] = [
    ("devtmpfs", "/dev", Flags::NOSUID, "mode=0755"),
    ("proc", "/proc", Flags::NOSUID.union(Flags::NODEV).union(Flags::NOEXEC), ""),
    ("sysfs", "/sys", Flags::NOSUID.union(Flags::NODEV).union(Flags::NOEXEC), ""),
    ("tmpfs", "/run", Flags::NOSUID.union(Flags::NODEV), "mode=0755,size=25%"),
];

/// Which of its magic keys the kernel accepts.
const SYSRQ: &str = "/proc/sys/kernel/sysrq";

/// Fails on the first mount that the kernel refuses.
pub fn run(_: &mut Node) -> std::result::Result<(), Interrupt> {
    mount_all(&Kernel)?;
    forbid_sysrq(&Kernel);
    set_rcu_expedited(true);
    Ok(())
}

/// Anyone at the serial console could reset the machine by a break and the letter b, with all that is not on the disks
/// yet. So the kernel's magic keys are off from here on, before a config can be there; `kernel.sysctl` of the config may
/// allow them again.
fn forbid_sysrq(sys: &dyn Sys) {
    // A kernel without these keys has no such value.
    let _ = sys.poke(SYSRQ, "0\n");
}

fn mount_all(sys: &dyn Sys) -> Result<()> {
    for (fstype, target, flags, data) in TABLE {
        sys.mkdir(target, 0o755).step(Code::KernelRefused, "make directory", target)?;
        match sys.mount(fstype, target, fstype, flags, data) {
            // A kernel with CONFIG_DEVTMPFS_MOUNT has done it itself.
            Err(e) if target == "/dev" && e.raw_os_error() == Some(libc::EBUSY) => {}
            mounted => mounted.step(Code::KernelRefused, "mount", target)?,
        }
    }
    sys.mkdir("/run/keel", 0o755).step(Code::KernelRefused, "make directory", "/run/keel")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::kernel::recorder::Recorder;

    #[test]
    fn the_magic_keys_are_switched_off_and_a_kernel_without_them_is_not_a_failure() {
        let sys = Recorder::default();
        forbid_sysrq(&sys);
        assert_eq!(sys.calls.into_inner(), ["poke /proc/sys/kernel/sysrq 0\n"]);
        forbid_sysrq(&Recorder { refuse: Some("poke"), ..Recorder::default() });
    }

    #[test]
    fn dev_comes_first_and_a_refused_mount_says_which_one() {
        let sys = Recorder { refuse: Some("mount /run"), ..Recorder::default() };
        let error = mount_all(&sys).unwrap_err();
        assert_eq!((error.code, error.verb.as_str()), (Code::KernelRefused, "mount"));
        assert_eq!((error.object.as_str(), error.errno), ("/run", Some(22)));
        assert!(sys.calls.borrow().first().unwrap().starts_with("mkdir /dev"));
    }
}
