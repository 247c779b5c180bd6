//! The kernel's announcements of new devices.

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};
use std::io::Result;

/// A socket that hears of every device.
pub struct Uevents(OwnedFd);

impl Uevents {
    /// Starts to listen. Look at the devices after this, so that none is missed.
    pub fn open() -> Result<Self> {
        let socket = socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
            Some(KOBJECT_UEVENT),
        )?;
        bind(&socket, &SocketAddrNetlink::new(0, 1))?;
        Ok(Self(socket))
    }

    /// Takes all announcements that are there; false when there is none. Their content does not matter: who hears of one looks
    /// at sysfs.
    pub fn take(&self) -> bool {
        let mut message = [0; 8192];
        let mut any = false;
        // An overrun means "look again" as well.
        while matches!(recv(&self.0, &mut message, RecvFlags::empty()), Ok(_) | Err(rustix::io::Errno::NOBUFS)) {
            any = true;
        }
        any
    }
}

impl AsFd for Uevents {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
