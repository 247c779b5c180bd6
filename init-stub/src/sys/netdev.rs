//! Network interfaces by ioctl: up, MTU, IPv4 address, default route.

use rustix::fd::{AsRawFd, OwnedFd};
use rustix::net::{AddressFamily, SocketType, socket};
use std::io::{Error, Result};
use std::net::Ipv4Addr;

/// A socket to ask for interfaces.
pub struct Links(OwnedFd);

impl Links {
    /// Opens the socket.
    pub fn open() -> Result<Self> {
        Ok(Self(socket(AddressFamily::INET, SocketType::DGRAM, None)?))
    }

    /// Brings the interface up.
    pub fn up(&self, name: &str) -> Result<()> {
        let mut request = request(name)?;
        self.call(libc::SIOCGIFFLAGS, &mut request)?;
        // SAFETY: SIOCGIFFLAGS has filled in the flags of the union.
        let flags = unsafe { request.ifr_ifru.ifru_flags };
        request.ifr_ifru.ifru_flags = flags | i16::try_from(libc::IFF_UP | libc::IFF_RUNNING).unwrap_or(0);
        self.call(libc::SIOCSIFFLAGS, &mut request)
    }

    /// Sets the MTU.
    pub fn mtu(&self, name: &str, bytes: u32) -> Result<()> {
        let mut request = request(name)?;
        request.ifr_ifru.ifru_mtu = i32::try_from(bytes).map_err(Error::other)?;
        self.call(libc::SIOCSIFMTU, &mut request)
    }

    /// Sets the IPv4 address and its prefix.
    pub fn address(&self, name: &str, address: Ipv4Addr, prefix_length: u8) -> Result<()> {
        let mask = u32::MAX.checked_shl(32 - u32::from(prefix_length.min(32))).unwrap_or(0);
        let mut request = request(name)?;
        request.ifr_ifru.ifru_addr = generic(address);
        self.call(libc::SIOCSIFADDR, &mut request)?;
        request.ifr_ifru.ifru_netmask = generic(Ipv4Addr::from(mask));
        self.call(libc::SIOCSIFNETMASK, &mut request)?;
        // The kernel made the broadcast address from the class of the address; make it fit the mask.
        request.ifr_ifru.ifru_broadaddr = generic(Ipv4Addr::from(u32::from(address) | !mask));
        if prefix_length < 31 { self.call(libc::SIOCSIFBRDADDR, &mut request) } else { Ok(()) }
    }

    /// Adds the default route over `gateway`.
    pub fn default_route(&self, name: &str, gateway: Ipv4Addr) -> Result<()> {
        let mut device: Vec<libc::c_char> = request(name)?.ifr_name.into();
        // SAFETY: rtentry is plain memory for which zero means "not given".
        let mut route: libc::rtentry = unsafe { std::mem::zeroed() };
        route.rt_dst = generic(Ipv4Addr::UNSPECIFIED);
        route.rt_genmask = generic(Ipv4Addr::UNSPECIFIED);
        route.rt_gateway = generic(gateway);
        route.rt_flags = libc::RTF_UP | libc::RTF_GATEWAY;
        route.rt_dev = device.as_mut_ptr();
        // SAFETY: `route` and the name it points to outlive the call.
        match unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SIOCADDRT, &route) } {
            0 => Ok(()),
            _ => Err(Error::last_os_error()),
        }
    }

    fn call(&self, code: libc::c_ulong, request: &mut libc::ifreq) -> Result<()> {
        // SAFETY: every request of this file takes one live ifreq.
        match unsafe { libc::ioctl(self.0.as_raw_fd(), code, std::ptr::from_mut(request)) } {
            0 => Ok(()),
            _ => Err(Error::last_os_error()),
        }
    }
}

fn request(name: &str) -> Result<libc::ifreq> {
    // SAFETY: ifreq is plain memory for which zero is a value.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    if name.len() >= request.ifr_name.len() {
        return Err(Error::from_raw_os_error(libc::ENODEV));
    }
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = libc::c_char::from_ne_bytes([from]);
    }
    Ok(request)
}

/// A sockaddr_in in the form the requests want.
fn generic(address: Ipv4Addr) -> libc::sockaddr {
    let [a, b, c, d] = address.octets().map(|byte| libc::c_char::from_ne_bytes([byte]));
    libc::sockaddr {
        sa_family: libc::AF_INET as libc::sa_family_t,
        sa_data: [0, 0, a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0],
    }
}
