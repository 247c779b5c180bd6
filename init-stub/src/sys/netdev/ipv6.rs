//! IPv6 addresses and default routes as the kernel has them.

use super::message::{INET6, NetlinkRequest, attributes, u32_at};
use super::{Links, netlink};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{RecvFlags, SocketFlags, bind, recv};
use std::io::Result;
use std::net::Ipv6Addr;

/// Who made an address: newer than the constants of libc.
const IFA_PROTO: u16 = 11;
const IFAPROT_KERNEL_RA: u8 = 2;
const IFA_FLAGS: u16 = 8;
const RTPROT_RA: u8 = 9;
/// The kernel's value for "forever".
const FOREVER: u32 = u32::MAX;
/// Length of ifaddrmsg and of rtmsg.
const ADDRESS_PART: usize = 8;
const ROUTE_PART: usize = 12;
/// Length of a message's head.
const HEAD: usize = 16;

/// An IPv6 address that came, changed or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ipv6Change {
    /// The interface's number.
    pub index: u32,
    /// The address.
    pub address: Ipv6Addr,
    /// Length of its prefix in bits.
    pub prefix_length: u8,
    /// Whether the kernel made it from a router's advertisement, for the machine to be known by everywhere: not one that
    /// changes for privacy, and none of the deprecated kind that counts at one site only.
    pub is_from_router: bool,
    /// Whether the kernel has found that nobody else on the link has it.
    pub is_usable: bool,
    /// Seconds for which it is valid; None: forever.
    pub lifetime_s: Option<u32>,
    /// Whether it was taken away.
    pub is_gone: bool,
}

impl Ipv6Change {
    /// Reads the body of RTM_NEWADDR or RTM_DELADDR; None: it is about an address of another kind.
    pub fn read(body: &[u8], is_gone: bool) -> Option<Self> {
        let part = body.get(..ADDRESS_PART)?;
        if part.first() != Some(&INET6) {
            return None;
        }
        let (mut address, mut flags, mut proto, mut lifetime_s) = (None, u32::from(*part.get(2)?), 0, None);
        for (kind, value) in attributes(body.get(ADDRESS_PART..)?) {
            match kind {
                libc::IFA_ADDRESS => address = <[u8; 16]>::try_from(value).ok().map(Ipv6Addr::from),
                IFA_FLAGS => flags = u32_at(value, 0)?,
                IFA_PROTO => proto = *value.first()?,
                libc::IFA_CACHEINFO => lifetime_s = u32_at(value, 4).filter(|seconds| *seconds != FOREVER),
                _ => {}
            }
        }
        let is_global = part.get(3) == Some(&libc::RT_SCOPE_UNIVERSE);
        Some(Self {
            index: u32_at(part, 4)?,
            address: address?,
            prefix_length: *part.get(1)?,
            is_from_router: proto == IFAPROT_KERNEL_RA && flags & libc::IFA_F_TEMPORARY == 0 && is_global,
            is_usable: flags & (libc::IFA_F_TENTATIVE | libc::IFA_F_DADFAILED) == 0,
            lifetime_s,
            is_gone,
        })
    }
}

/// The kernel's announcements of IPv6 addresses.
pub struct AddressAnnouncements(OwnedFd);

impl AddressAnnouncements {
    /// Starts to listen. List the addresses after this, so that none is missed.
    pub fn open() -> Result<Self> {
        let socket = netlink(SocketFlags::NONBLOCK)?;
        bind(&socket, &SocketAddrNetlink::new(0, libc::RTMGRP_IPV6_IFADDR.unsigned_abs()))?;
        Ok(Self(socket))
    }

    /// Everything that was announced, and whether the kernel had more than the socket could hold.
    pub fn read(&self) -> (Vec<Ipv6Change>, bool) {
        let (mut changes, mut missed, mut datagram) = (Vec::new(), false, vec![0; 32 << 10]);
        loop {
            match recv(&self.0, datagram.as_mut_slice(), RecvFlags::empty()) {
                Ok((length, _)) => changes.extend(changes_in(datagram.get(..length).unwrap_or_default())),
                Err(rustix::io::Errno::NOBUFS) => missed = true,
                Err(_) => return (changes, missed),
            }
        }
    }
}

