//! The node's network as PID 1 knows it: the leases in force, and the child that finds and renews them.

pub mod advertisements;
pub mod dhcp_event;
mod dhcp_task;
mod duid;
pub mod facts;
pub mod firewall;
mod follow;
mod followed;
mod lease_event;
mod link_changes;
mod link_operations;
mod link_sysctls;
pub mod names;
pub mod platform;
pub mod search;
pub mod setup;
pub mod slaac;
mod state;
pub mod wanted;
pub mod wireguard;
pub mod worker;

use crate::core::error::{Code, Error, Step};
use crate::core::plan::network::{ACCEPT_ALWAYS, SeenLink};
use crate::pid1::event_loop::Wakeup;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::{Node, Subject};
use crate::pid1::wait;
use crate::sys::netdev::{Announcements, Links};
use state::Network;
pub use state::{Expected, NodeAddress};
use wanted::{DhcpInterface, Selector, Wanted};

/// As the event loop knows it.
pub const SUBJECT: Subject = Subject { stage: "network", handle, stop: |_| {} };

/// How long one call of [`start_minimal`] waits.
const ATTEMPT: u64 = 5_000;
/// How long a lease without a default route waits for one that has it.
const BETTER_LEASE: u64 = 3_000;

/// Says which static addresses the node has, and the metrics of the default routes of IPv6 that the config puts over links.
pub fn set_statics(node: &mut Node, statics: Vec<NodeAddress>, routes6: Vec<(Selector, u32)>) {
    let network = node.state::<Network>();
    (network.statics, network.routes6) = (statics, routes6);
}

/// For sources: DHCP and what IPv6 routers say, on every Ethernet interface until one has a route. Returns at once when there is one. One
/// call is one attempt of at most five seconds, and `dhcp-timeout` after it may be tried again: DHCP goes on meanwhile. The
/// power button works while this waits.
pub fn start_minimal(node: &mut Node) -> Result<(), Interrupt> {
    if node.state::<Network>().wanted.is_none() {
        let links = Links::open().step(Code::NetworkRefused, "open", "socket")?;
        slaac::watch(node, &links)?;
        let every = DhcpInterface { selector: Selector::all(), dhcp4: true, slaac: true, ..DhcpInterface::default() };
        want(node, Wanted { interfaces: vec![every], duid: duid::of_machine(), ..Wanted::default() });
    }
    // Where there is IPv4, the search never waits for IPv6 in addition, and where there is IPv6 alone it waits once for IPv4.
    let ipv4 = !node.state::<Network>().has_searched;
    match wait_for_route(node, Expected { ipv4, ipv6: false }, ATTEMPT)? {
        Found::Some | Found::All => {
            node.state::<Network>().has_searched = true;
            Ok(())
        }
        Found::None => Err(no_route(&Links::open().and_then(|links| links.all())).into()),
    }
}

/// Makes the DHCP client do what is wanted: one that does it already goes on, so that its leases stay.
pub fn want(node: &mut Node, wanted: Wanted) {
    if !is_wanted_already(node, &wanted) {
        dhcp_task::replace(node, wanted);
    }
}

/// Servers get the name that the machine has found. The DHCP client is replaced for that: its leases stay in force, and the new one asks for
/// the same addresses. A name that servers have given is theirs already.
fn send_hostname(node: &mut Node, name: &str) {
    let changed = node.state::<Network>().wanted.as_ref().and_then(|wanted| wanted.with_hostname(name));
    if let Some(wanted) = changed
        && !names::is_of_lease(node, name)
    {
        dhcp_task::replace(node, wanted);
    }
}

/// Stops a DHCP client that does something else, and takes addresses away from interfaces that are to have none from others any more.
pub fn stop_unwanted(node: &mut Node, wanted: &Wanted) {
    if !is_wanted_already(node, wanted) {
        dhcp_task::stop(node);
        drop_unwanted(node, wanted);
    }
}

fn is_wanted_already(node: &mut Node, wanted: &Wanted) -> bool {
    match &node.state::<Network>().wanted {
        None => wanted.interfaces.is_empty(),
        Some(now) => now == wanted,
    }
}

/// What came of the addresses that were waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    None,
    /// An address of one family, and not all that was waited for.
    Some,
    /// A default route of each family.
    All,
}

