//! Network interfaces, addresses and routes over rtnetlink.

pub mod ipv6;
mod made;
pub mod message;
pub mod socket;
pub mod wireguard;

use crate::core::config::RoutingRule;
use crate::core::plan::network::{MadeKind, SeenLink, SeenNetwork};
pub use ipv6::{AddressAnnouncements, Ipv6Change, RouterAnnouncements, RouterFlags};
use message::{NetlinkRequest, attribute, ip_attribute};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{RecvFlags, SocketFlags, bind, recv};
use socket::{NetlinkSocket, netlink};
use std::io::{Error, Result};
use std::net::{IpAddr, Ipv4Addr};
use wireguard::Tunnels;

/// Changes in one datagram: their answers must fit into the socket's buffer.
const MOST_AT_ONCE: usize = 16;

/// An address of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// Length of its prefix in bits.
    pub prefix_length: u8,
    /// Seconds after which the kernel takes it away by itself; None: never.
    pub lifetime_s: Option<u32>,
    /// Seconds for which new connections start from it; None: as long as it is there. Of IPv6 only.
    pub preferred_s: Option<u32>,
    /// Metric of the route to its prefix.
    pub metric: u32,
}

/// A route. Its addresses are of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// What is behind it.
    pub destination: IpAddr,
    /// Length of the destination's prefix in bits.
    pub prefix_length: u8,
    /// Over whom; None: everything behind it is on the link itself.
    pub gateway: Option<IpAddr>,
    /// Our address for what goes that way; None: the kernel chooses.
    pub source: Option<IpAddr>,
    /// Of two routes to one destination the lower metric wins.
    pub metric: u32,
    /// Number of its table.
    pub table: u32,
    /// Whether the gateway is on the link although no address says so.
    pub on_link: bool,
}

/// A socket to ask for interfaces.
pub struct Links(NetlinkSocket);

/// The kernel's announcements of interfaces: new ones, and carriers that come and go.
pub struct Announcements(OwnedFd);

impl Announcements {
    /// Starts to listen. Look at the interfaces after this, so that none is missed.
    pub fn open() -> Result<Self> {
        let socket = netlink(SocketFlags::NONBLOCK, None)?;
        bind(&socket, &SocketAddrNetlink::new(0, libc::RTMGRP_LINK.unsigned_abs()))?;
        Ok(Self(socket))
    }

    /// Takes all that are there; true when the reader has to look again. It need not for the links of pods, of which there may be hundreds,
    /// unless it knows one of them.
    pub fn drain(&self, is_known: impl Fn(&SeenLink) -> bool) -> bool {
        let (mut datagram, mut has_more) = (vec![0; 32 << 10], false);
        loop {
            match recv(&self.0, datagram.as_mut_slice(), RecvFlags::empty()) {
                Ok((length, _)) => {
                    let links = message::announced(datagram.get(..length).unwrap_or_default());
                    has_more |= links.iter().any(|link| link.kind.as_deref() != Some("veth") || is_known(link));
                }
                // The kernel had more than the socket could hold.
                Err(rustix::io::Errno::NOBUFS) => has_more = true,
                Err(_) => return has_more,
            }
        }
    }
}

impl AsFd for Announcements {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Links {
    /// Opens the socket.
    pub fn open() -> Result<Self> {
        NetlinkSocket::of_routes().map(Self)
    }

    /// Every interface of this machine, without its addresses.
    pub fn all(&self) -> Result<Vec<SeenLink>> {
        let request = NetlinkRequest::dump(libc::RTM_GETLINK, &message::link(0, 0, 0));
        let mut found: Vec<SeenLink> =
            self.0.list(&request)?.iter().filter_map(|body| message::read_link(body)).map(with_hardware).collect();
        found.sort_by_key(|link| link.index);
        Ok(found)
    }

