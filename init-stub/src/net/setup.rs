//! Setting the network up: loopback, the links of the config, DHCP, the node's name and name files. A link may appear late, so it is
//! waited for; a lease is waited for with a bound, and DHCP continues in parallel with the boot.

use super::follow::{self, Left};
use super::followed::Followed;
use super::wanted::{DhcpInterface, Selector, Wanted};
use super::{Expected, Found, NodeAddress, duid, facts, names, slaac};
use crate::core::config::{Hostname, LinkKind, LinkSelector, Network, NetworkLink, RouteTo};
use crate::core::error::{Code, Error, Step};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sys::kernel::{Kernel, Sys};
use crate::sys::netdev::Links;
use std::rc::Rc;

/// How long an interface that the config names may take to appear.
const LONGEST_WAIT: u64 = 10_000;
/// How long a cable may take to be seen; the larger part of a switch's start.
const CARRIER_WAIT: u64 = 15_000;

/// Brings loopback up, makes what can be made, and asks for leases, so that servers answer while other things are done.
pub fn begin(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let config = node.config()?;
    let links = Links::open().step(Code::NetworkRefused, "open", "socket")?;
    follow::leave(node, &links, &config.network)?;
    let hostname = match &config.hostname {
        Hostname::Fixed { name } => Some(name.clone()),
        Hostname::Discovered { .. } => names::kept(),
    };
    begin_with(node, &links, &Followed::Config(config), hostname)
}

/// The same for the search for a config, with the network of the command line.
pub fn begin_search(node: &mut Node, network: Network) -> std::result::Result<(), Interrupt> {
    let links = Links::open().step(Code::NetworkRefused, "open", "socket")?;
    begin_with(node, &links, &Followed::Search(Rc::new(network)), None)
}

fn begin_with(
    node: &mut Node,
    links: &Links,
    followed: &Followed,
    hostname: Option<String>,
) -> std::result::Result<(), Interrupt> {
    // Linux numbers it 1 in every network namespace.
    links.up(1).step(Code::NetworkRefused, "bring up", "lo")?;
    // Else the kernel takes all addresses of a network away with the first of them, as when a lease ends.
    Kernel.poke("/proc/sys/net/ipv4/conf/all/promote_secondaries", "1\n").step(
        Code::KernelRefused,
        "set",
        "net.ipv4.conf.all.promote_secondaries",
    )?;
    super::set_statics(node, statics(followed), routes6(followed));
    slaac::watch(node, links)?;
    super::listen(node).map_err(|e| deaf(&e))?;
    // Before interfaces get their addresses and names: what the search for the config has left is known by the old ones.
    let wanted = Wanted { duid: duid::of_machine(), ..wanted(followed, hostname) };
    super::stop_unwanted(node, &wanted);
    follow::begin(node, links, followed);
    super::want(node, wanted);
    Ok(())
}

/// The error of a node that cannot hear what the kernel announces.
pub fn deaf(error: &std::io::Error) -> Error {
    Error { errno: error.raw_os_error(), ..Error::new(Code::KernelRefused, "listen for", "new interfaces") }
}

/// Waits for what the config names, once it has begun.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let config = node.config()?;
    let links = Links::open().step(Code::NetworkRefused, "open", "socket")?;
    settle(node, &links, LONGEST_WAIT, config.network.links_from.is_none())?;
    let expected = expected(&config.network);
    let is_dynamic = expected.ipv4 || expected.ipv6;
    let found = match is_dynamic {
        true => first_route(node, &links, expected, config.network.route_timeout_ms)?,
        false => Found::All,
    };
    match found {
        Found::None => node.warn(super::no_route(&links.all()), None),
        Found::Some => super::report_lacking(node, expected),
        Found::All => {}
    }
    facts::gather(node);
    let name = names::settle(node)?;
    super::send_hostname(node, &name);
    Ok(())
}

/// Waits until the links are as they are to be. A platform may name what this machine does not have or take, so that is not a `must`.
pub fn settle(node: &mut Node, links: &Links, limit: u64, must: bool) -> std::result::Result<(), Interrupt> {
    let left = follow::settle(node, limit)?;
    let (warnings, end) = classify(left, must, |what| not_found(what, links));
    warnings.into_iter().for_each(|error| node.warn(error, None));
    end.map_or(Ok(()), |error| Err(error.into()))
}

