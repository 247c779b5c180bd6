//! Telling the kernel about partitions, one by one: re-reading a whole table is refused while any of it is in use.

use rustix::fd::{AsFd, AsRawFd};
use std::io::{Error, Result};

const BLKPG: libc::c_ulong = 0x1269;
const ADD: libc::c_int = 1;
const DELETE: libc::c_int = 2;

/// `struct blkpg_partition`
#[repr(C)]
struct BlkpgPartition {
    start: libc::c_longlong,
    length: libc::c_longlong,
    number: libc::c_int,
    names: [u8; 128],
}

/// `struct blkpg_ioctl_arg`
#[repr(C)]
struct BlkpgArgument {
    operation: libc::c_int,
    flags: libc::c_int,
    length: libc::c_int,
    partition: *mut BlkpgPartition,
}

/// Adds partition `number`; start and length in bytes. Its device node is there when this returns.
pub fn add_partition(disk: impl AsFd, number: u32, start: u64, length: u64) -> Result<()> {
    blkpg(disk, ADD, number, start, length)
}

/// Forgets partition `number`; refused while it is in use.
pub fn delete_partition(disk: impl AsFd, number: u32) -> Result<()> {
    blkpg(disk, DELETE, number, 0, 0)
}

fn blkpg(disk: impl AsFd, operation: libc::c_int, number: u32, start: u64, length: u64) -> Result<()> {
    let out_of_range = |_| Error::from_raw_os_error(libc::ERANGE);
    let mut partition = BlkpgPartition {
        start: start.try_into().map_err(out_of_range)?,
        length: length.try_into().map_err(out_of_range)?,
        number: number.try_into().map_err(out_of_range)?,
        names: [0; 128],
    };
    let size = libc::c_int::try_from(size_of::<BlkpgPartition>()).map_err(out_of_range)?;
    let mut argument = BlkpgArgument { operation, flags: 0, length: size, partition: &raw mut partition };
    // SAFETY: both structs have the kernel's layout and live until the call returns; BLKPG keeps no pointer.
    let result = unsafe { libc::ioctl(disk.as_fd().as_raw_fd(), BLKPG, &raw mut argument) };
    if result == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}
