//! IPv6 of one interface of the DHCP child: it asks routers for their advertisements, and servers of DHCPv6 for what the config or the
//! routers say. The kernel makes addresses from advertisements by itself.

use super::router_names::RouterNames;
use crate::core::backoff::eager;
use crate::core::codec::dhcp::client::Loss;
use crate::core::codec::dhcp6::client::{Client6, Mode, Operation6};
use crate::core::codec::dhcp6::lease::Lease6;
use crate::core::codec::dhcp6::message::Dhcp6Reply;
use crate::core::codec::router::RouterOption;
use crate::core::plan::network::SeenLink;
use crate::net::dhcp_event::DhcpEvent;
use crate::net::duid;
use crate::net::wanted::{DhcpInterface, Wanted};
use crate::sys::multicast6::{Dhcp6Socket, ask_routers};
use crate::sys::netdev::{Address, Ipv6Change, Links, RouterFlags};
use std::collections::BTreeMap;
use std::io::Result;
use std::net::Ipv6Addr;

/// The first wait for a router's answer, and the longest, in milliseconds (RFC 7559).
const ROUTER_WAITS: (u64, u64) = (4000, 3_600_000);
/// How often routers are asked where one was heard over an earlier carrier: for a minute.
const ASKED_AGAIN: u32 = 5;
/// An address that a server gives is one of no network: routers say what is on the link.
const PREFIX_LENGTH: u8 = 128;

/// What the kernel has of IPv6 on all interfaces.
pub struct Seen6 {
    /// What routers say of DHCPv6, by the number of the interface.
    pub flags: BTreeMap<u32, RouterFlags>,
    /// All addresses.
    pub addresses: Vec<Ipv6Change>,
}

impl Seen6 {
    /// Asks the kernel.
    pub fn of(links: &Links) -> Result<Self> {
        Ok(Self { flags: links.router_flags()?, addresses: links.ipv6_addresses()? })
    }

    fn address(&self, index: u32, address: Ipv6Addr) -> Option<&Ipv6Change> {
        self.addresses.iter().find(|one| (one.index, one.address) == (index, address))
    }

    /// Whether an interface can send: its own address of the link is known to be nobody else's.
    fn can_send(&self, index: u32) -> bool {
        let is_of_link = |one: &&Ipv6Change| one.index == index && one.address.is_unicast_link_local();
        self.addresses.iter().filter(is_of_link).any(|one| one.is_usable)
    }
}

/// Questions for routers that have had no answer.
#[derive(Debug, Clone, Copy)]
struct Solicitation {
    sent: u32,
    /// How often it is asked at least.
    least: u32,
    due: u64,
}

impl Solicitation {
    /// The kernel does not forget that it has heard a router, also where the cable leads to another one by now. So that says little, and
    /// a switch loses the first packets of a new carrier.
    fn begin(now: u64, is_heard: bool) -> Self {
        Self { sent: 0, least: if is_heard { ASKED_AGAIN } else { 1 }, due: now }
    }
}

/// What the routers of one carrier say of DHCPv6, all together: of two, each advertises its own flags, and the kernel has those that came
/// last.
#[derive(Debug, Default)]
struct Heard {
    all: RouterFlags,
    /// The kernel's flags when the carrier was new. They may be those of another network until others come.
    old: Option<RouterFlags>,
}

impl Heard {
    fn of_new_carrier(flags: RouterFlags) -> Self {
        Self { all: RouterFlags::default(), old: Some(flags) }
    }

    /// Takes in the kernel's flags; what counts.
    fn take(&mut self, flags: RouterFlags) -> RouterFlags {
        let sum = self.all.and(flags);
        if self.old != Some(flags) {
            (self.all, self.old) = (sum, None);
        }
        sum
    }
}

/// One interface.
pub struct Interface6 {
    index: u32,
    name: String,
    mac: [u8; 6],
    wanted: DhcpInterface,
    /// The state machine.
    client: Client6,
    /// Open while the interface can send.
    pub socket: Option<Dhcp6Socket>,
    names: RouterNames,
    /// How often the carrier had changed, as last heard.
    changes: u32,
    solicitation: Option<Solicitation>,
    heard: Heard,
    /// The address of a lease that is on the interface.
    held: Option<Ipv6Addr>,
    /// Whether it was put there without an end. Else a permanent address is one that the config gives, too.
    is_endless: bool,
    /// A lease of whose address the kernel does not know yet whether another machine has it.
    unproven: Option<Lease6>,
}

impl Interface6 {
    /// An interface that is up. What an earlier child left on it is taken over.
    pub fn new(
        now: u64,
        (link, mac): (&SeenLink, [u8; 6]),
        one: &DhcpInterface,
        wanted: &Wanted,
        random: fn() -> u32,
    ) -> Self {
        let before = wanted.remembered6.iter().find(|lease| lease.interface == link.name);
        let (held, is_endless) = (before.map(|lease| lease.address), before.is_some_and(|lease| lease.endless));
        let duid = duid::on_interface(&wanted.duid, mac);
        Self {
            index: link.index,
            name: link.name.clone(),
            mac,
            wanted: one.clone(),
            client: Client6::new(duid, duid::iaid(link, mac), wanted.hostname.clone(), held, random),
            socket: None,
            names: RouterNames::new(now),
            changes: link.changes,
            solicitation: None,
            heard: Heard::default(),
            held,
            is_endless,
            unproven: None,
        }
    }

