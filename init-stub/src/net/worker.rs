//! `child dhcp`: DHCP and DHCPv6 on every wanted interface in parallel, and what IPv6 routers advertise there, for as long as the node
//! lives. It puts leases into force itself and tells PID 1 in JSON lines. It ends only with PID 1, or when it is told to; leases
//! are then kept, so that the node has the same address after a reboot.

mod interface;
mod interface6;
mod policy;
mod router_names;

use crate::core::codec::dhcp::frame;
use crate::core::codec::dhcp::message::DhcpReply;
use crate::core::plan::network::SeenLink;
use crate::net::advertisements::set_advertisements;
use crate::net::dhcp_event::DhcpEvent;
use crate::net::wanted::Wanted;
use crate::pid1::worker::job;
use crate::sys::clock::mono_ms;
use crate::sys::netdev::{Announcements, Links, RouterAnnouncements};
use crate::sys::random::chance;
use interface::Interface;
use interface6::{Interface6, Seen6};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;
use std::io::Result;

/// A machine has fewer.
const MOST_INTERFACES: usize = 64;
/// Larger packets are not DHCP on Ethernet.
const LARGEST_PACKET: usize = 4096;
/// Packets of one interface between looks at the others: nobody can hold the loop up.
const BURST: usize = 32;
/// Between two looks that an advertisement or an address causes, in milliseconds: each lists all interfaces, and any machine on the link
/// can send as many advertisements as it likes.
const PAUSE: u64 = 100;

/// Runs until an error that only PID 1 can fix.
pub fn run() -> u8 {
    let Some((wanted, _)) = job(0) else { return 2 };
    match Loop::open(wanted).and_then(|mut all| all.run()) {
        Ok(()) => 0,
        Err(error) => {
            crate::sys::stdio::complain(&format!("{error}\n"));
            1
        }
    }
}

/// Writes a line to PID 1. Without a reader there is no node any more.
fn tell(event: &DhcpEvent) -> Result<()> {
    let mut line = serde_json::to_string(event)?;
    line.push('\n');
    if crate::sys::stdio::print(&line) { Ok(()) } else { Err(std::io::ErrorKind::BrokenPipe.into()) }
}

struct Loop {
    wanted: Wanted,
    links: Links,
    announcements: Announcements,
    of_routers: RouterAnnouncements,
    interfaces: Vec<Interface>,
    interfaces6: Vec<Interface6>,
    /// When to look at the interfaces again.
    look_at: Option<u64>,
    looked: u64,
}

impl Loop {
    fn open(wanted: Wanted) -> Result<Self> {
        let (announcements, of_routers, links) = (Announcements::open()?, RouterAnnouncements::open()?, Links::open()?);
        let (interfaces, interfaces6) = (Vec::new(), Vec::new());
        Ok(Self { wanted, links, announcements, of_routers, interfaces, interfaces6, look_at: None, looked: 0 })
    }

    fn run(&mut self) -> Result<()> {
        self.look()?;
        loop {
            if self.wait()? {
                if self.announcements.drain(|link| self.wanted.interface(link).is_some()) {
                    self.look_at = Some(0);
                }
                if self.hear_routers()? {
                    self.look_at.get_or_insert(self.looked + PAUSE);
                }
            }
            if self.look_at.take_if(|at| *at <= mono_ms()).is_some() {
                self.look()?;
                self.looked = mono_ms();
            }
            for at in 0..self.interfaces.len() {
                self.turn(at)?;
            }
            for at in 0..self.interfaces6.len() {
                self.turn6(at)?;
            }
        }
    }

