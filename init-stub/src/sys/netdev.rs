//! Network interfaces, addresses and routes over rtnetlink. The kernel answers each request by itself, so every call is
//! one datagram out and its answer in.

pub mod ipv6;
mod made;
pub mod message;

use crate::core::config::RoutingRule;
use crate::core::plan::network::{MadeKind, SeenLink, SeenNetwork};
pub use ipv6::{AddressAnnouncements, Ipv6Change, RouterAnnouncements, RouterFlags};
use message::{KernelReply, NetlinkRequest, answers, attribute, ip_attribute};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, send, socket_with};
use std::cell::Cell;
use std::io::{Error, Result};
use std::net::{IpAddr, Ipv4Addr};

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
pub struct Links {
    socket: OwnedFd,
    /// Of the last request: what answers an earlier one, which was given up, is passed over.
    sequence: Cell<u32>,
}

/// The kernel's announcements of interfaces: new ones, and carriers that come and go.
pub struct Announcements(OwnedFd);

impl Announcements {
    /// Starts to listen. Look at the interfaces after this, so that none is missed.
    pub fn open() -> Result<Self> {
        let socket = netlink(SocketFlags::NONBLOCK)?;
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
        Ok(Self { socket: netlink(SocketFlags::empty())?, sequence: Cell::new(0) })
    }

    /// Every interface of this machine, without its addresses.
    pub fn all(&self) -> Result<Vec<SeenLink>> {
        let request = NetlinkRequest::dump(libc::RTM_GETLINK, &message::link(0, 0, 0));
        let mut found: Vec<SeenLink> =
            self.list(&request)?.iter().filter_map(|body| message::read_link(body)).map(with_hardware).collect();
        found.sort_by_key(|link| link.index);
        Ok(found)
    }

    /// Interfaces with their addresses, routes and rules.
    pub fn seen(&self) -> Result<SeenNetwork> {
        let mut links = self.all()?;
        let dump = |kind: u16| self.list(&NetlinkRequest::dump(kind, &[0; 12]));
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
        let routes = dump(libc::RTM_GETROUTE)?.iter().filter_map(|body| message::read_route(body)).collect();
        let rules = dump(libc::RTM_GETRULE)?.iter().filter_map(|body| message::read_rule(body)).collect();
        Ok(SeenNetwork { links, routes, rules })
    }

    /// The number of the interface of a name.
    pub fn index_of(&self, name: &str) -> Result<u32> {
        let request = NetlinkRequest::change(libc::RTM_GETLINK, 0, &message::link(0, 0, 0)).with(name_attribute(name));
        let bodies = self.call(&request)?;
        let link = bodies.first().and_then(|body| message::read_link(body));
        Ok(link.ok_or_else(|| Error::from_raw_os_error(libc::ENODEV))?.index)
    }

    /// Makes a link; `on` is the number of the link that a VLAN is on.
    pub fn make(&self, name: &str, kind: &MadeKind, on: Option<u32>) -> Result<()> {
        let flags = libc::NLM_F_CREATE | libc::NLM_F_EXCL;
        let mut request = NetlinkRequest::change(libc::RTM_NEWLINK, flags, &message::link(0, 0, 0))
            .with(name_attribute(name))
            .with(made::link_info(kind));
        if let Some(on) = on {
            request = request.with(attribute(libc::IFLA_LINK, &on.to_ne_bytes()));
        }
        self.request(&request)
    }

    /// Gives an interface another name. It must be down.
    pub fn rename(&self, index: u32, name: &str) -> Result<()> {
        let request = NetlinkRequest::change(libc::RTM_NEWLINK, 0, &message::link(index, 0, 0));
        self.request(&request.with(name_attribute(name)))
    }

    /// Makes an interface a member of another link. A member of a bond must be down.
    pub fn join(&self, index: u32, of: u32) -> Result<()> {
        let request = NetlinkRequest::change(libc::RTM_NEWLINK, 0, &message::link(index, 0, 0));
        self.request(&request.with(attribute(libc::IFLA_MASTER, &of.to_ne_bytes())))
    }

    /// Prefers a member of a bond.
    pub fn prefer(&self, bond: u32, member: u32) -> Result<()> {
        let request = NetlinkRequest::change(libc::RTM_NEWLINK, 0, &message::link(bond, 0, 0));
        self.request(&request.with(made::primary(member)))
    }

    /// Brings an interface down.
    pub fn down(&self, index: u32) -> Result<()> {
        let up = libc::IFF_UP.unsigned_abs();
        self.request(&NetlinkRequest::change(libc::RTM_NEWLINK, 0, &message::link(index, 0, up)))
    }

    /// Adds a rule. One that is there already is not a failure.
    pub fn add_rule(&self, rule: &RoutingRule) -> Result<()> {
        match self.request(&message::rule(rule)) {
            Err(e) if e.raw_os_error() == Some(libc::EEXIST) => Ok(()),
            done => done,
        }
    }

