//! The node's network as PID 1 knows it: the leases in force, and the child that finds and renews them.

pub mod dhcp_event;
mod dhcp_task;
pub mod facts;
pub mod names;
pub mod setup;
pub mod slaac;
pub mod wanted;
pub mod worker;

use crate::core::backoff::Backoff;
use crate::core::codec::dhcp::lease::Lease;
use crate::core::error::{Code, Error};
use crate::core::event::{Body, Method};
use crate::pid1::event_loop::{Token, Wakeup};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::{Node, Subject};
use crate::pid1::wait;
use crate::sys::netdev::{Announcements, Links};
use dhcp_event::DhcpEvent;
use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;
use wanted::{DhcpInterface, Selector, Wanted};

/// As the event loop knows it.
pub const SUBJECT: Subject = Subject { stage: "network", handle, stop: |_| {} };

/// How long one call of [`start_minimal`] waits.
const ATTEMPT: u64 = 5_000;
/// How long a lease without a default route waits for one that has it.
const BETTER_LEASE: u64 = 3_000;

/// What PID 1 knows of the network beside its facts.
#[derive(Default)]
struct Network {
    /// The addresses that the config gives, in its order.
    statics: Vec<StaticAddress>,
    /// Leases in force by interface.
    leases: BTreeMap<String, Held>,
    /// Interfaces with a carrier that had no lease when the DHCP client last spoke.
    looking: usize,
    /// What the DHCP client is to do; None: it is not to run.
    wanted: Option<Wanted>,
    /// Lines of the DHCP client that are no events, such as a panic's last words; the newest few.
    last_words: VecDeque<String>,
    backoff: Backoff,
    announcements: Option<(Announcements, Token)>,
    slaac: slaac::Slaac,
}

/// A static address of the config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaticAddress {
    /// The address.
    pub address: Ipv4Addr,
    /// Whether the config gives its interface a gateway, and so a default route.
    pub has_gateway: bool,
}

/// A lease in force.
struct Held {
    lease: Lease,
    metric: u32,
}

/// Says which static addresses the node has.
pub fn set_statics(node: &mut Node, statics: Vec<StaticAddress>) {
    node.state::<Network>().statics = statics;
}

/// For sources: DHCP on every Ethernet interface until one has a route. Returns at once when there is one. One call is
/// one attempt of at most five seconds, and `dhcp-timeout` after it may be tried again: DHCP goes on meanwhile. The
/// power button works while this waits.
pub fn start_minimal(node: &mut Node) -> Result<(), Interrupt> {
    let interfaces = vec![DhcpInterface { selector: Selector::All, mtu: None }];
    if node.state::<Network>().wanted.is_none() {
        want(node, Wanted { interfaces, ..Wanted::default() });
    }
    match wait_for_route(node, ATTEMPT)? {
        true => Ok(()),
        false => Err(no_route(&Links::open().and_then(|links| links.all())).into()),
    }
}

/// Makes the DHCP client do what is wanted: one that does it already goes on, so that its leases stay.
pub fn want(node: &mut Node, wanted: Wanted) {
    let is_same = match &node.state::<Network>().wanted {
        None => wanted.interfaces.is_empty(),
        Some(now) => *now == wanted,
    };
    if !is_same {
        drop_unwanted(node, &wanted);
        dhcp_task::replace(node, wanted);
    }
}

/// Waits until a lease has a default route, or until no better one is to be expected; true when there is a lease.
pub fn wait_for_route(node: &mut Node, limit: u64) -> Result<bool, Interrupt> {
    let any = |node: &mut Node| !node.state::<Network>().leases.is_empty();
    let good = |node: &mut Node| {
        let network = node.state::<Network>();
        !network.leases.is_empty() && (network.looking == 0 || network.gateway().is_some())
    };
    if !wait::until(node, limit, any)? {
        return Ok(false);
    }
    wait::until(node, BETTER_LEASE.min(limit), good)?;
    Ok(true)
}

/// What `dhcp-timeout` says: nobody can mend what he cannot see.
pub fn no_route(links: &std::io::Result<Vec<crate::sys::netdev::Link>>) -> Error {
    let seen: Vec<String> = links
        .iter()
        .flatten()
        .filter(|link| link.physical && link.mac.is_some())
        .map(|link| format!("{} ({})", link.name, if link.carrier { "no answer" } else { "no carrier" }))
        .collect();
    let detail = if seen.is_empty() { "this machine has no Ethernet interface".into() } else { seen.join(", ") };
    Error::new(Code::DhcpTimeout, "get an address for", "this machine").with_detail(detail).in_stage(SUBJECT.stage)
}

