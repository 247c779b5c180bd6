//! One interface of the DHCP child: its client, its sockets, and the lease that is in force on it.

use super::policy::{identity, profile, stripped};
use crate::core::codec::arp::{ArpPacket, Claim, Step};
use crate::core::codec::dhcp::client::{Client, Loss, Operation};
use crate::core::codec::dhcp::frame;
use crate::core::codec::dhcp::lease::{Hop, Lease};
use crate::core::config::{Dhcp4Overrides, MAIN_TABLE};
use crate::core::plan::network::SeenLink;
use crate::net::dhcp_event::DhcpEvent;
use crate::net::wanted::{DhcpInterface, Wanted};
use crate::sys::clock::mono_ms;
use crate::sys::netdev::{Address, Links, Route};
use crate::sys::packet::{PacketSocket, bind_to_interface};
use rustix::net::sockopt::set_socket_reuseaddr;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, sendto, socket_with};
use std::io::Result;
use std::net::{Ipv4Addr, SocketAddrV4};

/// What is in force on an interface.
struct Applied {
    address: Ipv4Addr,
    prefix_length: u8,
    routes: Vec<Hop>,
    metric: u32,
}

/// One interface.
pub struct Interface {
    index: u32,
    name: String,
    /// The state machine.
    pub client: Client,
    /// Open while there is a carrier.
    pub socket: Option<PacketSocket>,
    /// Whether somebody is at the other end, as last heard.
    pub carrier: bool,
    /// How often that had changed.
    pub changes: u32,
    /// Its MTU, as last heard.
    pub mtu: u32,
    /// The config gives it an MTU, so that of a lease does not count.
    fixed_mtu: bool,
    /// Its MTU before it got that of a lease; None: it has not got any.
    mtu_before: Option<u32>,
    overrides: Dhcp4Overrides,
    /// The claim of a new address, and its socket, without which nobody is asked.
    claim: Option<(Claim, Option<PacketSocket>)>,
    /// The address that another machine was last reported to have.
    taken: Option<Ipv4Addr>,
    random: fn() -> u32,
    /// Holds the client's port while a lease is renewed, so that the kernel does not refuse the server's answer.
    port: Option<rustix::fd::OwnedFd>,
    applied: Option<Applied>,
}

impl Interface {
    /// An interface that is up and of whose carrier nothing is known. What an earlier child left on it is taken over.
    pub fn new(link: &SeenLink, mac: [u8; 6], one: &DhcpInterface, wanted: &Wanted, random: fn() -> u32) -> Self {
        let before = wanted.remembered.iter().find(|lease| lease.interface == link.name);
        let profile = profile(link, mac, one, wanted);
        let client = Client::new(mac, profile, before.map(|lease| lease.address), random);
        Self {
            index: link.index,
            name: link.name.clone(),
            client,
            socket: None,
            carrier: false,
            changes: link.changes,
            mtu: link.mtu,
            fixed_mtu: one.mtu.is_some(),
            mtu_before: before.and_then(|lease| lease.mtu_before),
            overrides: one.overrides.clone(),
            claim: None,
            taken: None,
            random,
            port: None,
            applied: before.map(|lease| Applied {
                address: lease.address,
                prefix_length: lease.prefix_length,
                routes: lease.routes.clone(),
                metric: lease.metric,
            }),
        }
    }

    /// Whether it is this one.
    pub fn is(&self, link: &SeenLink) -> bool {
        self.index == link.index && self.name == link.name
    }

    /// What is lost with it when it is gone.
    pub fn loss(&self) -> Option<DhcpEvent> {
        let interface = self.name.clone();
        self.applied.as_ref().map(|_| DhcpEvent::Lost { interface, why: Loss::Gone })
    }

    /// When [`Self::claimed`] or the client has something to do.
    pub fn due(&self) -> Option<u64> {
        self.client.due().into_iter().chain(self.claim.as_ref().map(|(claim, _)| claim.due())).min()
    }

    /// Its open sockets.
    pub fn sockets(&self) -> impl Iterator<Item = &PacketSocket> {
        self.socket.iter().chain(self.claim.iter().filter_map(|(_, socket)| socket.as_ref()))
    }

    /// The hardware address of the interface may be another one.
    pub fn set_mac(&mut self, link: &SeenLink, mac: [u8; 6], duid: &[u8]) {
        self.client.set_mac(mac, identity(link, mac, &self.overrides, duid));
    }

    /// Metric of the lease that is in force.
    pub fn metric(&self) -> Option<u32> {
        self.applied.as_ref().map(|applied| applied.metric)
    }

