//! IPv6 as the kernel has it: addresses, default routes, and what routers say.

use super::message::{self, INET6, NetlinkRequest, attributes, u32_at};
use super::{Links, netlink};
use crate::core::codec::router::{self, RouterOption};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{RecvFlags, SocketFlags, bind, recv};
use std::collections::BTreeMap;
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
/// Newer than the constants of libc: what a router's options are announced as, and the bits of the groups that announce something of
/// IPv6.
const RTM_NEWNDUSEROPT: u16 = 68;
const ND_USEROPT: u32 = 1 << 19;
const IPV6_IFINFO: u32 = 1 << 11;
/// Of IFLA_PROTINFO.
const IFLA_INET6_FLAGS: u16 = 1;
const IF_RA_OTHERCONF: u32 = 0x80;
const IF_RA_MANAGED: u32 = 0x40;
const IF_RA_RCVD: u32 = 0x20;
const LINK_PART: usize = 16;
/// Datagrams that are read at a time: a machine that sends advertisements without end must not keep the reader from everything else.
const MOST_DATAGRAMS: usize = 256;

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
    /// Whether the kernel has found that another machine on the link has it.
    pub is_duplicate: bool,
    /// Whether new connections are not to use it any more: its preferred lifetime is over.
    pub is_deprecated: bool,
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
            is_duplicate: flags & libc::IFA_F_DADFAILED != 0,
            is_deprecated: flags & libc::IFA_F_DEPRECATED != 0,
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
        let socket = netlink(SocketFlags::NONBLOCK, None)?;
        bind(&socket, &SocketAddrNetlink::new(0, libc::RTMGRP_IPV6_IFADDR.unsigned_abs()))?;
        Ok(Self(socket))
    }

    /// What was announced, up to a bound, and whether the kernel had more than the socket could hold.
    pub fn read(&self) -> (Vec<Ipv6Change>, bool) {
        let mut changes = Vec::new();
        let missed = each_datagram(&self.0, |datagram| changes.extend(changes_in(datagram)));
        (changes, missed)
    }
}

