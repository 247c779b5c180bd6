//! The stages of a boot, one per file and each thin: it calls the subjects. Each is `fn run(node: &mut Node) -> Result<(), Interrupt>`.

pub mod cgroups;
pub mod console;
pub mod disks;
pub mod files;
pub mod filesystems;
pub mod initramfs_mounts;
pub mod join;
pub mod modules;
pub mod mounts;
pub mod network;
pub mod observe;
pub mod persist;
pub mod root;
pub mod runtime;
pub mod source;
pub mod start;
pub mod steady;
pub mod system;
pub mod time;
pub mod verify;
