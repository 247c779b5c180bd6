//! Network interfaces, addresses and routes over rtnetlink. The kernel answers each request by itself, so every call is
//! one datagram out and its answer in.

pub mod ipv6;
pub mod message;

pub use ipv6::{AddressAnnouncements, Ipv6Change};
pub use message::Link;
use message::{KernelReply, NetlinkRequest, answers, attribute, ip_attribute};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, send, socket_with};
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
}

/// A socket to ask for interfaces.
pub struct Links(OwnedFd);

/// The kernel's announcements of interfaces: new ones, and carriers that come and go.
pub struct Announcements(OwnedFd);

impl Announcements {
    /// Starts to listen. Look at the interfaces after this, so that none is missed.
    pub fn open() -> Result<Self> {
        let socket = netlink(SocketFlags::NONBLOCK)?;
        bind(&socket, &SocketAddrNetlink::new(0, libc::RTMGRP_LINK.unsigned_abs()))?;
        Ok(Self(socket))
    }

    /// Takes all that are there. Their content does not matter: the reader looks again after a change.
    pub fn drain(&self) {
        let mut message = [0; 8192];
        // An overrun means "look again" as well.
        while matches!(recv(&self.0, &mut message, RecvFlags::empty()), Ok(_) | Err(rustix::io::Errno::NOBUFS)) {}
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
        Ok(Self(netlink(SocketFlags::empty())?))
    }

    /// Every interface of this machine.
    pub fn all(&self) -> Result<Vec<Link>> {
        let request = NetlinkRequest::dump(libc::RTM_GETLINK, &message::link(0, 0, 0));
        let mut found: Vec<Link> = self.call(&request)?.iter().filter_map(|body| Link::read(body)).collect();
        found.sort_by_key(|link| link.index);
        Ok(found)
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
        if let Some(seconds) = address.lifetime_s {
            request = request.with(attribute(libc::IFA_CACHEINFO, &message::lifetime(seconds)));
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

    /// Sends one request and collects the bodies of its answer.
    fn call(&self, request: &NetlinkRequest) -> Result<Vec<Vec<u8>>> {
        send(&self.0, &request.bytes(), SendFlags::empty())?;
        let mut bodies = Vec::new();
        let mut datagram = vec![0; 64 << 10];
        loop {
            // The kernel answers at once; the bound only keeps a fault of ours from holding up PID 1.
            let timeout = Timespec { tv_sec: 5, tv_nsec: 0 };
            if poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&timeout))? == 0 {
                return Err(Error::from_raw_os_error(libc::ETIMEDOUT));
            }
            let (length, _) = recv(&self.0, datagram.as_mut_slice(), RecvFlags::empty())?;
            for answer in answers(datagram.get(..length).unwrap_or_default()) {
                match answer {
                    KernelReply::Body(body) => bodies.push(body),
                    KernelReply::Done(0) => return Ok(bodies),
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
    let part = message::route(route.destination, route.prefix_length, route.gateway.is_some());
    let mut request = NetlinkRequest::change(kind, flags, &part)
        .with(ip_attribute(libc::RTA_DST, route.destination))
        .with(attribute(libc::RTA_OIF, &index.to_ne_bytes()))
        .with(attribute(libc::RTA_PRIORITY, &route.metric.to_ne_bytes()));
    if let Some(gateway) = route.gateway {
        request = request.with(ip_attribute(libc::RTA_GATEWAY, gateway));
    }
    if let Some(source) = route.source {
        request = request.with(ip_attribute(libc::RTA_PREFSRC, source));
    }
    request
}
