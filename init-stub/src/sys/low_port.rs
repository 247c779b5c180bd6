//! TCP connections from ports below 1024, which tell a server that root has opened them. They are bound ahead: that takes
//! CAP_NET_BIND_SERVICE, and what connects and talks afterwards needs it no more.

use super::random::chance;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::io::{Errno, ioctl_fionbio};
use rustix::net::sockopt::{set_ipv6_v6only, set_socket_reuseaddr, socket_error};
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect as start_connecting, socket_with};
use std::io::{ErrorKind, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Below these are the ports that services have by name.
const FIRST: u16 = 600;
const PORTS: u16 = 1024 - FIRST;

/// A socket that has its port and no peer yet.
#[derive(Debug)]
pub struct Reserved {
    socket: OwnedFd,
    /// Whether it reaches IPv6 addresses; otherwise it reaches IPv4 addresses.
    pub is_ipv6: bool,
}

/// Up to `count` sockets on different free ports, from a random one on: a server may still know the ports of the attempt before.
pub fn reserve(is_ipv6: bool, count: usize) -> Vec<Reserved> {
    let first = u16::from_ne_bytes(chance()) % PORTS;
    let ports = (0..PORTS).map(|n| FIRST + (first + n) % PORTS);
    ports.filter_map(|port| bound(is_ipv6, port).ok()).take(count).collect()
}

fn bound(is_ipv6: bool, port: u16) -> Result<Reserved> {
    let (family, any) = if is_ipv6 {
        (AddressFamily::INET6, IpAddr::V6(Ipv6Addr::UNSPECIFIED))
    } else {
        (AddressFamily::INET, IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    };
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    if is_ipv6 {
        set_ipv6_v6only(&socket, true)?;
    }
    // A connection that is over keeps its port for a minute, but for its own peer only.
    set_socket_reuseaddr(&socket, true)?;
    bind(&socket, &SocketAddr::new(any, port))?;
    Ok(Reserved { socket, is_ipv6 })
}

/// Connects within a time. `AddrInUse` and `AddrNotAvailable`: the port still belongs to an older connection to that peer.
pub fn connect(reserved: Reserved, to: &SocketAddr, within: Duration) -> Result<TcpStream> {
    let Reserved { socket, .. } = reserved;
    match start_connecting(&socket, to) {
        Ok(()) => {}
        Err(Errno::INPROGRESS) => await_connection(&socket, Instant::now() + within)?,
        Err(e) => return Err(e.into()),
    }
    ioctl_fionbio(&socket, false)?;
    Ok(TcpStream::from(socket))
}

fn await_connection(socket: &OwnedFd, until: Instant) -> Result<()> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let timeout = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(left.subsec_nanos()),
        };
        match poll(&mut [PollFd::new(socket, PollFlags::OUT)], Some(&timeout)) {
            Ok(0) => return Err(ErrorKind::TimedOut.into()),
            Ok(_) => return Ok(socket_error(socket)??),
            Err(Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
}
