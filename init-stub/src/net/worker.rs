//! `child dhcp`: DHCPv4 on every wanted interface in parallel, for as long as the node lives. It
//! puts leases into force itself and tells PID 1 in JSON lines. It ends only with PID 1, or when it is told to; leases
//! are then kept, so that the node has the same address after a reboot.

mod interface;

use crate::core::codec::dhcp::frame;
use crate::core::codec::dhcp::message::DhcpReply;
use crate::core::plan::network::SeenLink;
use crate::net::dhcp_event::DhcpEvent;
use crate::net::slaac::refuse_advertisements;
use crate::net::wanted::Wanted;
use crate::pid1::worker::job;
use crate::sys::clock::mono_ms;
use crate::sys::netdev::{Announcements, Links};
use interface::Interface;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;
use std::io::Result;

/// A machine has fewer.
const MOST_INTERFACES: usize = 64;
/// Larger packets are not DHCP on Ethernet.
const LARGEST_PACKET: usize = 4096;
/// Packets of one interface between looks at the others: nobody can hold the loop up.
const BURST: usize = 32;

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
    interfaces: Vec<Interface>,
}

impl Loop {
    fn open(wanted: Wanted) -> Result<Self> {
        let (announcements, links) = (Announcements::open()?, Links::open()?);
        Ok(Self { wanted, links, announcements, interfaces: Vec::new() })
    }

    fn run(&mut self) -> Result<()> {
        self.look()?;
        loop {
            if self.wait()? && self.announcements.drain(|link| self.wanted.interface(link).is_some()) {
                self.look()?;
            }
            for at in 0..self.interfaces.len() {
                self.turn(at)?;
            }
        }
    }

    /// Waits until something can be done; true when interfaces have changed.
    fn wait(&self) -> Result<bool> {
        let due = self.interfaces.iter().filter_map(|interface| interface.client.due()).min();
        let left = due.map(|due| due.saturating_sub(mono_ms()));
        let timeout = left.map(|ms| Timespec {
            tv_sec: i64::try_from(ms / 1000).unwrap_or(i64::MAX),
            tv_nsec: i64::try_from(ms % 1000 * 1_000_000).unwrap_or(0),
        });
        let mut fds = vec![PollFd::new(&self.announcements, PollFlags::IN)];
        let sockets = self.interfaces.iter().filter_map(|interface| interface.socket.as_ref());
        fds.extend(sockets.map(|socket| PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::IN)));
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) => Ok(fds.first().is_some_and(|fd| !fd.revents().is_empty())),
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
        for event in gone.iter().filter_map(Interface::loss) {
            tell(&event)?;
        }
        for link in &present {
            match self.interfaces.iter().position(|known| known.is(link)) {
                Some(at) => self.carrier(at, link)?,
                None => self.take_in(link)?,
            }
        }
        Ok(())
    }

    fn take_in(&mut self, link: &SeenLink) -> Result<()> {
        let (Some(wanted), Some(mac)) = (self.wanted.interface(link), link.mac_bytes()) else { return Ok(()) };
        if self.interfaces.len() >= MOST_INTERFACES {
            return Ok(());
        }
        if let Some(bytes) = wanted.mtu.filter(|bytes| *bytes != link.mtu)
            && let Err(error) = self.links.set_mtu(link.index, bytes)
        {
            tell(&DhcpEvent::refused("set MTU of", &link.name, &error))?;
        }
        if let Err(error) = refuse_advertisements(&link.name) {
            tell(&DhcpEvent::refused("set accept_ra of", &link.name, &error))?;
        }
        if let Err(error) = self.links.up(link.index) {
            return tell(&DhcpEvent::refused("bring up", &link.name, &error));
        }
        self.interfaces.push(Interface::new(link, mac, wanted.mtu, &self.wanted));
        let at = self.interfaces.len() - 1;
        self.carrier(at, link)
    }

    fn carrier(&mut self, at: usize, link: &SeenLink) -> Result<()> {
        let Some(interface) = self.interfaces.get_mut(at) else { return Ok(()) };
        interface.mtu = link.mtu;
        // A bond gets that of its first member, and a bridge may get that of a new one.
        if let Some(mac) = link.mac_bytes() {
            interface.client.set_mac(mac);
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
        let operations = interface.client.tick(mono_ms());
        self.perform(at, operations)
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
