//! Small programs by name, for the kubelet and the kernel, which execute them. Each is this binary under another name.

mod cp;
mod failure;
mod losetup;
mod modprobe;
mod mount;
mod umount;

use crate::sys::stdio::{complain, print};
use failure::Failure;

/// An applet: its arguments in; an error text and exit code out.
type Applet = fn(&[String]) -> Result<(), Failure>;

/// Every applet: name, usage, code.
const APPLETS: [(&str, &str, Applet); 5] = [
    ("mount", "mount [-t TYPE] [-o OPTION,…] [--bind] [SOURCE] TARGET", mount::run),
    ("umount", "umount [-f] [-l] TARGET…", umount::run),
    ("modprobe", "modprobe [-q] [--] MODULE-OR-ALIAS…", modprobe::run),
    ("losetup", "losetup -j FILE | losetup -f [FILE] | losetup -d DEVICE | losetup -a", losetup::run),
    ("cp", "cp [-r | -a] SOURCE… TARGET", cp::run),
];

/// Runs the applet that this program is called as; None if the name is none of them.
pub fn main(program: &str, arguments: &[String]) -> Option<u8> {
    let name = program.rsplit('/').next()?;
    let (_, usage, applet) = APPLETS.iter().find(|(known, _, _)| *known == name)?;
    if arguments.iter().any(|argument| argument == "--help") {
        print(&format!("usage: {usage}\n"));
        return Some(0);
    }
    Some(match applet(arguments) {
        Ok(()) => 0,
        Err(failure) => {
            if !failure.message.is_empty() {
                complain(&format!("{name}: {}\n", failure.message));
            }
            failure.code
        }
    })
}