    /// Interfaces with their addresses, routes and rules.
    pub fn seen(&self) -> Result<SeenNetwork> {
        let mut links = self.all()?;
        let dump = |kind: u16| self.0.list(&NetlinkRequest::dump(kind, &[0; 12]));
        for found in dump(libc::RTM_GETADDR)?.iter().filter_map(|body| message::read_address(body)) {
            let Some(link) = links.iter_mut().find(|link| link.index == found.link) else { continue };
            if found.is_tentative {
                link.tentative.push(found.address.address);
            }
            if found.is_duplicate {
                link.duplicates.push(found.address.address);
            }
            let list = if found.is_temporary { &mut link.temporary } else { &mut link.addresses };
            list.push(found.address);
        }
        for link in links.iter_mut().filter(|link| link.kind.as_deref() == Some("wireguard")) {
            // One that has gone meanwhile is the next look's.
            link.wireguard = Tunnels::open().and_then(|tunnels| tunnels.read(&link.name)).ok();
        }
        let routes = dump(libc::RTM_GETROUTE)?.iter().filter_map(|body| message::read_route(body)).collect();
        let rules = dump(libc::RTM_GETRULE)?.iter().filter_map(|body| message::read_rule(body)).collect();
        Ok(SeenNetwork { links, routes, rules })
    }

    /// The number of the interface of a name.
    fn index_of(&self, name: &str) -> Result<u32> {
        let request = NetlinkRequest::change(libc::RTM_GETLINK, 0, &message::link(0, 0, 0)).with(name_attribute(name));
        let link = index_in(&self.0.call(&request)?);
        link.ok_or_else(|| Error::from_raw_os_error(libc::ENODEV))
    }

    /// Makes a link; `on` is the number of the link that a VLAN is on. Returns its own number.
    pub fn make(&self, name: &str, kind: &MadeKind, on: Option<u32>) -> Result<u32> {
        let flags = libc::NLM_F_CREATE | libc::NLM_F_EXCL | libc::NLM_F_ECHO;
        let mut request = NetlinkRequest::change(libc::RTM_NEWLINK, flags, &message::link(0, 0, 0))
            .with(name_attribute(name))
            .with(made::link_info(kind));
        if let Some(on) = on {
            request = request.with(attribute(libc::IFLA_LINK, &on.to_ne_bytes()));
        }
        // A kernel before 6.2 makes it and does not say what it has made.
        match index_in(&self.0.call(&request)?) {
            Some(index) => Ok(index),
            None => self.index_of(name),
        }
    }

    /// Does several things in their order: one datagram out, and an answer for each. What fails keeps none of the others from theirs.
    pub fn change_all(&self, changes: &[LinkRequest]) -> Vec<Result<()>> {
        let of_some = |some: &[LinkRequest]| {
            let parts: Vec<&[NetlinkRequest]> = some.iter().map(|change| change.parts.as_slice()).collect();
            let results = self.0.exchange_all(&parts);
            some.iter().zip(results).map(|(change, result)| change.outcome(result)).collect::<Vec<_>>()
        };
        changes.chunks(MOST_AT_ONCE).flat_map(of_some).collect()
    }

    /// Gives an interface another name. It must be down.
    pub fn rename(&self, index: u32, name: &str) -> Result<()> {
        self.0.request(&change_of(index).with(name_attribute(name)))
    }

    /// Takes a link away that was made.
    pub fn delete(&self, index: u32) -> Result<()> {
        self.0.request(&NetlinkRequest::change(libc::RTM_DELLINK, 0, &message::link(index, 0, 0)))
    }

    /// Brings an interface down.
    pub fn down(&self, index: u32) -> Result<()> {
        self.change(&LinkRequest::down(index))
    }

    /// Brings an interface up.
    pub fn up(&self, index: u32) -> Result<()> {
        self.change(&LinkRequest::up(index))
    }

    /// Sets the MTU.
    pub fn set_mtu(&self, index: u32, bytes: u32) -> Result<()> {
        self.change(&LinkRequest::set_mtu(index, bytes))
    }

    /// Gives an interface an address; one that it has already gets the new lifetime.
    pub fn add_address(&self, index: u32, address: &Address) -> Result<()> {
        self.change(&LinkRequest::add_address(index, address))
    }

    /// Takes an address away, and with it the routes that have it as their source. One that is gone is not a failure.
    pub fn remove_address(&self, index: u32, ip: IpAddr, prefix_length: u8) -> Result<()> {
        let request = NetlinkRequest::change(libc::RTM_DELADDR, 0, &message::address(index, ip, prefix_length));
        match self.0.request(&request.with(ip_attribute(libc::IFA_LOCAL, ip))) {
            Err(e) if e.raw_os_error() == Some(libc::EADDRNOTAVAIL) => Ok(()),
            done => done,
        }
    }

