//! IPv6 addresses that the kernel makes from router advertisements (SLAAC). The kernel does all of it but asking for routers, which the
//! DHCP child does; this part lets it do so on an interface that init brings up, and reports each address as an event.

use super::state::Network;
use super::{facts, follow, names};
use crate::core::error::{Code, Error, Result, Step};
use crate::core::event::{Body, Method};
use crate::core::pace::Pace;
use crate::pid1::event_loop::Token;
use crate::pid1::node::Node;
use crate::sys::clock::mono_ms;
use crate::sys::netdev::{AddressAnnouncements, Ipv6Change, Links};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::Ipv6Addr;

/// Addresses of other machines that are remembered, so that each is reported once; more is malice.
const MOST_TAKEN: usize = 64;

/// Events of new addresses of one interface: this many at once, and on average one in so many milliseconds. Any machine on the link can
/// advertise prefixes that last for a second.
const BURST: u64 = 8;
const PACE: u64 = 1000;

/// Reports of one interface.
#[derive(Debug, Default, PartialEq, Eq)]
struct Reports {
    pace: Pace,
    /// New addresses without an event since the last one that has one.
    left_out: u64,
}

impl Reports {
    /// Whether there may be another one now, and if so how many have none since the last one; if not, it is counted.
    fn allow(&mut self, now: u64) -> Option<u64> {
        if self.pace.allow(now, PACE, BURST) {
            return Some(std::mem::take(&mut self.left_out));
        }
        self.left_out = self.left_out.saturating_add(1);
        None
    }
}

/// The kernel's announcements of addresses.
#[derive(Default)]
struct Slaac {
    announcements: Option<(AddressAnnouncements, Token)>,
    /// Addresses of which it was reported that another machine has them.
    taken: BTreeSet<(u32, Ipv6Addr)>,
    /// By the number of the interface.
    reports: BTreeMap<u32, Reports>,
}

impl Slaac {
    /// What is to be reported where another machine has an address: once, and again when it could be used meanwhile. The kernel takes such
    /// an address away, and makes it again from each advertisement.
    fn newly_taken(&mut self, change: &Ipv6Change) -> Option<Error> {
        let key = (change.index, change.address);
        if change.is_usable && !change.is_gone {
            self.taken.remove(&key);
        }
        let is_of_link = !change.is_gone && change.address.is_unicast_link_local();
        let is_taken = change.is_duplicate && (is_of_link || (change.is_gone && change.is_from_router));
        let is_new = is_taken && self.taken.len() < MOST_TAKEN && self.taken.insert(key);
        is_new.then(|| {
            Error::new(Code::AddressTaken, "use", change.address.to_string())
                .with_detail("the kernel made it by itself, and another machine on the link has it")
        })
    }
}

/// Reports the addresses that are there, and from now on each new one.
pub fn watch(node: &mut Node, links: &Links) -> Result<()> {
    if node.state::<Slaac>().announcements.is_some() {
        return Ok(());
    }
    let token = node.events.token();
    let open = || -> io::Result<AddressAnnouncements> {
        let announcements = AddressAnnouncements::open()?;
        node.events.watch(&announcements, token)?;
        Ok(announcements)
    };
    let announcements = open().step(Code::KernelRefused, "listen for", "IPv6 addresses")?;
    node.state::<Slaac>().announcements = Some((announcements, token));
    take(node, links, links.ipv6_addresses().step(Code::KernelRefused, "list", "IPv6 addresses")?);
    Ok(())
}

/// Takes in what the kernel has announced by now.
pub fn catch_up(node: &mut Node) {
    let token = node.state::<Slaac>().announcements.as_ref().map(|(_, token)| *token);
    if let Some(token) = token {
        hear(node, token);
    }
}

/// Reads what the kernel announces, if it was that which can be read.
pub fn hear(node: &mut Node, readable: Token) {
    let Some((announcements, token)) = &node.state::<Slaac>().announcements else { return };
    if *token != readable {
        return;
    }
    let (changes, missed) = announcements.read();
    let Ok(links) = Links::open() else { return };
    take(node, &links, changes);
    if let (true, Ok(all)) = (missed, links.ipv6_addresses()) {
        let network = node.state::<Network>();
        let has_ended = keep_present(&mut network.slaac, &all);
        keep_present(&mut network.deprecated, &all);
        take(node, &links, all);
        if has_ended {
            facts::gather(node);
            names::refresh(node);
        }
    }
}

