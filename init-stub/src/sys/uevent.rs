//! The kernel's announcements of new devices.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};
use std::io::Result;
use std::time::Instant;

/// A socket that receives the announcement of every device.
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

    /// Waits for announcements and takes all that are there; false when `until` passed without any. For a worker: PID 1 has an
    /// event loop.
    pub fn wait(&self, until: Instant) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        let timeout = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(left.subsec_nanos()),
        };
        poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&timeout)).is_ok_and(|ready| ready > 0) && self.take()
    }

    /// Takes all announcements that are there; false when there is none. Their content does not matter: the reader looks after one
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