    /// Opens or closes the socket.
    pub fn set_carrier(&mut self, present: bool) -> Result<()> {
        self.socket = if present { Some(PacketSocket::of_dhcp(self.index)?) } else { None };
        self.carrier = present;
        self.claim = None;
        Ok(())
    }

    /// Goes on with the claim of an address; what the client says to it, and that it is another machine's.
    pub fn claimed(&mut self, now: u64, buffer: &mut [u8]) -> (Vec<Operation>, Option<DhcpEvent>) {
        let Some((claim, socket)) = &mut self.claim else { return Default::default() };
        let address = claim.address;
        while let Some(packet) = socket.as_ref().and_then(|socket| socket.next(buffer)) {
            if ArpPacket::read(packet).is_some_and(|packet| claim.is_lost_by(&packet)) {
                self.claim = None;
                let event = DhcpEvent::Taken { interface: self.name.clone(), address: address.into() };
                let is_new = self.taken.replace(address) != Some(address);
                return (self.client.probed(now, address, false), is_new.then_some(event));
            }
        }
        match claim.tick(now) {
            Step::Wait => {}
            Step::Send(packet) => {
                // As for packets of DHCP.
                let _ = socket.as_ref().map(|socket| socket.broadcast(&packet));
            }
            Step::Over => self.claim = None,
            Step::Free => return (self.client.probed(now, address, true), None),
        }
        Default::default()
    }

    /// Without a socket the address is used as if nobody had wanted a probe.
    fn claim(&mut self, address: Ipv4Addr) -> Vec<DhcpEvent> {
        let opened = PacketSocket::of_arp(self.index, address);
        let claim = Claim::new(mono_ms(), address, self.client.mac(), self.random);
        let (socket, events) = match opened {
            Ok(socket) => (Some(socket), Vec::new()),
            Err(error) => (None, vec![DhcpEvent::refused("listen on", &self.name, &error)]),
        };
        self.claim = Some((claim, socket));
        events
    }

    /// Does what the client says. `free` is the metric of a new lease, `looking` counts who has none.
    pub fn perform(&mut self, links: &Links, operation: Operation, free: u32, looking: usize) -> Vec<DhcpEvent> {
        match operation {
            Operation::Broadcast { from, message } => {
                // A packet that cannot be sent is a packet that is lost: the client repeats it.
                let _ = self.socket.as_ref().map(|socket| socket.broadcast(&frame::wrap(from, &message)));
                Vec::new()
            }
            Operation::Unicast { from, server, message } => {
                let _ = self.send_to(from, server, &message);
                Vec::new()
            }
            Operation::Probe { address } => self.claim(address),
            Operation::Bind(lease) => {
                let lease = stripped(lease, &self.overrides);
                (self.port, self.taken) = (None, None);
                let mut events = self.apply(links, &lease, free);
                let metric = self.metric().unwrap_or(free);
                let (interface, mtu_before) = (self.name.clone(), self.mtu_before);
                events.push(DhcpEvent::Lease { interface, lease, metric, looking, mtu_before });
                events
            }
            Operation::Unbind(why) => {
                self.claim = None;
                let mut events = self.withdraw(links);
                events.push(DhcpEvent::Lost { interface: self.name.clone(), why });
                events
            }
        }
    }

    fn send_to(&mut self, from: Ipv4Addr, server: Ipv4Addr, message: &[u8]) -> Result<()> {
        if self.port.is_none() {
            let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
            set_socket_reuseaddr(&socket, true)?;
            bind_to_interface(&socket, &self.name)?;
            bind(&socket, &SocketAddrV4::new(from, frame::CLIENT_PORT))?;
            self.port = Some(socket);
        }
        if let Some(socket) = &self.port {
            let to = SocketAddrV4::new(server, frame::SERVER_PORT);
            sendto(socket, message, rustix::net::SendFlags::DONTWAIT, &to)?;
        }
        Ok(())
    }

