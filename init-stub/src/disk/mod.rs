//! Disks: looking at them, and making them what the machine config says.

pub mod apply;
pub mod files;
pub mod filesystems;
pub mod mount_worker;
pub mod observe;
pub mod persist;
pub mod storage;
pub mod worker;