    /// Waits until something can be done; true when the kernel has announced something.
    fn wait(&self) -> Result<bool> {
        let due = self.interfaces.iter().filter_map(Interface::due);
        let due = due.chain(self.interfaces6.iter().filter_map(Interface6::due)).chain(self.look_at).min();
        let left = due.map(|due| due.saturating_sub(mono_ms()));
        let timeout = left.map(|ms| Timespec {
            tv_sec: i64::try_from(ms / 1000).unwrap_or(i64::MAX),
            tv_nsec: i64::try_from(ms % 1000 * 1_000_000).unwrap_or(0),
        });
        let mut fds =
            vec![PollFd::new(&self.announcements, PollFlags::IN), PollFd::new(&self.of_routers, PollFlags::IN)];
        let sockets = self.interfaces.iter().flat_map(Interface::sockets);
        fds.extend(sockets.map(|socket| PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::IN)));
        let sockets = self.interfaces6.iter().filter_map(|interface| interface.socket.as_ref());
        fds.extend(sockets.map(|socket| PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::IN)));
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) => Ok(fds.iter().take(2).any(|fd| !fd.revents().is_empty())),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// Looks at the machine's interfaces: takes in new ones, lets go of those that are gone, notices carriers.
    fn look(&mut self) -> Result<()> {
        let present = self.links.all()?;
        let all = std::mem::take(&mut self.interfaces);
        let (kept, gone): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|known| present.iter().any(|link| known.is(link)));
        self.interfaces = kept;
        let all = std::mem::take(&mut self.interfaces6);
        let (kept, gone6): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|known| present.iter().any(|link| known.is(link)));
        self.interfaces6 = kept;
        for event in gone.iter().filter_map(Interface::loss).chain(gone6.iter().map(Interface6::loss)) {
            tell(&event)?;
        }
        for link in &present {
            let is_known6 = self.interfaces6.iter().any(|known| known.is(link));
            match self.interfaces.iter().position(|known| known.is(link)) {
                Some(at) => self.carrier(at, link)?,
                None if is_known6 => {}
                None => self.take_in(link)?,
            }
        }
        self.look6(&present)
    }

    /// What of IPv6 has changed.
    fn look6(&mut self, present: &[SeenLink]) -> Result<()> {
        if self.interfaces6.is_empty() {
            return Ok(());
        }
        let seen = Seen6::of(&self.links)?;
        for interface in &mut self.interfaces6 {
            let Some(link) = present.iter().find(|link| interface.is(link)) else { continue };
            for event in interface.look(&self.links, mono_ms(), link, &seen) {
                tell(&event)?;
            }
        }
        Ok(())
    }

    /// Takes in what routers name; true when something else has changed.
    fn hear_routers(&mut self) -> Result<bool> {
        let announced =
            self.of_routers.take(|index| self.interfaces6.iter().any(|interface| interface.has_index(index)));
        for (index, address) in announced.duplicates {
            let interface = self.interfaces6.iter_mut().find(|interface| interface.has_index(index));
            let events = interface.map(|interface| interface.taken(&self.links, mono_ms(), address));
            events.into_iter().flatten().try_for_each(|event| tell(&event))?;
        }
        for option in announced.options {
            let interface = self.interfaces6.iter_mut().find(|interface| interface.has_index(option.index));
            if let Some(interface) = interface {
                interface.hear_router(mono_ms(), option);
            }
        }
        Ok(announced.has_changed)
    }

    fn take_in(&mut self, link: &SeenLink) -> Result<()> {
        let (Some(wanted), Some(mac)) = (self.wanted.interface(link), link.mac_bytes()) else { return Ok(()) };
        let wanted = wanted.clone();
        if self.interfaces.len().max(self.interfaces6.len()) >= MOST_INTERFACES {
            return Ok(());
        }
        if let Some(bytes) = wanted.mtu.filter(|bytes| *bytes != link.mtu)
            && let Err(error) = self.links.set_mtu(link.index, bytes)
        {
            tell(&DhcpEvent::refused("set MTU of", &link.name, &error))?;
        }
        // For links of the config it is done by now; those of the search have none.
        if let Err(error) = set_advertisements(&link.name, wanted.has_ipv6(), wanted.slaac) {
            tell(&DhcpEvent::refused("set accept_ra of", &link.name, &error))?;
        }
        if let Err(error) = self.links.up(link.index) {
            return tell(&DhcpEvent::refused("bring up", &link.name, &error));
        }
        if wanted.has_ipv6() {
            self.interfaces6.push(Interface6::new(mono_ms(), (link, mac), &wanted, &self.wanted, random));
        }
        if !wanted.dhcp4 {
            return Ok(());
        }
        self.interfaces.push(Interface::new(link, mac, &wanted, &self.wanted, random));
        let at = self.interfaces.len() - 1;
        self.carrier(at, link)
    }

    fn carrier(&mut self, at: usize, link: &SeenLink) -> Result<()> {
        let Some(interface) = self.interfaces.get_mut(at) else { return Ok(()) };
        interface.mtu = link.mtu;
        // A bond gets that of its first member, and a bridge may get that of a new one.
        if let Some(mac) = link.mac_bytes() {
            interface.set_mac(link, mac, &self.wanted.duid);
        }
        let flapped = std::mem::replace(&mut interface.changes, link.changes) != link.changes;
        if interface.carrier == link.carrier && !(flapped && link.carrier) {
            return Ok(());
        }
        if let Err(error) = interface.set_carrier(link.carrier) {
            return tell(&DhcpEvent::refused("listen on", &link.name, &error));
        }
        let operations = interface.client.carrier(mono_ms(), link.carrier);
        self.perform(at, operations)
    }

    /// Reads what came in and does what is due.
    fn turn(&mut self, at: usize) -> Result<()> {
        let mut buffer = [0; LARGEST_PACKET];
        for _ in 0..BURST {
            let Some(interface) = self.interfaces.get_mut(at) else { return Ok(()) };
            let Some(packet) = interface.socket.as_ref().and_then(|socket| socket.next(&mut buffer)) else { break };
            let Some(answer) = frame::unwrap(packet).and_then(DhcpReply::read) else { continue };
            let operations = interface.client.heard(mono_ms(), &answer);
            self.perform(at, operations)?;
        }
        let Some(interface) = self.interfaces.get_mut(at) else { return Ok(()) };
        let (operations, taken) = interface.claimed(mono_ms(), &mut buffer);
        taken.iter().try_for_each(tell)?;
        self.perform(at, operations)?;
        let Some(interface) = self.interfaces.get_mut(at) else { return Ok(()) };
        let operations = interface.client.tick(mono_ms());
        self.perform(at, operations)
    }

    /// The same of IPv6.
    fn turn6(&mut self, at: usize) -> Result<()> {
        let mut buffer = [0; LARGEST_PACKET];
        let Some(interface) = self.interfaces6.get_mut(at) else { return Ok(()) };
        let mut events = Vec::new();
        for _ in 0..BURST {
            match interface.next(&mut buffer) {
                None => break,
                Some(None) => {}
                Some(Some(reply)) => events.extend(interface.heard(&self.links, mono_ms(), &reply)),
            }
        }
        events.extend(interface.turn(&self.links, mono_ms()));
        events.iter().try_for_each(tell)
    }

    fn perform(&mut self, at: usize, operations: Vec<crate::core::codec::dhcp::client::Operation>) -> Result<()> {
        let free = self.free_metric();
        let looking = self.interfaces.iter().filter(|interface| interface.client.is_looking()).count();
        let Some(interface) = self.interfaces.get_mut(at) else { return Ok(()) };
        for operation in operations {
            for event in interface.perform(&self.links, operation, free, looking) {
                tell(&event)?;
            }
        }
        Ok(())
    }

    /// The metric of the next lease: who comes first has the lowest, and so the default route.
    fn free_metric(&self) -> u32 {
        let taken: Vec<u32> = self.interfaces.iter().filter_map(Interface::metric).collect();
        (0..).map(|rank| 100 + 10 * rank).find(|metric| !taken.contains(metric)).unwrap_or(100)
    }
}

/// For transactions, and for waits that must not be those of the neighbours. DHCP cannot wait for the kernel's randomness.
fn random() -> u32 {
    u32::from_ne_bytes(chance())
}