    /// Whether it is this one.
    pub fn is(&self, link: &SeenLink) -> bool {
        self.index == link.index && self.name == link.name
    }

    /// Whether it has this number.
    pub fn has_index(&self, index: u32) -> bool {
        self.index == index
    }

    /// What is lost with it when it is gone.
    pub fn loss(&self) -> DhcpEvent {
        DhcpEvent::Lost6 { interface: self.name.clone(), why: Loss::Gone }
    }

    /// When [`Self::turn`] has something to do.
    pub fn due(&self) -> Option<u64> {
        let solicitation = self.solicitation.map(|one| one.due);
        [self.client.due(), solicitation, self.names.due()].into_iter().flatten().min()
    }

    /// The interface, its addresses or what routers say may have changed.
    pub fn look(&mut self, links: &Links, now: u64, link: &SeenLink, seen: &Seen6) -> Vec<DhcpEvent> {
        let mut events: Vec<DhcpEvent> = self.end_of_remembered(seen).into_iter().collect();
        // A bond gets that of its first member, and routers answer to it.
        if let Some(mac) = link.mac_bytes().filter(|mac| *mac != self.mac) {
            self.mac = mac;
            self.client.identify(duid::iaid(link, mac));
        }
        let has_flapped = std::mem::replace(&mut self.changes, link.changes) != link.changes;
        let flags = seen.flags.get(&self.index).copied().unwrap_or_default();
        let can_send = link.carrier && seen.can_send(self.index);
        if can_send != self.socket.is_some() || (has_flapped && can_send) {
            self.socket = None;
            if can_send {
                match Dhcp6Socket::open(self.index, &self.name) {
                    Ok(socket) => self.socket = Some(socket),
                    Err(error) => events.push(DhcpEvent::refused("listen on", &self.name, &error)),
                }
            }
            self.solicitation = can_send.then(|| Solicitation::begin(now, flags.is_heard));
            self.heard = Heard::of_new_carrier(flags);
            let operations = self.client.carrier(now, can_send);
            events.extend(self.perform(links, operations));
        }
        if flags.is_heard && self.solicitation.is_some_and(|one| one.sent >= one.least) {
            self.solicitation = None;
        }
        let flags = self.heard.take(flags);
        self.client.hear_routers(flags.is_heard && (flags.is_managed || flags.has_other));
        let operations = self.client.ask(now, self.mode(flags));
        events.extend(self.perform(links, operations));
        events.extend(self.prove(links, now, seen));
        events
    }

    /// What is asked of servers.
    fn mode(&self, flags: RouterFlags) -> Option<Mode> {
        match flags {
            _ if self.wanted.dhcp6 => Some(Mode::Stateful),
            RouterFlags { is_heard: false, .. } => None,
            RouterFlags { is_managed: true, .. } => Some(Mode::Stateful),
            RouterFlags { has_other: true, .. } => Some(Mode::Stateless),
            _ => None,
        }
    }

    /// A lease counts once the kernel has found that nobody else has its address, and its address comes back when the kernel drops it.
    fn prove(&mut self, links: &Links, now: u64, seen: &Seen6) -> Vec<DhcpEvent> {
        let Some(lease) = self.unproven.clone().or_else(|| self.client.lease().cloned()) else { return Vec::new() };
        match seen.address(self.index, lease.address) {
            // The kernel refuses it where IPv6 is off.
            None if self.socket.is_none() => Vec::new(),
            None => self.put(links, &lease).err().into_iter().collect(),
            // The kernel keeps one that has no end.
            Some(found) if found.is_duplicate => self.taken(links, now, lease.address),
            Some(found) if found.is_usable && self.unproven.take().is_some() => vec![self.lease_event(lease)],
            Some(_) => Vec::new(),
        }
    }

    /// Whether the config gives the interface this address, too: then it has no end and this child has not put it there. The kernel would
    /// give it the lease's end, and take it away with the lease.
    fn is_static(&self, all: &[Ipv6Change], address: Ipv6Addr) -> bool {
        let is_own = self.held == Some(address) && self.is_endless;
        let is_permanent = |one: &Ipv6Change| one.lifetime_s.is_none() && !one.is_gone;
        !is_own && all.iter().any(|one| (one.index, one.address) == (self.index, address) && is_permanent(one))
    }

    /// An address that an earlier child has left ends in the kernel, and no lease of this one says when.
    fn end_of_remembered(&mut self, seen: &Seen6) -> Option<DhcpEvent> {
        let is_there = |address: &Ipv6Addr| seen.address(self.index, *address).is_some();
        let is_of_lease = self.client.lease().is_some() || self.unproven.is_some();
        self.held.take_if(|held| !is_of_lease && !is_there(held))?;
        Some(DhcpEvent::Lost6 { interface: self.name.clone(), why: Loss::Expired })
    }

