//! What is on a disk, a partition or a filesystem, told by its bytes.

pub mod probe;
pub mod volume;