    /// Adds a route; the one of the same destination and metric is replaced.
    pub fn add_route(&self, index: u32, route: &Route) -> Result<()> {
        self.change(&LinkRequest::add_route(index, route))
    }

    /// Takes a route away. One that is gone is not a failure.
    pub fn remove_route(&self, index: u32, route: &Route) -> Result<()> {
        match self.0.request(&route_request(libc::RTM_DELROUTE, 0, index, route)) {
            Err(e) if e.raw_os_error() == Some(libc::ESRCH) => Ok(()),
            done => done,
        }
    }

    fn change(&self, change: &LinkRequest) -> Result<()> {
        self.change_all(std::slice::from_ref(change)).pop().unwrap_or(Ok(()))
    }
}

/// A change of a link as the kernel gets it, to be made with others by [`Links::change_all`].
pub struct LinkRequest {
    parts: Vec<NetlinkRequest>,
    /// An errno that is not a failure.
    tolerated: Option<i32>,
}

impl From<NetlinkRequest> for LinkRequest {
    fn from(request: NetlinkRequest) -> Self {
        Self { parts: vec![request], tolerated: None }
    }
}

impl LinkRequest {
    fn outcome(&self, result: Result<()>) -> Result<()> {
        let is_tolerated = |error: &Error| self.tolerated.is_some() && error.raw_os_error() == self.tolerated;
        result.or_else(|error| if is_tolerated(&error) { Ok(()) } else { Err(error) })
    }

    /// Makes an interface a member of another link. A member of a bond must be down.
    pub fn join(index: u32, of: u32) -> Self {
        change_of(index).with(attribute(libc::IFLA_MASTER, &of.to_ne_bytes())).into()
    }

    /// Prefers a member of a bond.
    pub fn prefer(bond: u32, member: u32) -> Self {
        change_of(bond).with(made::primary(member)).into()
    }

    /// Brings an interface down.
    pub fn down(index: u32) -> Self {
        let up = libc::IFF_UP.unsigned_abs();
        NetlinkRequest::change(libc::RTM_NEWLINK, 0, &message::link(index, 0, up)).into()
    }

    /// Brings an interface up. What the kernel makes of its carrier it may put off for a second, so that links which come
    /// and go do not keep it busy; a request for that one interface returns only after that.
    pub fn up(index: u32) -> Self {
        let up = libc::IFF_UP.unsigned_abs();
        let parts = vec![
            NetlinkRequest::change(libc::RTM_NEWLINK, 0, &message::link(index, up, up)),
            NetlinkRequest::change(libc::RTM_GETLINK, 0, &message::link(index, 0, 0)),
        ];
        Self { parts, tolerated: None }
    }

    /// Sets the MTU.
    pub fn set_mtu(index: u32, bytes: u32) -> Self {
        change_of(index).with(attribute(libc::IFLA_MTU, &bytes.to_ne_bytes())).into()
    }

    /// Gives an interface an address; one that it has already gets the new lifetime.
    pub fn add_address(index: u32, address: &Address) -> Self {
        let flags = libc::NLM_F_CREATE | libc::NLM_F_REPLACE;
        let part = message::address(index, address.ip, address.prefix_length);
        let mut request = NetlinkRequest::change(libc::RTM_NEWADDR, flags, &part)
            .with(ip_attribute(libc::IFA_LOCAL, address.ip))
            .with(ip_attribute(libc::IFA_ADDRESS, address.ip))
            .with(attribute(message::IFA_RT_PRIORITY, &address.metric.to_ne_bytes()));
        if let Some(broadcast) = broadcast(address) {
            request = request.with(ip_attribute(libc::IFA_BROADCAST, broadcast));
        }
        if let Some(valid) = address.lifetime_s.or(address.preferred_s.map(|_| u32::MAX)) {
            let preferred = address.preferred_s.unwrap_or(valid);
            request = request.with(attribute(libc::IFA_CACHEINFO, &message::lifetime(preferred, valid)));
        }
        request.into()
    }

