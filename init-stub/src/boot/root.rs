//! Stage `root`: mount the root image, leave the initramfs, and go on as PID 1 of the root image. runc cannot
//! pivot_root while "/" is the initramfs, so it must be left, not only hidden.

use crate::core::error::{Code, Error, Step};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::pid1::report::Handover;
use crate::sys::{clock::mono_ms, loopdev};
use crate::watchdog;
use rustix::mount::{MountFlags, mount, mount_bind, mount_move};
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

const IMAGE: &str = "/root.img";
const FSTYPE: &str = "squashfs";
const ROOT: &str = "/newroot";
/// What the root image goes on using.
const MOVED: [&str; 4] = ["/dev", "/proc", "/sys", "/run"];
/// This program, which is in the image once, and its place in the root.
const HERE: &str = "/init";
const INIT: &str = "/bin/keel-init";

/// Comes back only with an error; otherwise this program image ends here.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let since = mono_ms();
    let image = File::open(IMAGE).step(Code::MountFailed, "open", IMAGE)?;
    let device = loopdev::attach(&image, true).step(Code::MountFailed, "attach loop device to", IMAGE)?;
    std::fs::create_dir_all(ROOT).step(Code::KernelRefused, "make directory", ROOT)?;
    let flags = MountFlags::RDONLY | MountFlags::NODEV | MountFlags::NOSUID;
    mount(&device, ROOT, FSTYPE, flags, None).step(Code::MountFailed, "mount", format!("{IMAGE} as {FSTYPE}"))?;
    mount_bind(HERE, format!("{ROOT}{INIT}")).step(Code::MountFailed, "bind", INIT)?;
    for path in MOVED {
        mount_move(path, format!("{ROOT}{path}")).step(Code::MountFailed, "move mount", path)?;
    }
    free_initramfs();
    rustix::process::chdir(ROOT).step(Code::KernelRefused, "enter", ROOT)?;
    mount_move(".", "/").step(Code::MountFailed, "move mount", ROOT)?;
    rustix::process::chroot(".").step(Code::KernelRefused, "change root to", ROOT)?;
    rustix::process::chdir("/").step(Code::KernelRefused, "enter", "/")?;
    // PID 1 and the kernel's helpers share their root, so modprobe is found in the new one from here on.
    let watchdog = watchdog::hand_over(node);
    let handover = Handover { watchdog, ..node.reporter.handover(since) };
    let refused = Command::new(INIT).arg0("keel-init").args(handover.to_arguments()).exec();
    Err(Error { errno: refused.raw_os_error(), ..Error::new(Code::ProcessMissing, "execute", INIT) }.into())
}

/// Gives back the memory of everything in the initramfs but this program and the root image, which the loop device reads
/// from.
/// What cannot be removed only costs memory, so failures are dropped.
fn free_initramfs() {
    let Ok(device) = std::fs::metadata("/").map(|root| root.dev()) else { return };
    for entry in std::fs::read_dir("/").into_iter().flatten().flatten() {
        let Ok(found) = entry.metadata() else { continue };
        if found.dev() != device || [HERE, IMAGE, ROOT].iter().any(|kept| entry.path().as_os_str() == *kept) {
            continue;
        }
        let _ = if found.is_dir() { std::fs::remove_dir_all(entry.path()) } else { std::fs::remove_file(entry.path()) };
    }
}