impl AsFd for AddressAnnouncements {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The changes in one datagram of announcements.
fn changes_in(mut datagram: &[u8]) -> Vec<Ipv6Change> {
    let mut found = Vec::new();
    while let (Some(length), Some(kind)) = (u32_at(datagram, 0), u32_at(datagram, 4)) {
        let Some(length) = usize::try_from(length).ok().filter(|length| *length >= HEAD) else { break };
        let body = datagram.get(HEAD..length).unwrap_or_default();
        // The upper half of the number is flags.
        found.extend(match u16::try_from(kind & 0xffff) {
            Ok(libc::RTM_NEWADDR) => Ipv6Change::read(body, false),
            Ok(libc::RTM_DELADDR) => Ipv6Change::read(body, true),
            _ => None,
        });
        datagram = datagram.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    found
}

impl Links {
    /// Every IPv6 address of this machine.
    pub fn ipv6_addresses(&self) -> Result<Vec<Ipv6Change>> {
        let request = NetlinkRequest::dump(libc::RTM_GETADDR, &[INET6, 0, 0, 0, 0, 0, 0, 0]);
        Ok(self.list(&request)?.iter().filter_map(|body| Ipv6Change::read(body, false)).collect())
    }

    /// The router of an interface's IPv6 default route that came from an advertisement.
    pub fn ipv6_gateway(&self, index: u32) -> Result<Option<Ipv6Addr>> {
        let mut part = [0; ROUTE_PART];
        part[0] = INET6;
        let routes = self.list(&NetlinkRequest::dump(libc::RTM_GETROUTE, &part))?;
        Ok(routes.iter().find_map(|body| gateway_in(body, index)))
    }
}

/// The gateway of a route, if it is such a default route.
fn gateway_in(body: &[u8], index: u32) -> Option<Ipv6Addr> {
    let part = body.get(..ROUTE_PART)?;
    let (family, length, protocol) = (*part.first()?, *part.get(1)?, *part.get(5)?);
    if (family, length, protocol) != (INET6, 0, RTPROT_RA) {
        return None;
    }
    let (mut gateway, mut over) = (None, None);
    for (kind, value) in attributes(body.get(ROUTE_PART..)?) {
        match kind {
            libc::RTA_GATEWAY => gateway = <[u8; 16]>::try_from(value).ok().map(Ipv6Addr::from),
            libc::RTA_OIF => over = u32_at(value, 0),
            _ => {}
        }
    }
    gateway.filter(|_| over == Some(index))
}

#[cfg(test)]
mod tests {
    use super::super::message::attribute;
    use super::*;

    const ADDRESS: &str = "2001:db8:7:1:5054:ff:fe90:b";

    fn body(flags: u32, proto: u8, valid: u32) -> Vec<u8> {
        let mut body = vec![INET6, 64, 0, 0];
        body.extend(3u32.to_ne_bytes());
        body.extend(attribute(libc::IFA_ADDRESS, &ADDRESS.parse::<Ipv6Addr>().unwrap().octets()));
        body.extend(attribute(IFA_FLAGS, &flags.to_ne_bytes()));
        body.extend(attribute(IFA_PROTO, &[proto]));
        body.extend(attribute(libc::IFA_CACHEINFO, &[60u32, valid, 0, 0].map(u32::to_ne_bytes).concat()));
        body
    }

    #[test]
    fn an_address_of_an_advertisement_is_told_from_others() {
        let read = |flags, proto, valid| Ipv6Change::read(&body(flags, proto, valid), false).unwrap();
        let good = read(0, IFAPROT_KERNEL_RA, 3600);
        assert_eq!((good.index, good.prefix_length, good.lifetime_s), (3, 64, Some(3600)));
        assert_eq!((good.address.to_string().as_str(), good.is_from_router, good.is_usable), (ADDRESS, true, true));
        assert!(!read(0, 3, 3600).is_from_router, "a link-local address is the kernel's own");
        let mut of_a_site = body(0, IFAPROT_KERNEL_RA, 3600);
        of_a_site[3] = libc::RT_SCOPE_SITE;
        assert!(!Ipv6Change::read(&of_a_site, false).unwrap().is_from_router);
        assert!(!read(libc::IFA_F_TEMPORARY, IFAPROT_KERNEL_RA, 3600).is_from_router);
        assert!(!read(libc::IFA_F_TENTATIVE, IFAPROT_KERNEL_RA, 3600).is_usable);
        assert_eq!(read(0, IFAPROT_KERNEL_RA, FOREVER).lifetime_s, None);
        for cut in 0..body(0, 2, 1).len() {
            let _ = Ipv6Change::read(&body(0, 2, 1)[..cut], false);
        }
    }

    #[test]
    fn announcements_say_what_came_and_what_went_and_damage_ends_them() {
        let message = |kind: u16| NetlinkRequest::dump(kind, &body(0, IFAPROT_KERNEL_RA, 1)).bytes(0);
        let datagram = [message(libc::RTM_NEWADDR), message(libc::RTM_DELADDR), message(libc::RTM_NEWLINK)].concat();
        let gone: Vec<bool> = changes_in(&datagram).iter().map(|change| change.is_gone).collect();
        assert_eq!(gone, [false, true]);
        for cut in 0..datagram.len() {
            let _ = changes_in(&datagram[..cut]);
        }
    }

    #[test]
    fn only_a_default_route_of_an_advertisement_over_that_interface_has_the_gateway() {
        let route = |length: u8, protocol: u8| {
            let mut body = vec![INET6, length, 0, 0, 254, protocol, 0, 1, 0, 0, 0, 0];
            body.extend(attribute(libc::RTA_GATEWAY, &"fe80::1".parse::<Ipv6Addr>().unwrap().octets()));
            body.extend(attribute(libc::RTA_OIF, &3u32.to_ne_bytes()));
            body
        };
        assert_eq!(gateway_in(&route(0, RTPROT_RA), 3).map(|ip| ip.to_string()).as_deref(), Some("fe80::1"));
        assert_eq!(gateway_in(&route(0, RTPROT_RA), 2), None);
        assert_eq!(gateway_in(&route(64, RTPROT_RA), 3), None);
        assert_eq!(gateway_in(&route(0, 4), 3), None);
    }
}