    /// Brings an interface up. What the kernel makes of its carrier it may put off for a second, so that links which come
    /// and go do not keep it busy; a request for that one interface returns only after that.
    pub fn up(&self, index: u32) -> Result<()> {
        let up = libc::IFF_UP.unsigned_abs();
        self.request(&NetlinkRequest::change(libc::RTM_NEWLINK, 0, &message::link(index, up, up)))?;
        self.request(&NetlinkRequest::change(libc::RTM_GETLINK, 0, &message::link(index, 0, 0)))
    }

    /// Sets the MTU.
    pub fn set_mtu(&self, index: u32, bytes: u32) -> Result<()> {
        let request = NetlinkRequest::change(libc::RTM_NEWLINK, 0, &message::link(index, 0, 0));
        self.request(&request.with(attribute(libc::IFLA_MTU, &bytes.to_ne_bytes())))
    }

    /// Gives an interface an address; one that it has already gets the new lifetime.
    pub fn add_address(&self, index: u32, address: &Address) -> Result<()> {
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
        self.request(&request)
    }

    /// Takes an address away, and with it the routes that have it as their source. One that is gone is not a failure.
    pub fn remove_address(&self, index: u32, ip: IpAddr, prefix_length: u8) -> Result<()> {
        let request = NetlinkRequest::change(libc::RTM_DELADDR, 0, &message::address(index, ip, prefix_length));
        match self.request(&request.with(ip_attribute(libc::IFA_LOCAL, ip))) {
            Err(e) if e.raw_os_error() == Some(libc::EADDRNOTAVAIL) => Ok(()),
            done => done,
        }
    }

    /// Adds a route; the one of the same destination and metric is replaced.
    pub fn add_route(&self, index: u32, route: &Route) -> Result<()> {
        self.request(&route_request(libc::RTM_NEWROUTE, libc::NLM_F_CREATE | libc::NLM_F_REPLACE, index, route))
    }

    /// Takes a route away. One that is gone is not a failure.
    pub fn remove_route(&self, index: u32, route: &Route) -> Result<()> {
        match self.request(&route_request(libc::RTM_DELROUTE, 0, index, route)) {
            Err(e) if e.raw_os_error() == Some(libc::ESRCH) => Ok(()),
            done => done,
        }
    }

    fn request(&self, request: &NetlinkRequest) -> Result<()> {
        self.call(request).map(drop)
    }

    /// Asks for a list. One that changed meanwhile is asked for again, but not forever.
    fn list(&self, request: &NetlinkRequest) -> Result<Vec<Vec<u8>>> {
        const MOST_TRIES: u32 = 4;
        let (mut bodies, mut is_interrupted) = self.exchange(request)?;
        for _ in 1..MOST_TRIES {
            if !is_interrupted {
                break;
            }
            (bodies, is_interrupted) = self.exchange(request)?;
        }
        Ok(bodies)
    }

    /// Sends one request and collects the bodies of its answer.
    fn call(&self, request: &NetlinkRequest) -> Result<Vec<Vec<u8>>> {
        self.exchange(request).map(|(bodies, _)| bodies)
    }

    /// The bodies of an answer, and whether the list changed while the kernel wrote it.
    fn exchange(&self, request: &NetlinkRequest) -> Result<(Vec<Vec<u8>>, bool)> {
        self.sequence.set(self.sequence.get().wrapping_add(1));
        let sequence = self.sequence.get();
        send(&self.socket, &request.bytes(sequence), SendFlags::empty())?;
        let (mut bodies, mut is_interrupted) = (Vec::new(), false);
        let mut datagram = vec![0; 64 << 10];
        loop {
            // The kernel answers at once; the bound only keeps a fault of ours from holding up PID 1.
            let timeout = Timespec { tv_sec: 5, tv_nsec: 0 };
            if poll(&mut [PollFd::new(&self.socket, PollFlags::IN)], Some(&timeout))? == 0 {
                return Err(Error::from_raw_os_error(libc::ETIMEDOUT));
            }
            let (length, _) = recv(&self.socket, datagram.as_mut_slice(), RecvFlags::empty())?;
            for answer in answers(datagram.get(..length).unwrap_or_default()) {
                if answer.sequence != sequence {
                    continue;
                }
                is_interrupted |= answer.is_interrupted;
                match answer.what {
                    KernelReply::Body(body) => bodies.push(body),
                    KernelReply::Done(0) => return Ok((bodies, is_interrupted)),
                    KernelReply::Done(errno) => return Err(Error::from_raw_os_error(errno)),
                }
            }
        }
    }
}

/// Protocol 0 of netlink is the one of routes.
fn netlink(flags: SocketFlags) -> Result<OwnedFd> {
    Ok(socket_with(AddressFamily::NETLINK, SocketType::RAW, flags | SocketFlags::CLOEXEC, None)?)
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
