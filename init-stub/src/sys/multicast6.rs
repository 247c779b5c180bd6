//! What one interface says to everybody on its link by IPv6: questions for routers, and messages of DHCPv6.

use super::packet::bind_to_interface;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::net::sockopt::{set_ipv6_multicast_hops, set_ipv6_v6only, set_socket_reuseaddr};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, ipproto, recv, sendto, socket_with,
};
use std::io::Result;
use std::net::{Ipv6Addr, SocketAddrV6};

const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
const ALL_DHCP_SERVERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 2);
const CLIENT_PORT: u16 = 546;
const SERVER_PORT: u16 = 547;
/// Routers believe nothing that a router has passed on.
const HOPS: u32 = 255;

/// Asks the routers on the link of an interface for their advertisements (RFC 4861). The interface must have its address of the link.
pub fn ask_routers(index: u32, name: &str, mac: [u8; 6]) -> Result<()> {
    let socket = open(SocketType::RAW, Some(ipproto::ICMPV6), name)?;
    set_ipv6_multicast_hops(&socket, HOPS)?;
    // Type 133; the kernel fills in the checksum. The option is the sender's hardware address.
    let [a, b, c, d, e, f] = mac;
    let message = [133, 0, 0, 0, 0, 0, 0, 0, 1, 1, a, b, c, d, e, f];
    sendto(&socket, &message, SendFlags::DONTWAIT, &SocketAddrV6::new(ALL_ROUTERS, 0, 0, index))?;
    Ok(())
}

/// A socket of a client of DHCPv6 on one interface.
pub struct Dhcp6Socket {
    socket: OwnedFd,
    index: u32,
}

impl Dhcp6Socket {
    /// Opens the socket on the interface of this number and name.
    pub fn open(index: u32, name: &str) -> Result<Self> {
        let socket = open(SocketType::DGRAM, None, name)?;
        set_socket_reuseaddr(&socket, true)?;
        set_ipv6_v6only(&socket, true)?;
        bind(&socket, &SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, CLIENT_PORT, 0, 0))?;
        Ok(Self { socket, index })
    }

    /// Sends a message to all servers and relays on the link.
    pub fn send(&self, message: &[u8]) -> Result<()> {
        let to = SocketAddrV6::new(ALL_DHCP_SERVERS, SERVER_PORT, 0, self.index);
        sendto(&self.socket, message, SendFlags::DONTWAIT, &to)?;
        Ok(())
    }

    /// The next message, cut at the size of `buffer`; None when there is none.
    pub fn next<'a>(&self, buffer: &'a mut [u8]) -> Option<&'a [u8]> {
        let (_, length) = recv(&self.socket, &mut *buffer, RecvFlags::TRUNC).ok()?;
        buffer.get(..length).or(Some(&[]))
    }
}

impl AsFd for Dhcp6Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn open(kind: SocketType, protocol: Option<rustix::net::Protocol>, name: &str) -> Result<OwnedFd> {
    let socket = socket_with(AddressFamily::INET6, kind, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, protocol)?;
    bind_to_interface(&socket, name)?;
    Ok(socket)
}
