//! The stages of a boot, one deed per file. Each is `fn run(node: &mut Node) -> Result<()>`.

pub mod cgroups;
pub mod console;
pub mod disks;
pub mod failed;
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
pub mod shutdown;
pub mod source;
pub mod steady;
pub mod system;
pub mod time;
pub mod verify;
