//! Loop devices: a file as a block device.

use rustix::fd::{AsFd, AsRawFd, BorrowedFd};
use std::fs::File;
use std::io::{Error, Result};

const SET_FD: libc::c_ulong = 0x4C00;
const CLR_FD: libc::c_ulong = 0x4C01;
const CONFIGURE: libc::c_ulong = 0x4C0A;
const GET_FREE: libc::c_ulong = 0x4C82;
const READ_ONLY: u32 = 1;

/// struct loop_config with its struct loop_info64, of which init sets the flags only.
#[repr(C)]
struct Config {
    fd: u32,
    block_size: u32,
    before_flags: [u8; 52],
    flags: u32,
    after_flags: [u8; 176],
    reserved: [u64; 8],
}

/// The number of a free loop device.
pub fn free_number() -> Result<u32> {
    let control = File::options().read(true).write(true).open("/dev/loop-control")?;
    let number = ioctl(control.as_fd(), GET_FREE, 0)?;
    u32::try_from(number).map_err(Error::other)
}

/// Attaches `file` to a free loop device and returns its path.
pub fn attach(file: &File, read_only: bool) -> Result<String> {
    let path = format!("/dev/loop{}", free_number()?);
    let device = File::options().read(true).write(!read_only).open(&path)?;
    let config = Config {
        fd: u32::try_from(file.as_raw_fd()).map_err(Error::other)?,
        block_size: 0,
        before_flags: [0; 52],
        flags: if read_only { READ_ONLY } else { 0 },
        after_flags: [0; 176],
        reserved: [0; 8],
    };
    match ioctl(device.as_fd(), CONFIGURE, std::ptr::from_ref(&config) as libc::c_ulong) {
        // A kernel before 5.8 has no LOOP_CONFIGURE.
        Err(e) if e.raw_os_error() == Some(libc::EINVAL) => {
            ioctl(device.as_fd(), SET_FD, libc::c_ulong::from(config.fd))?
        }
        done => done?,
    };
    Ok(path)
}

/// Detaches a loop device from its file.
pub fn detach(path: &str) -> Result<()> {
    ioctl(File::open(path)?.as_fd(), CLR_FD, 0).map(|_| ())
}

fn ioctl(fd: BorrowedFd, request: libc::c_ulong, argument: libc::c_ulong) -> Result<i32> {
    // SAFETY: the requests of this file take a number or a pointer to a live `Config`, which the kernel only reads.
    let answer = unsafe { libc::ioctl(fd.as_raw_fd(), request, argument) };
    if answer < 0 { Err(Error::last_os_error()) } else { Ok(answer) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_that_of_the_kernel() {
        // loop_info64 is 232 bytes with lo_flags at 52; loop_config is 8 + 232 + 64.
        assert_eq!(std::mem::size_of::<Config>(), 304);
        assert_eq!(std::mem::offset_of!(Config, flags), 8 + 52);
    }
}