/// The failures of what is left, and the one that ends the boot, if `must`.
fn classify(left: Left, must: bool, not_found: impl Fn(&str) -> Error) -> (Vec<Error>, Option<Error>) {
    let mut warnings = Vec::new();
    let missing = left.missing.iter().map(|one| (not_found(&one.what).with_pointer(&one.pointer), one.needed));
    for (error, ends) in left.error.map(|error| (error, true)).into_iter().chain(missing) {
        if ends && must {
            return (warnings, Some(error));
        }
        warnings.push(error);
    }
    warnings.extend(left.waits.iter().map(|(pointer, what)| not_usable(what).with_pointer(pointer)));
    (warnings, None)
}

/// The families of which a network has addresses of others.
pub fn expected(network: &Network) -> Expected {
    let any = |has: fn(&NetworkLink) -> bool| network.links().iter().any(has);
    Expected { ipv4: any(NetworkLink::has_dhcp4), ipv6: any(|link| link.has_slaac() || link.has_dhcp6()) }
}

/// The error of an interface that the machine does not have; its detail names those that it has.
pub fn not_found(what: &str, links: &Links) -> Error {
    let present = links.all().unwrap_or_default();
    let found: Vec<String> =
        present.iter().map(|link| format!("{} ({})", link.name, link.mac.as_deref().unwrap_or_default())).collect();
    Error::new(Code::InterfaceNotFound, "find", what).with_detail(format!("this machine has: {}", found.join(", ")))
}

/// The boot has waited for it and goes on: the kernel must know first that no other machine has the address.
fn not_usable(what: &str) -> Error {
    Error::new(Code::NetworkRefused, "use", what).with_detail(format!(
        "after {} s the kernel does not let it be used; the boot goes on, and it is used as soon as it can be",
        LONGEST_WAIT / 1000
    ))
}

/// The static addresses of the config.
fn statics(network: &Network) -> Vec<NodeAddress> {
    let all = network.links().iter().flat_map(|link| {
        link.addresses.iter().map(move |address| NodeAddress {
            address: address.address,
            metric: link.default_route(address.address.is_ipv4()).map(RouteTo::effective_metric),
        })
    });
    all.collect()
}

/// The metrics of the default routes of IPv6.
fn routes6(network: &Network) -> Vec<(Selector, u32)> {
    let links = network.links().iter();
    links.filter_map(|link| Some((selector_of(link), link.default_route(false)?.effective_metric()))).collect()
}

/// What the DHCP child is to do; what another link of the config means is not for `all`. `hostname` is that of the config, or the one that
/// was found at an earlier boot.
fn wanted(network: &Network, hostname: Option<String>) -> Wanted {
    let mut wanted = Wanted::default();
    for link in network.links() {
        let selector = selector_of(link);
        let (dhcp4, dhcp6, slaac) = (link.has_dhcp4(), link.has_dhcp6(), link.has_slaac());
        match dhcp4 || dhcp6 || slaac {
            true => {
                let overrides = link.dhcp4_overrides();
                wanted.interfaces.push(DhcpInterface { selector, mtu: link.mtu_bytes, dhcp4, dhcp6, slaac, overrides });
            }
            false if !selector.facts.is_all() => wanted.not.push(selector),
            false => {}
        }
        let members = link.kind.members().iter().cloned();
        wanted.not.extend(members.map(|facts| Selector { name: None, facts }));
    }
    wanted.hostname = hostname.filter(|_| wanted.interfaces.iter().any(DhcpInterface::sends_hostname));
    wanted
}

fn selector_of(link: &NetworkLink) -> Selector {
    Selector { name: link.name.clone(), facts: facts_of(link) }
}

/// By what a link is found; one that is made, by its name.
fn facts_of(link: &NetworkLink) -> LinkSelector {
    match &link.kind {
        LinkKind::Physical { selector } => selector.clone(),
        _ => LinkSelector { name: link.name.clone(), ..LinkSelector::default() },
    }
}

/// Waits for an address, but not for long where no cable is seen: then it may never come.
fn first_route(
    node: &mut Node,
    links: &Links,
    expected: Expected,
    limit: u64,
) -> std::result::Result<Found, Interrupt> {
    let first = limit.min(CARRIER_WAIT);
    let found = super::wait_for_route(node, expected, first)?;
    if found != Found::None {
        return Ok(found);
    }
    let carrier = links.all().unwrap_or_default().iter().any(|link| link.mac.is_some() && link.carrier);
    if carrier { super::wait_for_route(node, expected, limit - first) } else { Ok(Found::None) }
}

#[cfg(test)]
mod tests;