    /// Adds a route; the one of the same destination and metric is replaced.
    pub fn add_route(index: u32, route: &Route) -> Self {
        route_request(libc::RTM_NEWROUTE, libc::NLM_F_CREATE | libc::NLM_F_REPLACE, index, route).into()
    }

    /// Adds a rule. One that is there already is not a failure.
    pub fn add_rule(rule: &RoutingRule) -> Self {
        Self { tolerated: Some(libc::EEXIST), ..message::rule(rule).into() }
    }
}

/// A change of what an interface is set to.
fn change_of(index: u32) -> NetlinkRequest {
    NetlinkRequest::change(libc::RTM_NEWLINK, 0, &message::link(index, 0, 0))
}

/// The number of the link that an answer is about.
fn index_in(bodies: &[Vec<u8>]) -> Option<u32> {
    bodies.iter().find_map(|body| message::read_link(body)).map(|link| link.index)
}

/// The address of all hosts of its prefix. IPv6 has none, and neither has a prefix of one or two addresses.
fn broadcast(address: &Address) -> Option<IpAddr> {
    let IpAddr::V4(ip) = address.ip else { return None };
    let bits = 32u32.saturating_sub(u32::from(address.prefix_length));
    let hosts = 1u32.checked_shl(bits).map_or(u32::MAX, |size| size - 1);
    (bits > 1).then(|| Ipv4Addr::from(u32::from(ip) | hosts).into())
}

fn route_request(kind: u16, flags: i32, index: u32, route: &Route) -> NetlinkRequest {
    let part = message::route(route.destination, route.prefix_length, route.gateway.is_some(), route.on_link);
    let mut request = NetlinkRequest::change(kind, flags, &part)
        .with(ip_attribute(libc::RTA_DST, route.destination))
        .with(attribute(libc::RTA_OIF, &index.to_ne_bytes()))
        .with(attribute(libc::RTA_TABLE, &route.table.to_ne_bytes()))
        .with(attribute(libc::RTA_PRIORITY, &route.metric.to_ne_bytes()));
    if let Some(gateway) = route.gateway {
        request = request.with(ip_attribute(libc::RTA_GATEWAY, gateway));
    }
    if let Some(source) = route.source {
        request = request.with(ip_attribute(libc::RTA_PREFSRC, source));
    }
    request
}

fn name_attribute(name: &str) -> Vec<u8> {
    attribute(libc::IFLA_IFNAME, &[name.as_bytes(), &[0]].concat())
}

/// What only sysfs and procfs say of an interface.
fn with_hardware(mut link: SeenLink) -> SeenLink {
    if link.kind.is_none() && link.mac.is_some() {
        let device = format!("/sys/class/net/{}/device", link.name);
        link.driver = last_of(&std::fs::read_link(format!("{device}/driver")).unwrap_or_default());
        // A virtio device is below that of its bus.
        let place = std::fs::canonicalize(device).unwrap_or_default();
        link.path = place.ancestors().filter_map(last_of).find(|part| is_pci_address(part));
    }
    let setting = |key: &str| {
        let text = std::fs::read_to_string(format!("/proc/sys/net/ipv6/conf/{}/{key}", link.name));
        text.ok().and_then(|value| value.trim().parse::<u32>().ok())
    };
    (link.accept_ra, link.autoconf) = (setting("accept_ra"), setting("autoconf").map(|value| value != 0));
    link
}

fn last_of(path: &std::path::Path) -> Option<String> {
    Some(path.file_name()?.to_str()?.to_owned())
}

/// `0000:01:00.0`.
fn is_pci_address(part: &str) -> bool {
    let is_hex = |b: u8| b.is_ascii_hexdigit();
    let pattern: &[u8] = b"hhhh:hh:hh.h";
    part.len() == pattern.len()
        && part.bytes().zip(pattern).all(|(b, wanted)| if *wanted == b'h' { is_hex(b) } else { b == *wanted })
}

#[cfg(test)]
mod tests {
    use super::is_pci_address;

    #[test]
    fn the_place_of_a_device_is_told_from_other_folders() {
        assert!(is_pci_address("0000:00:1f.6"));
        for other in ["virtio3", "pci0000:00", "0000:00:1f", "0000-00:1f.6", ""] {
            assert!(!is_pci_address(other), "{other}");
        }
    }
}
