//! Raw packets of one Ethernet interface: of IPv4 for DHCP, because before there is an address, UDP sockets hear nothing that is sent to
//! the address to come; and of ARP, to find out whether another machine has an address.

use rustix::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use rustix::net::{RecvFlags, recv};
use std::io::{Error, Result};
use std::mem::size_of;
use std::net::Ipv4Addr;

const ETH_P_IP: u16 = 0x0800;
const ETH_P_ARP: u16 = 0x0806;

/// One instruction of a filter: what it does, how many it skips if true and if false, and a number.
type Instruction = (u16, u8, u8, u32);

/// A socket that sends packets of one protocol to everybody on the link and hears what its filter keeps.
pub struct PacketSocket {
    socket: OwnedFd,
    index: i32,
    protocol: u16,
}

/// IPv4, UDP, no later fragment, to port 68: the rest of the link's traffic never wakes us.
const TO_CLIENT: [Instruction; 9] = [
    (0x30, 0, 0, 9),      // byte: protocol
    (0x15, 0, 5, 17),     // UDP, or drop
    (0x28, 0, 0, 6),      // half word: fragment
    (0x45, 3, 0, 0x1fff), // a later fragment: drop
    (0xb1, 0, 0, 0),      // x = length of the IP header
    (0x48, 0, 0, 2),      // half word behind it: destination port
    (0x15, 1, 0, 68),     // 68: keep
    (0x06, 0, 0, 0),      // drop
    (0x06, 0, 0, 0xffff), // keep
];

/// ARP about one address: the rest of the link's is not for us, and there is much of it.
fn about(address: Ipv4Addr) -> [Instruction; 6] {
    let address = u32::from(address);
    [
        (0x20, 0, 0, 14),      // word: address of the sender
        (0x15, 2, 0, address), // keep
        (0x20, 0, 0, 24),      // word: address that is meant
        (0x15, 0, 1, address), // keep, or drop
        (0x06, 0, 0, 0xffff),  // keep
        (0x06, 0, 0, 0),       // drop
    ]
}

impl PacketSocket {
    /// Opens a socket on the interface of this number for IPv4: it hears the packets to UDP port 68.
    pub fn of_dhcp(index: u32) -> Result<Self> {
        Self::open(index, ETH_P_IP, &TO_CLIENT)
    }

    /// Opens a socket on the interface of this number for ARP: it hears the packets about this address.
    pub fn of_arp(index: u32, address: Ipv4Addr) -> Result<Self> {
        Self::open(index, ETH_P_ARP, &about(address))
    }

    fn open(index: u32, protocol: u16, filter: &[Instruction]) -> Result<Self> {
        let index = i32::try_from(index).map_err(Error::other)?;
        // SAFETY: socket takes numbers only. Protocol 0: nothing comes in before the filter is in place.
        let fd =
            unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK, 0) };
        if fd < 0 {
            return Err(Error::last_os_error());
        }
        // SAFETY: the kernel has just returned this descriptor, and nobody else owns it.
        let found = Self { socket: unsafe { OwnedFd::from_raw_fd(fd) }, index, protocol };
        found.filter(filter)?;
        let address = found.address([0; 6]);
        // SAFETY: `address` is a live sockaddr_ll of the given size.
        match unsafe { libc::bind(fd, std::ptr::from_ref(&address).cast(), length_of::<libc::sockaddr_ll>()) } {
            0 => Ok(found),
            _ => Err(Error::last_os_error()),
        }
    }

    /// Sends a packet to everybody on the link.
    pub fn broadcast(&self, packet: &[u8]) -> Result<()> {
        let to = self.address([0xff; 6]);
        // SAFETY: `packet` and `to` are live for the call, with the lengths given.
        let sent = unsafe {
            libc::sendto(
                self.socket.as_raw_fd(),
                packet.as_ptr().cast(),
                packet.len(),
                0,
                std::ptr::from_ref(&to).cast(),
                length_of::<libc::sockaddr_ll>(),
            )
        };
        if sent < 0 { Err(Error::last_os_error()) } else { Ok(()) }
    }

    /// The next packet, cut at the size of `buffer`; None when there is none.
    pub fn next<'a>(&self, buffer: &'a mut [u8]) -> Option<&'a [u8]> {
        let (_, length) = recv(&self.socket, &mut *buffer, RecvFlags::TRUNC).ok()?;
        buffer.get(..length).or(Some(&[]))
    }

    fn address(&self, to: [u8; 6]) -> libc::sockaddr_ll {
        let [a, b, c, d, e, f] = to;
        libc::sockaddr_ll {
            sll_family: libc::AF_PACKET as u16,
            sll_protocol: self.protocol.to_be(),
            sll_ifindex: self.index,
            sll_hatype: 0,
            sll_pkttype: 0,
            sll_halen: 6,
            sll_addr: [a, b, c, d, e, f, 0, 0],
        }
    }

    fn filter(&self, instructions: &[Instruction]) -> Result<()> {
        let mut program: Vec<libc::sock_filter> =
            instructions.iter().map(|&(code, jt, jf, k)| libc::sock_filter { code, jt, jf, k }).collect();
        let length = u16::try_from(program.len()).unwrap_or(0);
        let program = libc::sock_fprog { len: length, filter: program.as_mut_ptr() };
        // SAFETY: `program` and the instructions it points to are live for the call, with the length given.
        let set = unsafe {
            libc::setsockopt(
                self.socket.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_ATTACH_FILTER,
                std::ptr::from_ref(&program).cast(),
                length_of::<libc::sock_fprog>(),
            )
        };
        if set < 0 { Err(Error::last_os_error()) } else { Ok(()) }
    }
}

/// Makes a socket use one interface only, whatever the routes say.
pub fn bind_to_interface(socket: impl AsFd, name: &str) -> Result<()> {
    let length = libc::socklen_t::try_from(name.len()).map_err(Error::other)?;
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: `name` is live for the call, with the length given.
    let set = unsafe { libc::setsockopt(fd, libc::SOL_SOCKET, libc::SO_BINDTODEVICE, name.as_ptr().cast(), length) };
    if set < 0 { Err(Error::last_os_error()) } else { Ok(()) }
}

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn length_of<T>() -> libc::socklen_t {
    libc::socklen_t::try_from(size_of::<T>()).unwrap_or(0)
}
