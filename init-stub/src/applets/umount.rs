//! `umount`. The kubelet reads its stderr: "not mounted" means that a path is not a mount point.

use super::failure::Failure;
use rustix::io::Errno;
use rustix::mount::{UnmountFlags as Flags, unmount};

/// Unmounts every path given.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let (mut flags, mut targets) = (Flags::NOFOLLOW, Vec::new());
    for argument in arguments {
        match argument.as_str() {
            "-f" | "--force" => flags |= Flags::FORCE,
            "-l" | "--lazy" => flags |= Flags::DETACH,
            "-n" | "-v" | "-i" | "--" => {}
            flag if flag.len() > 1 && flag.starts_with('-') => {
                return Err(Failure::usage(format!("unknown flag {flag}")));
            }
            target => targets.push(target),
        }
    }
    if targets.is_empty() {
        return Err(Failure::usage("wanted: TARGET"));
    }
    targets.into_iter().try_for_each(|target| match unmount(target, flags) {
        Ok(()) => Ok(()),
        Err(Errno::INVAL) => Err(Failure { code: 32, message: format!("{target}: not mounted.") }),
        Err(Errno::NOENT) => Err(Failure { code: 32, message: format!("{target}: no mount point specified.") }),
        Err(e) => Err(Failure::refused(target, &e.into())),
    })
}