/// Listens for new interfaces until [`stop_listening`], so that waiting for one ends when it comes.
pub fn listen(node: &mut Node) -> std::io::Result<()> {
    let (announcements, token) = (Announcements::open()?, node.events.token());
    node.events.watch(&announcements, token)?;
    node.state::<Network>().announcements = Some((announcements, token));
    Ok(())
}

/// Ends what [`listen`] began.
pub fn stop_listening(node: &mut Node) {
    node.state::<Network>().announcements = None;
}

/// The host name that a lease gives, whether or not it is a valid one; that of the lease whose routes win first.
pub fn hostname_of_lease(node: &mut Node) -> Option<String> {
    node.state::<Network>().by_rank().iter().find_map(|held| held.lease.hostname.clone())
}

fn handle(node: &mut Node, wakeup: Wakeup) {
    if let (Wakeup::Readable(readable), Some((announcements, token))) = (wakeup, &node.state::<Network>().announcements)
        && readable == *token
    {
        announcements.drain();
    }
    if let Wakeup::Readable(readable) = wakeup {
        slaac::hear(node, readable);
    }
}

/// Takes in what the DHCP client says.
fn hear(node: &mut Node, events: Vec<DhcpEvent>) {
    for event in events {
        match event {
            DhcpEvent::Lease { interface, lease, metric, looking } => {
                node.state::<Network>().looking = looking;
                leased(node, interface, Held { lease, metric });
            }
            DhcpEvent::Lost { interface, .. } => {
                if node.state::<Network>().leases.remove(&interface).is_some() {
                    node.emit(Body::LeaseLost { interface });
                }
            }
            DhcpEvent::Refused { verb, object, errno } => {
                node.warn(Error { errno, ..Error::new(Code::NetworkRefused, &verb, object) }, None);
            }
        }
    }
    facts::gather(node);
    names::refresh(node);
}

/// A renewal that changes nothing is no event.
fn leased(node: &mut Node, interface: String, held: Held) {
    let lease = held.lease.clone();
    let reported = |lease: &Lease| (lease.address, lease.prefix_length, lease.gateway(), lease.nameservers.clone());
    let before = node.state::<Network>().leases.insert(interface.clone(), held);
    if before.is_none_or(|before| reported(&before.lease) != reported(&lease)) {
        node.emit(Body::LinkConfigured {
            interface,
            method: Method::Dhcp,
            address: format!("{}/{}", lease.address, lease.prefix_length),
            gateway: lease.gateway().map(|gateway| gateway.to_string()),
            nameservers: lease.nameservers.iter().map(ToString::to_string).collect(),
            lease_ms: lease.seconds.map(|seconds| u64::from(seconds) * 1000),
        });
    }
}

/// Takes the addresses away from interfaces that are to have no DHCP any more.
fn drop_unwanted(node: &mut Node, wanted: &Wanted) {
    let Ok(links) = Links::open() else { return };
    let present = links.all().unwrap_or_default();
    node.state::<Network>().leases.retain(|name, held| match present.iter().find(|link| link.name == *name) {
        Some(link) if wanted.interface(link).is_none() => {
            // If it cannot be taken away, what the config says of the interface will fail with a better reason.
            let _ = links.remove_address(link.index, held.lease.address, held.lease.prefix_length);
            false
        }
        found => found.is_some(),
    });
}

impl Network {
    /// The leases, the one whose routes win first.
    fn by_rank(&self) -> Vec<&Held> {
        let mut held: Vec<&Held> = self.leases.values().collect();
        held.sort_by_key(|held| (!held.lease.has_default_route(), held.metric));
        held
    }

    /// The address of the lease whose routes win, and whether it has a default route.
    fn best_lease(&self) -> Option<(Ipv4Addr, bool)> {
        self.by_rank().first().map(|held| (held.lease.address, held.lease.has_default_route()))
    }

    /// The gateway of the default route that wins.
    fn gateway(&self) -> Option<Ipv4Addr> {
        self.by_rank().first().and_then(|held| held.lease.gateway())
    }
}
