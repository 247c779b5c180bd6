//! The node's network as PID 1 knows it: the leases in force, and the child that finds and renews them.

mod child;
pub mod dhcp;
pub mod facts;
pub mod names;
pub mod news;
pub mod slaac;
pub mod wanted;

use crate::beside;
use crate::error::{Code, Error, Result};
use crate::event::{Body, Method};
use crate::node::Node;
use crate::sys::netdev::{Announcements, Links};
use crate::wakes::{Source, Timer, Wake};
use child::Child;
use dhcp::lease::Lease;
use news::News;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use wanted::{Selector, Wanted, Wish};

const STAGE: &str = "network";
/// How long one call of [`start_minimal`] waits.
const ATTEMPT: u64 = 5_000;
/// How long a lease without a default route waits for one that has it.
const BETTER_LEASE: u64 = 3_000;

/// What the network knows of itself. Leases fill it; what the config says wins over it.
#[derive(Default)]
pub struct Network {
    /// The node's own address; [`facts::own_address`] says which one that is.
    pub address: Option<Ipv4Addr>,
    /// A valid host name of a lease.
    pub hostname: Option<String>,
    /// Name servers of the leases.
    pub nameservers: Vec<Ipv4Addr>,
    /// NTP servers of the leases.
    pub ntp_servers: Vec<Ipv4Addr>,
    /// Domains of the leases in which short names are looked up.
    pub search: Vec<String>,
    /// The addresses that the config gives, in its order.
    pub statics: Vec<StaticAddress>,
    /// Leases in force by interface.
    leases: BTreeMap<String, Held>,
    /// Interfaces with a carrier that had no lease when the child last spoke.
    looking: usize,
    child: Child,
    announcements: Option<Announcements>,
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

/// For sources: DHCP on every Ethernet interface until one has a route. Returns at once when there is one. One call is
/// one attempt of at most five seconds, and `dhcp-timeout` after it may be tried again: DHCP goes on meanwhile. The
/// power button works while this waits.
pub fn start_minimal(node: &mut Node) -> Result<()> {
    let all = Wanted { wishes: vec![Wish { selector: Selector::All, mtu: None }], ..Wanted::default() };
    if !node.network.child.is_wanted() {
        want(node, all);
    }
    if wait_for_route(node, ATTEMPT) { Ok(()) } else { Err(no_route(&Links::open().and_then(|links| links.all()))) }
}

/// Makes the child do what is wanted: a child that does it already goes on, so that its leases stay.
pub fn want(node: &mut Node, wanted: Wanted) {
    if !node.network.child.wants(&wanted) {
        drop_unwanted(node, &wanted);
        child::replace(node, wanted);
    }
}

/// Waits until a lease has a default route, or until no better one is to be expected; true when there is a lease.
pub fn wait_for_route(node: &mut Node, limit: u64) -> bool {
    let any = |node: &mut Node| !node.network.leases.is_empty();
    let good = |node: &mut Node| any(node) && (node.network.looking == 0 || node.network.gateway().is_some());
    if !beside::until(node, limit, any) {
        return false;
    }
    beside::until(node, BETTER_LEASE.min(limit), good);
    true
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
    Error::new(Code::DhcpTimeout, STAGE, "get an address for", "this machine").with_detail(detail)
}

/// Listens for new interfaces until [`stop_listening`], so that waiting for one ends when it comes.
pub fn listen(node: &mut Node) -> std::io::Result<()> {
    let announcements = Announcements::open()?;
    node.wakes.watch(&announcements, Source::Links)?;
    node.network.announcements = Some(announcements);
    Ok(())
}

/// Ends what [`listen`] began.
pub fn stop_listening(node: &mut Node) {
    node.network.announcements = None;
}

/// Acts on a wake-up of the event loop, if it is about the network.
pub fn handle(node: &mut Node, wake: Wake) {
    match wake {
        Wake::Readable(Source::Links) => {
            if let Some(announcements) = &node.network.announcements {
                announcements.drain();
            }
        }
        Wake::Readable(Source::Dhcp) => hear(node),
        Wake::Readable(Source::Addresses) => slaac::hear(node),
        Wake::Exited(exit) if node.network.child.is(exit.pid) => {
            hear(node);
            child::ended(node, &exit);
        }
        Wake::Due(Timer::Dhcp) => child::start(node),
        _ => {}
    }
}

/// The machine is stopping: the child is not started again.
pub fn stop(node: &mut Node) {
    node.network.child.stop();
    node.wakes.clear(Timer::Dhcp);
}

fn hear(node: &mut Node) {
    for news in node.network.child.read() {
        match news {
            News::Lease { interface, lease, metric, looking } => {
                node.network.looking = looking;
                leased(node, interface, Held { lease, metric });
            }
            News::Lost { interface, .. } => {
                if node.network.leases.remove(&interface).is_some() {
                    node.emit(Body::LeaseLost { interface });
                }
            }
            News::Refused { verb, object, errno } => {
                let error = Error { errno, ..Error::new(Code::NetworkRefused, STAGE, &verb, object) };
                node.emit(Body::Failed { fatal: false, error, retry_in_ms: None });
            }
        }
    }
    facts::gather(node);
    names::refresh(node);
    crate::clock::servers_changed(node);
}

/// A renewal that changes nothing is no event.
fn leased(node: &mut Node, interface: String, held: Held) {
    let lease = held.lease.clone();
    let told = |lease: &Lease| (lease.address, lease.prefix_length, lease.gateway(), lease.nameservers.clone());
    let before = node.network.leases.insert(interface.clone(), held);
    if before.is_none_or(|before| told(&before.lease) != told(&lease)) {
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
    node.network.leases.retain(|name, held| match present.iter().find(|link| link.name == *name) {
        Some(link) if wanted.wish(link).is_none() => {
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