/// Waits until each family that is expected has an address with a default route, or until no better one is to be expected.
pub fn wait_for_route(node: &mut Node, expected: Expected, limit: u64) -> Result<Found, Interrupt> {
    let any = |node: &mut Node| !facts::addresses6(node).is_empty() || node.state::<Network>().has_any(expected);
    if !wait::until(node, limit, any)? {
        return Ok(Found::None);
    }
    let has_all = wait::until(node, BETTER_LEASE.min(limit), |node| lacking(node, expected).is_empty())?;
    Ok(if has_all { Found::All } else { Found::Some })
}

/// The families that are expected and have no address with a default route, though one may still come.
fn lacking(node: &mut Node, expected: Expected) -> Vec<&'static str> {
    let network = node.state::<Network>();
    let has_ipv4 = !network.leases.is_empty() && (network.looking == 0 || network.gateway().is_some());
    let has_ipv6 = !expected.ipv6 || facts::addresses6(node).iter().any(|one| one.metric.is_some());
    [("IPv4", has_ipv4 || !expected.ipv4), ("IPv6", has_ipv6)]
        .into_iter()
        .filter(|(_, has)| !has)
        .map(|(name, _)| name)
        .collect()
}

/// What was waited for in vain although there is an address.
pub fn report_lacking(node: &mut Node, expected: Expected) {
    let families = lacking(node, expected);
    if !families.is_empty() {
        let detail = format!("no default route of {} came in {} s", families.join(" and "), BETTER_LEASE / 1000);
        node.warn(Error::new(Code::DhcpTimeout, "get a route for", "this machine").with_detail(detail), None);
    }
}

/// What `dhcp-timeout` says: without details nobody can fix it.
pub fn no_route(links: &std::io::Result<Vec<SeenLink>>) -> Error {
    let seen: Vec<String> = links
        .iter()
        .flatten()
        .filter(|link| link.is_physical())
        .map(|link| format!("{} ({})", link.name, if link.carrier { "no answer" } else { "no carrier" }))
        .collect();
    let detail = if seen.is_empty() { "this machine has no Ethernet interface".into() } else { seen.join(", ") };
    Error::new(Code::DhcpTimeout, "get an address for", "this machine").with_detail(detail).in_stage(SUBJECT.stage)
}

/// Listens for the kernel's announcements of links from now on.
pub fn listen(node: &mut Node) -> std::io::Result<()> {
    if node.state::<Network>().announcements.is_none() {
        let (announcements, token) = (Announcements::open()?, node.events.token());
        node.events.watch(&announcements, token)?;
        node.state::<Network>().announcements = Some((announcements, token));
    }
    Ok(())
}

fn handle(node: &mut Node, wakeup: Wakeup) {
    if let Wakeup::Due(token) = wakeup {
        follow::due(node, token);
        wireguard::endpoints::due(node, token);
    }
    let Wakeup::Readable(readable) = wakeup else { return };
    if let Some((announcements, token)) = &node.state::<Network>().announcements
        && readable == *token
        && announcements.drain(|_| false)
    {
        follow::announced(node);
    }
    slaac::hear(node, readable);
}

/// Takes the addresses away from interfaces that are to have none from others any more.
fn drop_unwanted(node: &mut Node, wanted: &Wanted) {
    let Ok(links) = Links::open() else { return };
    let present = links.all().unwrap_or_default();
    let means = |name: &String, is_meant: fn(&DhcpInterface) -> bool| {
        let link = present.iter().find(|link| link.name == *name);
        link.map(|link| (link.index, wanted.means(link).is_some_and(is_meant)))
    };
    let network = node.state::<Network>();
    network.leases.retain(|name, held| match means(name, |one| one.dhcp4) {
        Some((index, false)) => {
            // If it cannot be taken away, the configuration of the interface will fail with a better reason.
            let _ = links.remove_address(index, held.lease.address.into(), held.lease.prefix_length);
            let _ = held.mtu_before.map(|bytes| links.set_mtu(index, bytes));
            false
        }
        found => found.is_some(),
    });
    network.ipv6.retain(|name, _| means(name, DhcpInterface::has_ipv6).is_some_and(|(_, is_meant)| is_meant));
    for link in present.iter().filter(|link| link.is_physical() && link.accept_ra == Some(ACCEPT_ALWAYS)) {
        if !wanted.means(link).is_some_and(DhcpInterface::has_ipv6) {
            // As above.
            let _ = advertisements::set_advertisements(&link.name, false, false);
        }
    }
    // What is gone must not be taken for an address of the new links.
    slaac::catch_up(node);
}
