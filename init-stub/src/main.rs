//! keel-init: PID 1 of a Keel node. The boot is the two tables below, read top to bottom.

use keel_init::{Stage, stages, start};
use std::process::ExitCode;

/// From the kernel to the root image. The last stage does not return: PID 1 goes on as the root image's keel-init.
const INITRAMFS: [Stage; 4] = [
    ("mounts", stages::initramfs_mounts::run),
    ("console", stages::console::run),
    ("modules", stages::modules::run),
    ("root", stages::root::run),
];

/// From the root image to a steady node.
const BOOT: [Stage; 16] = [
    ("mounts", stages::mounts::run),
    ("cgroups", stages::cgroups::run),
    ("modules", stages::modules::run),
    ("observe", stages::observe::run),
    ("source", stages::source::run),
    ("verify", stages::verify::run),
    ("disks", stages::disks::run),
    ("filesystems", stages::filesystems::run),
    ("persist", stages::persist::run),
    ("files", stages::files::run),
    ("system", stages::system::run),
    ("network", stages::network::run),
    ("time", stages::time::run),
    ("runtime", stages::runtime::run),
    ("join", stages::join::run),
    ("steady", stages::steady::run),
];

fn main() -> ExitCode {
    start(&INITRAMFS, &BOOT)
}
