//! keel-init: PID 1 of a Keel node. The boot is the two tables below, read top to bottom.

use keel_init::{Stage, boot, start};
use std::process::ExitCode;

/// From the kernel to the root image. The last stage does not return: PID 1 goes on as the root image's keel-init.
const INITRAMFS: [Stage; 4] = [
    ("mounts", boot::initramfs_mounts::run),
    ("console", boot::console::run),
    ("modules", boot::modules::run),
    ("root", boot::root::run),
];

/// From the root image to a steady node.
const BOOT: [Stage; 16] = [
    ("mounts", boot::mounts::run),
    ("cgroups", boot::cgroups::run),
    ("modules", boot::modules::run),
    ("observe", boot::observe::run),
    ("source", boot::source::run),
    ("verify", boot::verify::run),
    ("disks", boot::disks::run),
    ("filesystems", boot::filesystems::run),
    ("persist", boot::persist::run),
    ("files", boot::files::run),
    ("system", boot::system::run),
    ("network", boot::network::run),
    ("time", boot::time::run),
    ("runtime", boot::runtime::run),
    ("join", boot::join::run),
    ("steady", boot::steady::run),
];

fn main() -> ExitCode {
    start(&INITRAMFS, &BOOT)
}