/// An address is reported once it is known that nobody else on the link has it.
fn take(node: &mut Node, links: &Links, changes: Vec<Ipv6Change>) {
    let (mut is_settled, mut has_changed) = (false, false);
    let followed = follow::followed(node);
    for change in changes {
        let key = (change.index, change.address);
        // Nobody waits for those of pods, which come all the time.
        is_settled |= (change.is_usable || change.is_duplicate)
            && followed.as_ref().is_some_and(|network| network.has_address(change.address.into()));
        if let Some(error) = node.state::<Slaac>().newly_taken(&change) {
            node.warn(error, None);
        }
        let is_deprecated = change.is_deprecated && !change.is_gone;
        has_changed |= node.state::<Network>().set_deprecated(key, is_deprecated);
        if change.is_gone {
            has_changed |= node.state::<Network>().slaac.remove(&key);
            continue;
        }
        if !change.is_from_router || !change.is_usable || node.state::<Network>().slaac.contains(&key) {
            continue;
        }
        let present = links.all().unwrap_or_default();
        let Some(link) = present.into_iter().find(|link| link.index == change.index) else { continue };
        has_changed |= node.state::<Network>().slaac.insert(key);
        let allowed = node.state::<Slaac>().reports.entry(change.index).or_default().allow(mono_ms());
        let Some(left_out) = allowed else { continue };
        let gateway = links.ipv6_gateways().ok().and_then(|gateways| gateways.get(&change.index).copied());
        node.emit(Body::LinkConfigured {
            interface: link.name,
            method: Method::Slaac,
            address: format!("{}/{}", change.address, change.prefix_length),
            gateway: gateway.map(|gateway| gateway.to_string()),
            nameservers: Vec::new(),
            lease_ms: change.lifetime_s.map(|seconds| u64::from(seconds) * 1000),
            left_out: (left_out > 0).then_some(left_out),
        });
    }
    if is_settled {
        follow::address_settled(node);
    }
    if has_changed {
        facts::gather(node);
        names::refresh(node);
    }
}

/// Lets go of what is reported and not in a list of all addresses: nobody has seen it go. True where that is something.
fn keep_present(reported: &mut BTreeSet<(u32, Ipv6Addr)>, all: &[Ipv6Change]) -> bool {
    let before = reported.len();
    reported.retain(|key| all.iter().any(|one| (one.index, one.address) == *key));
    before != reported.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGE: Ipv6Change = Ipv6Change {
        index: 2,
        address: Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7),
        prefix_length: 64,
        is_from_router: true,
        is_usable: false,
        is_duplicate: false,
        is_deprecated: false,
        lifetime_s: Some(300),
        is_gone: false,
    };
    const TAKEN: Ipv6Change = Ipv6Change { is_duplicate: true, is_gone: true, ..CHANGE };

    #[test]
    fn an_address_of_another_machine_is_reported_once_however_often_the_kernel_makes_it_again() {
        let mut slaac = Slaac::default();
        let mut codes = |change: Ipv6Change| slaac.newly_taken(&change).map(|error| error.code);
        assert_eq!(codes(TAKEN), Some(Code::AddressTaken));
        assert_eq!([codes(CHANGE), codes(TAKEN)], [None, None], "it is made again");
        assert_eq!(codes(Ipv6Change { is_usable: true, ..CHANGE }), None);
        assert_eq!(codes(TAKEN), Some(Code::AddressTaken), "it was free meanwhile");
        assert_eq!(codes(Ipv6Change { is_duplicate: false, index: 3, ..TAKEN }), None);
        // Without that of the link itself there is no IPv6 at all. The kernel keeps it.
        let own = Ipv6Change { address: Ipv6Addr::LOCALHOST, is_gone: false, is_from_router: false, ..TAKEN };
        assert_eq!(codes(own.clone()), None);
        assert_eq!(codes(Ipv6Change { address: "fe80::7".parse().unwrap(), ..own }), Some(Code::AddressTaken));
        for host in 0..u16::MAX {
            codes(Ipv6Change { address: Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, host), ..TAKEN });
        }
        assert_eq!(slaac.taken.len(), MOST_TAKEN);
    }

    #[test]
    fn of_addresses_without_end_eight_are_reported_at_once_and_then_one_a_second() {
        let mut reports = Reports::default();
        let allowed = |reports: &mut Reports, now: u64| (0..100).filter(|_| reports.allow(now).is_some()).count();
        assert_eq!(allowed(&mut reports, 5000), 8);
        assert_eq!(reports.left_out, 92);
        let mut next = Reports { left_out: 92, ..Reports::default() };
        assert_eq!([6000, 6001].map(|now| next.allow(now)), [Some(92), Some(0)], "the next one says how many");
        assert_eq!([5999, 6000, 6001, 8500].map(|now| allowed(&mut reports, now)), [0, 1, 0, 2]);
        assert_eq!(allowed(&mut reports, 1_000_000), 8, "a quiet time makes up for it");
    }

    #[test]
    fn an_address_whose_end_was_missed_is_gone() {
        let mut reported = [(2, CHANGE.address), (3, CHANGE.address)].into();
        assert!(keep_present(&mut reported, &[CHANGE]));
        assert_eq!(reported, [(2, CHANGE.address)].into());
        assert!(!keep_present(&mut reported, &[CHANGE]));
    }
}