impl AsFd for AddressAnnouncements {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Reads what is there, up to a bound; true when the kernel had more than the socket could hold.
fn each_datagram(socket: &OwnedFd, mut take: impl FnMut(&[u8])) -> bool {
    let (mut missed, mut datagram) = (false, vec![0; 32 << 10]);
    for _ in 0..MOST_DATAGRAMS {
        match recv(socket, datagram.as_mut_slice(), RecvFlags::empty()) {
            Ok((length, _)) => take(datagram.get(..length).unwrap_or_default()),
            Err(rustix::io::Errno::NOBUFS) => missed = true,
            Err(_) => break,
        }
    }
    missed
}

/// The changes in one datagram of announcements.
fn changes_in(datagram: &[u8]) -> Vec<Ipv6Change> {
    let change = |(kind, body): (u16, &[u8])| match kind {
        libc::RTM_NEWADDR => Ipv6Change::read(body, false),
        libc::RTM_DELADDR => Ipv6Change::read(body, true),
        _ => None,
    };
    messages(datagram).into_iter().filter_map(change).collect()
}

/// The messages of one datagram: what each is, and its body.
fn messages(mut datagram: &[u8]) -> Vec<(u16, &[u8])> {
    let mut found = Vec::new();
    while let (Some(length), Some(kind)) = (u32_at(datagram, 0), u32_at(datagram, 4)) {
        let Some(length) = usize::try_from(length).ok().filter(|length| *length >= HEAD) else { break };
        // The upper half of the number is flags.
        let kind = u16::try_from(kind & 0xffff).unwrap_or(0);
        found.push((kind, datagram.get(HEAD..length).unwrap_or_default()));
        datagram = datagram.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    found
}

/// What the kernel announces of IPv6 on an interface: addresses, flags of routers, and options of routers that it does not read itself.
pub struct RouterAnnouncements(OwnedFd);

impl RouterAnnouncements {
    /// Starts to listen. Look at the interfaces after this, so that none is missed.
    pub fn open() -> Result<Self> {
        let socket = netlink(SocketFlags::NONBLOCK, None)?;
        let groups = libc::RTMGRP_IPV6_IFADDR.unsigned_abs() | IPV6_IFINFO | ND_USEROPT;
        bind(&socket, &SocketAddrNetlink::new(0, groups))?;
        Ok(Self(socket))
    }

    /// Takes what is there about interfaces that are known by their number, up to a bound.
    pub fn take(&self, is_known: impl Fn(u32) -> bool) -> Announced6 {
        let mut announced = Announced6::default();
        let missed = each_datagram(&self.0, |datagram| {
            for (kind, body) in messages(datagram) {
                announced.take(kind, body, &is_known);
            }
        });
        announced.has_changed |= missed;
        announced
    }
}

/// What [`RouterAnnouncements`] have.
#[derive(Debug, Default)]
pub struct Announced6 {
    /// Options of routers.
    pub options: Vec<RouterOption>,
    /// Addresses, with the number of their interface, that the kernel has taken away because another machine has them. It does so with those
    /// that have an end, and keeps the others without using them.
    pub duplicates: Vec<(u32, Ipv6Addr)>,
    /// Whether something has changed.
    pub has_changed: bool,
}

impl Announced6 {
    fn take(&mut self, kind: u16, body: &[u8], is_known: impl Fn(u32) -> bool) {
        if kind == RTM_NEWNDUSEROPT {
            self.options.extend(router::read(body).filter(|option| is_known(option.index)));
            return;
        }
        if !u32_at(body, 4).is_some_and(is_known) {
            return;
        }
        self.has_changed = true;
        if kind == libc::RTM_DELADDR {
            let gone = Ipv6Change::read(body, true).filter(|gone| gone.is_duplicate);
            self.duplicates.extend(gone.map(|gone| (gone.index, gone.address)));
        }
    }
}

impl AsFd for RouterAnnouncements {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// What the last advertisement on an interface says about DHCPv6.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RouterFlags {
    /// Whether there was an advertisement.
    pub is_heard: bool,
    /// M: addresses come by DHCPv6.
    pub is_managed: bool,
    /// O: DHCPv6 has other settings, such as name servers.
    pub has_other: bool,
}

impl RouterFlags {
    /// What two advertisements say together.
    pub fn and(self, other: Self) -> Self {
        Self {
            is_heard: self.is_heard || other.is_heard,
            is_managed: self.is_managed || (other.is_heard && other.is_managed),
            has_other: self.has_other || (other.is_heard && other.has_other),
        }
    }
}

/// The number of an interface and its flags, in the body of RTM_NEWLINK of IPv6.
fn router_flags(body: &[u8]) -> Option<(u32, RouterFlags)> {
    let (_, info) = attributes(body.get(LINK_PART..)?).into_iter().find(|(kind, _)| *kind == libc::IFLA_PROTINFO)?;
    let (_, flags) = attributes(info).into_iter().find(|(kind, _)| *kind == IFLA_INET6_FLAGS)?;
    let flags = u32_at(flags, 0)?;
    let has = |flag: u32| flags & flag != 0;
    let flags =
        RouterFlags { is_heard: has(IF_RA_RCVD), is_managed: has(IF_RA_MANAGED), has_other: has(IF_RA_OTHERCONF) };
    Some((u32_at(body, 4)?, flags))
}

impl Links {
    /// Every IPv6 address of this machine.
    pub fn ipv6_addresses(&self) -> Result<Vec<Ipv6Change>> {
        let request = NetlinkRequest::dump(libc::RTM_GETADDR, &[INET6, 0, 0, 0, 0, 0, 0, 0]);
        Ok(self.0.list(&request)?.iter().filter_map(|body| Ipv6Change::read(body, false)).collect())
    }

    /// What routers say of DHCPv6, by the number of the interface.
    pub fn router_flags(&self) -> Result<BTreeMap<u32, RouterFlags>> {
        let mut part = message::link(0, 0, 0);
        if let Some(family) = part.first_mut() {
            *family = INET6;
        }
        let links = self.0.list(&NetlinkRequest::dump(libc::RTM_GETLINK, &part))?;
        Ok(links.iter().filter_map(|body| router_flags(body)).collect())
    }

    /// The routers of IPv6 default routes that came from advertisements, by the number of the interface.
    pub fn ipv6_gateways(&self) -> Result<BTreeMap<u32, Ipv6Addr>> {
        let mut part = [0; ROUTE_PART];
        part[0] = INET6;
        let routes = self.0.list(&NetlinkRequest::dump(libc::RTM_GETROUTE, &part))?;
        Ok(routes.iter().filter_map(|body| gateway_in(body)).collect())
    }
}

/// The interface and the gateway of a route, if it is such a default route.
fn gateway_in(body: &[u8]) -> Option<(u32, Ipv6Addr)> {
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
    over.zip(gateway)
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
        assert!(read(libc::IFA_F_DEPRECATED, IFAPROT_KERNEL_RA, 60).is_deprecated && !good.is_deprecated);
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
    fn a_reader_stops_although_there_is_more() {
        let pair = rustix::net::socketpair(
            rustix::net::AddressFamily::UNIX,
            rustix::net::SocketType::DGRAM,
            SocketFlags::NONBLOCK,
            None,
        );
        let (reader, writer) = pair.unwrap();
        let mut read = 0;
        each_datagram(&reader, |_| {
            read += 1;
            rustix::io::write(&writer, b"more").unwrap();
        });
        assert_eq!(read, 0);
        rustix::io::write(&writer, b"first").unwrap();
        each_datagram(&reader, |_| {
            read += 1;
            rustix::io::write(&writer, b"more").unwrap();
        });
        assert_eq!(read, MOST_DATAGRAMS);
    }

    #[test]
    fn an_address_that_goes_because_another_machine_has_it_is_told_from_others() {
        let mut announced = Announced6::default();
        let is_known = |index| index == 3;
        announced.take(libc::RTM_DELADDR, &body(0, 0, 60), is_known);
        assert!(announced.has_changed && announced.duplicates.is_empty());
        announced.take(libc::RTM_DELADDR, &body(libc::IFA_F_DADFAILED, 0, 60), |_| false);
        announced.take(libc::RTM_NEWADDR, &body(libc::IFA_F_DADFAILED, 0, 60), is_known);
        assert!(announced.duplicates.is_empty());
        announced.take(libc::RTM_DELADDR, &body(libc::IFA_F_DADFAILED, 0, 60), is_known);
        assert_eq!(announced.duplicates, [(3, ADDRESS.parse().unwrap())]);
    }

    #[test]
    fn only_a_default_route_of_an_advertisement_has_the_gateway() {
        let route = |length: u8, protocol: u8| {
            let mut body = vec![INET6, length, 0, 0, 254, protocol, 0, 1, 0, 0, 0, 0];
            body.extend(attribute(libc::RTA_GATEWAY, &"fe80::1".parse::<Ipv6Addr>().unwrap().octets()));
            body.extend(attribute(libc::RTA_OIF, &3u32.to_ne_bytes()));
            body
        };
        assert_eq!(gateway_in(&route(0, RTPROT_RA)), Some((3, "fe80::1".parse().unwrap())));
        assert_eq!(gateway_in(&route(64, RTPROT_RA)), None);
        assert_eq!(gateway_in(&route(0, 4)), None);
    }

    #[test]
    fn what_routers_say_of_dhcpv6_is_read_with_the_flags_of_a_link() {
        let of = |flags: u32| {
            let info = attribute(IFLA_INET6_FLAGS, &flags.to_ne_bytes());
            [message::link(3, 0, 0), attribute(libc::IFLA_PROTINFO | 0x8000, &info)].concat()
        };
        let read = |flags| {
            router_flags(&of(flags)).map(|(index, flags)| (index, flags.is_heard, flags.is_managed, flags.has_other))
        };
        assert_eq!(read(IF_RA_RCVD | IF_RA_MANAGED), Some((3, true, true, false)));
        assert_eq!(read(IF_RA_RCVD | IF_RA_OTHERCONF), Some((3, true, false, true)));
        assert_eq!(read(0x8000_0000), Some((3, false, false, false)));
        for cut in 0..of(0).len() {
            let _ = router_flags(&of(0)[..cut]);
        }
    }
}