    /// Another machine on the link has an address.
    pub fn taken(&mut self, links: &Links, now: u64, address: Ipv6Addr) -> Vec<DhcpEvent> {
        if self.held != Some(address) {
            return Vec::new();
        }
        let operations = self.client.taken(now, address);
        let mut events = self.perform(links, operations);
        events.push(DhcpEvent::Taken { interface: self.name.clone(), address: address.into() });
        events
    }

    fn lease_event(&self, lease: Lease6) -> DhcpEvent {
        DhcpEvent::Lease6 { interface: self.name.clone(), index: self.index, lease }
    }

    /// Takes in what a router says about names.
    pub fn hear_router(&mut self, now: u64, option: RouterOption) {
        self.names.take(now, option);
    }

    /// The next message of a server, if there is one.
    pub fn next(&self, buffer: &mut [u8]) -> Option<Option<Dhcp6Reply>> {
        self.socket.as_ref()?.next(buffer).map(Dhcp6Reply::read)
    }

    /// A server has answered.
    pub fn heard(&mut self, links: &Links, now: u64, reply: &Dhcp6Reply) -> Vec<DhcpEvent> {
        let operations = self.client.heard(now, reply);
        self.perform(links, operations)
    }

    /// Does what is due.
    pub fn turn(&mut self, links: &Links, now: u64) -> Vec<DhcpEvent> {
        if let Some(one) = self.solicitation.as_mut().filter(|one| one.due <= now) {
            // A question that cannot be sent is one that is lost: it is repeated.
            let _ = ask_routers(self.index, &self.name, self.mac);
            one.due = now + eager(ROUTER_WAITS.0, ROUTER_WAITS.1, one.sent);
            one.sent = one.sent.saturating_add(1);
        }
        let operations = self.client.tick(now);
        let mut events = self.perform(links, operations);
        if let Some((servers, domains)) = self.names.turn(now) {
            events.push(DhcpEvent::RouterNames { interface: self.name.clone(), servers, domains });
        }
        events
    }

    fn perform(&mut self, links: &Links, operations: Vec<Operation6>) -> Vec<DhcpEvent> {
        let mut events = Vec::new();
        for operation in operations {
            match operation {
                Operation6::Send { message } => {
                    // As for routers.
                    let _ = self.socket.as_ref().map(|socket| socket.send(&message));
                }
                Operation6::Bind(lease) => events.extend(self.bind(links, lease)),
                Operation6::Inform(information) => {
                    events.push(DhcpEvent::Information { interface: self.name.clone(), information });
                }
                Operation6::Unbind { why, .. } => events.extend(self.unbind(links, why)),
            }
        }
        events
    }

    fn bind(&mut self, links: &Links, lease: Lease6) -> Vec<DhcpEvent> {
        let is_renewed = self.held == Some(lease.address) && self.unproven.is_none();
        let mut events = Vec::new();
        if self.held.is_some_and(|held| held != lease.address) {
            events.extend(self.withdraw(links));
        }
        events.extend(self.put(links, &lease).err());
        match is_renewed {
            true => events.push(self.lease_event(lease)),
            false => self.unproven = Some(lease),
        }
        events
    }

    fn unbind(&mut self, links: &Links, why: Loss) -> Vec<DhcpEvent> {
        let mut events: Vec<DhcpEvent> = self.withdraw(links).into_iter().collect();
        if self.unproven.take().is_none() {
            events.push(DhcpEvent::Lost6 { interface: self.name.clone(), why });
        }
        events
    }

    fn put(&mut self, links: &Links, lease: &Lease6) -> std::result::Result<(), DhcpEvent> {
        let all = links.ipv6_addresses().unwrap_or_default();
        self.put_with(links, &all, lease)
    }

    /// Puts the address of a lease in addition to the other addresses, unless it is one of the config.
    fn put_with(&mut self, links: &Links, all: &[Ipv6Change], lease: &Lease6) -> std::result::Result<(), DhcpEvent> {
        let is_static = self.is_static(all, lease.address);
        (self.held, self.is_endless) = (Some(lease.address), lease.seconds.is_none() && !is_static);
        if is_static {
            return Ok(());
        }
        let address = Address {
            ip: lease.address.into(),
            prefix_length: PREFIX_LENGTH,
            lifetime_s: lease.seconds,
            preferred_s: lease.preferred_seconds,
            metric: 0,
        };
        links
            .add_address(self.index, &address)
            .map_err(|error| DhcpEvent::refused("set address of", &self.name, &error))
    }

    fn withdraw(&mut self, links: &Links) -> Option<DhcpEvent> {
        let all = links.ipv6_addresses().unwrap_or_default();
        self.withdraw_from(links, &all)
    }

    fn withdraw_from(&mut self, links: &Links, all: &[Ipv6Change]) -> Option<DhcpEvent> {
        let is_static = self.held.is_some_and(|held| self.is_static(all, held));
        let old = self.held.take().filter(|_| !is_static)?;
        let removed = links.remove_address(self.index, old.into(), PREFIX_LENGTH);
        removed.err().map(|error| DhcpEvent::refused("remove address of", &self.name, &error))
    }
}

#[cfg(test)]
mod tests;