    /// Puts a lease into force. Another address goes first: with it the kernel would take away a second one of the same
    /// prefix.
    fn apply(&mut self, links: &Links, lease: &Lease, free: u32) -> Vec<DhcpEvent> {
        let metric = self.overrides.route_metric.or(self.metric()).unwrap_or(free);
        let (ip, prefix_length) = (lease.address, lease.prefix_length);
        let mut events = Vec::new();
        if self.applied.as_ref().is_some_and(|old| (old.address, old.prefix_length) != (ip, prefix_length)) {
            events.extend(self.withdraw(links));
        }
        let old = self.applied.take();
        let mut note = |verb: &str, object: &str, done: Result<()>| {
            events.extend(done.err().map(|error| DhcpEvent::refused(verb, object, &error)));
        };
        if let Some(bytes) = self.mtu_for(lease.mtu.map(u32::from)) {
            note("set MTU of", &self.name, links.set_mtu(self.index, bytes));
            self.mtu = bytes;
        }
        let address = Address { ip: ip.into(), prefix_length, lifetime_s: lease.seconds, preferred_s: None, metric };
        note("set address of", &self.name, links.add_address(self.index, &address));
        for hop in &lease.routes {
            let object = format!("{}/{} over {}", hop.destination, hop.prefix_length, self.name);
            note("add route", &object, links.add_route(self.index, &route(hop, ip, metric)));
        }
        for (hop, metric) in old.iter().flat_map(|old| stale(old, &lease.routes, metric)) {
            note("remove route over", &self.name, links.remove_route(self.index, &route(hop, ip, metric)));
        }
        self.applied = Some(Applied { address: ip, prefix_length, routes: lease.routes.clone(), metric });
        events
    }

    /// The MTU that the interface gets with a lease; None: the one that it has. Without one in the lease it is the one from before it got that
    /// of another lease.
    fn mtu_for(&mut self, of_lease: Option<u32>) -> Option<u32> {
        if self.fixed_mtu {
            self.mtu_before = None;
            return None;
        }
        let wanted = match of_lease {
            Some(_) => of_lease,
            None => self.mtu_before.take(),
        };
        let wanted = wanted.filter(|bytes| *bytes != self.mtu)?;
        if of_lease.is_some() {
            self.mtu_before.get_or_insert(self.mtu);
        }
        Some(wanted)
    }

    fn withdraw(&mut self, links: &Links) -> Vec<DhcpEvent> {
        self.port = None;
        let Some(old) = self.applied.take() else { return Vec::new() };
        let removed = links.remove_address(self.index, old.address.into(), old.prefix_length);
        removed.err().map(|error| DhcpEvent::refused("remove address of", &self.name, &error)).into_iter().collect()
    }
}

/// The routes of a lease that the next one of the same address has not, or not with this metric.
fn stale<'a>(old: &'a Applied, routes: &[Hop], metric: u32) -> impl Iterator<Item = (&'a Hop, u32)> {
    let is_kept = move |hop: &Hop| old.metric == metric && routes.contains(hop);
    old.routes.iter().filter(move |hop| !is_kept(hop)).map(|hop| (hop, old.metric))
}

fn route(hop: &Hop, source: Ipv4Addr, metric: u32) -> Route {
    Route {
        destination: hop.destination.into(),
        prefix_length: hop.prefix_length,
        gateway: hop.gateway.map(Into::into),
        source: Some(source.into()),
        metric,
        table: MAIN_TABLE,
        on_link: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::wanted::{Remembered, Selector};

    fn interface(mtu: u32, fixed: Option<u32>, mtu_before: Option<u32>) -> Interface {
        let link = SeenLink { index: 2, name: "eth0".into(), mtu, ..SeenLink::default() };
        let one = DhcpInterface { selector: Selector::all(), mtu: fixed, dhcp4: true, ..DhcpInterface::default() };
        let before = Remembered {
            interface: "eth0".into(),
            address: Ipv4Addr::new(192, 0, 2, 7),
            prefix_length: 24,
            metric: 100,
            routes: Vec::new(),
            mtu_before,
        };
        let wanted = Wanted { remembered: vec![before], ..Wanted::default() };
        Interface::new(&link, [2, 0, 0, 0, 0, 1], &one, &wanted, || 7)
    }

    #[test]
    fn the_mtu_of_a_lease_goes_with_it_also_when_an_earlier_child_has_set_it() {
        let mut one = interface(1500, None, None);
        assert_eq!((one.mtu_for(Some(1400)), one.mtu_before), (Some(1400), Some(1500)));
        one.mtu = 1400;
        assert_eq!((one.mtu_for(Some(1400)), one.mtu_before), (None, Some(1500)));
        assert_eq!((one.mtu_for(Some(1300)), one.mtu_before), (Some(1300), Some(1500)));
        one.mtu = 1300;
        assert_eq!((one.mtu_for(None), one.mtu_before), (Some(1500), None));
        // The search for a config has taken that of its lease, and the config does not want it.
        assert_eq!(interface(1400, None, Some(1500)).mtu_for(None), Some(1500));
        assert_eq!(interface(9000, Some(9000), Some(1500)).mtu_for(Some(1400)), None);
        assert_eq!(interface(1500, None, None).mtu_for(None), None);
    }
}
