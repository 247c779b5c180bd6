//! Which ports of an AHCI controller have something on them. The driver finds that out too, but it waits a second for
//! ports that are empty, and most virtual machines have the controller and nothing on it.

use rustix::fd::AsRawFd;
use std::fs::File;
use std::path::Path;
use std::ptr::{null_mut, read_volatile};

/// The registers that all ports share, and those of 32 ports.
const REGISTERS: usize = 0x100 + 32 * 0x80;
const CAPABILITIES: usize = 0x00;
/// The controller spins disks up one by one when its driver says so: before, nothing is linked.
const STAGGERED_SPIN_UP: u32 = 1 << 27;
const PORTS_IMPLEMENTED: usize = 0x0c;

/// The ports with a link, one bit each; None when the controller does not tell. `device` is its folder in sysfs.
pub fn linked_ports(device: &Path) -> Option<u32> {
    let file = File::open(device.join("resource5")).ok()?;
    let length = usize::try_from(file.metadata().ok()?.len()).ok()?.min(REGISTERS);
    // SAFETY: a new shared mapping of an open file; its address is chosen by the kernel.
    let start = unsafe { libc::mmap(null_mut(), length, libc::PROT_READ, libc::MAP_SHARED, file.as_raw_fd(), 0) };
    if start == libc::MAP_FAILED {
        return None;
    }
    let read = |offset: usize| {
        let inside = offset.is_multiple_of(4) && offset + 4 <= length;
        // SAFETY: inside the mapping and aligned; reading these registers changes nothing.
        inside.then(|| unsafe { read_volatile(start.cast::<u8>().add(offset).cast::<u32>()) })
    };
    let linked = linked(read);
    // SAFETY: the mapping of above, used for the last time.
    unsafe { libc::munmap(start, length) };
    linked
}

fn linked(read: impl Fn(usize) -> Option<u32>) -> Option<u32> {
    let (capabilities, ports) = (read(CAPABILITIES)?, read(PORTS_IMPLEMENTED)?);
    // All ones: the device does not answer. No ports: nobody has set it up.
    if capabilities == u32::MAX || capabilities & STAGGERED_SPIN_UP != 0 || ports == 0 {
        return None;
    }
    let mut linked = 0;
    for port in (0..32).filter(|port| ports & (1 << port) != 0) {
        // The lowest four bits of the port's status: nothing, something, something that talks, or turned off.
        match read(0x100 + port * 0x80 + 0x28)? & 0xf {
            0 => {}
            1 | 3 => linked |= 1 << port,
            _ => return None,
        }
    }
    Some(linked)
}

#[cfg(test)]
mod tests {
    use super::linked;

    /// A controller with six ports and the given status of the first two.
    fn controller(capabilities: u32, first: u32, second: u32) -> impl Fn(usize) -> Option<u32> {
        move |offset| match offset {
            0x00 => Some(capabilities),
            0x0c => Some(0x3f),
            0x128 => Some(first),
            0x1a8 => Some(second),
            _ => (offset < 0x1000).then_some(0),
        }
    }

    #[test]
    fn ports_with_a_link_are_told_from_empty_ones() {
        assert_eq!(linked(controller(0xc014_1f05, 0, 0)), Some(0));
        assert_eq!(linked(controller(0xc014_1f05, 0, 0x113)), Some(2));
    }

    #[test]
    fn a_controller_that_may_hide_something_tells_nothing() {
        assert_eq!(linked(controller(1 << 27, 0, 0)), None);
        assert_eq!(linked(controller(u32::MAX, 0, 0)), None);
        assert_eq!(linked(controller(0, 4, 0)), None);
        assert_eq!(linked(|offset| (offset < 0x100).then_some(1)), None);
    }
}
