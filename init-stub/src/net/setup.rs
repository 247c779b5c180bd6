//! Setting the network up: loopback, the links of the config, DHCP, the node's name and name files. A link may appear late, so it is
//! waited for; a lease is waited for with a bound, and DHCP continues in parallel with the boot.

use super::wanted::{DhcpInterface, Selector, Wanted};
use super::{Expected, NodeAddress, duid, facts, follow, names, slaac};
use crate::core::config::{Hostname, LinkKind, LinkSelector, MachineConfig, NetworkLink, RouteTo};
use crate::core::error::{Code, Error, Step};
use crate::core::plan::network::Missing;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sys::kernel::{Kernel, Sys};
use crate::sys::netdev::Links;

/// How long an interface that the config names may take to appear.
const LONGEST_WAIT: u64 = 10_000;
/// How long a cable may take to be seen; the larger part of a switch's start.
const CARRIER_WAIT: u64 = 15_000;

/// Brings loopback up, makes what can be made, and asks for leases, so that servers answer while other things are done.
pub fn begin(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let config = node.config()?;
    let links = Links::open().step(Code::NetworkRefused, "open", "socket")?;
    // Linux numbers it 1 in every network namespace.
    links.up(1).step(Code::NetworkRefused, "bring up", "lo")?;
    // Else the kernel takes all addresses of a network away with the first of them, as when a lease ends.
    Kernel.poke("/proc/sys/net/ipv4/conf/all/promote_secondaries", "1\n").step(
        Code::KernelRefused,
        "set",
        "net.ipv4.conf.all.promote_secondaries",
    )?;
    super::set_statics(node, statics(&config), routes6(&config));
    slaac::watch(node, &links)?;
    super::listen(node).step(Code::KernelRefused, "listen for", "new interfaces")?;
    // Before interfaces get their addresses and names: what the search for the config has left is known by the old ones.
    let wanted = Wanted { duid: duid::of_machine(), ..wanted(&config, names::kept()) };
    super::stop_unwanted(node, &wanted);
    follow::begin(node, &config.network)?;
    super::want(node, wanted);
    Ok(())
}

/// Waits for what the config names, once it has begun.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let config = node.config()?;
    let links = Links::open().step(Code::NetworkRefused, "open", "socket")?;
    let left = follow::settle(node, LONGEST_WAIT)?;
    if let Some(error) = left.error {
        return Err(error.into());
    }
    for one in &left.missing {
        let error = not_found(one, &links);
        if one.needed {
            return Err(error.into());
        }
        node.warn(error, None);
    }
    let any = |has: fn(&NetworkLink) -> bool| config.network.links().iter().any(has);
    let expected =
        Expected { ipv4: any(NetworkLink::has_dhcp4), ipv6: any(|link| link.has_slaac() || link.has_dhcp6()) };
    let is_dynamic = expected.ipv4 || expected.ipv6;
    if is_dynamic && !first_route(node, &links, expected, config.network.route_timeout_ms)? {
        let error = super::no_route(&links.all());
        node.warn(error, None);
    }
    facts::gather(node);
    let name = names::settle(node)?;
    super::send_hostname(node, &name);
    Ok(())
}

fn not_found(missing: &Missing, links: &Links) -> Error {
    let present = links.all().unwrap_or_default();
    let found: Vec<String> =
        present.iter().map(|link| format!("{} ({})", link.name, link.mac.as_deref().unwrap_or_default())).collect();
    Error::new(Code::InterfaceNotFound, "find", &missing.what)
        .with_detail(format!("this machine has: {}", found.join(", ")))
        .with_pointer(&missing.pointer)
}

/// The static addresses of the config.
fn statics(config: &MachineConfig) -> Vec<NodeAddress> {
    let all = config.network.links().iter().flat_map(|link| {
        link.addresses.iter().map(move |address| NodeAddress {
            address: address.address,
            metric: link.default_route(address.address.is_ipv4()).map(RouteTo::effective_metric),
        })
    });
    all.collect()
}

/// The metrics of the default routes of IPv6.
fn routes6(config: &MachineConfig) -> Vec<(Selector, u32)> {
    let links = config.network.links().iter();
    links.filter_map(|link| Some((selector_of(link), link.default_route(false)?.effective_metric()))).collect()
}

/// What the DHCP child is to do; what another link of the config means is not for `all`. `kept` is the name that was found at an earlier boot.
fn wanted(config: &MachineConfig, kept: Option<String>) -> Wanted {
    let mut wanted = Wanted::default();
    for link in config.network.links() {
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
    let name = match &config.hostname {
        Hostname::Fixed { name } => Some(name.clone()),
        Hostname::Discovered { .. } => kept,
    };
    wanted.hostname = name.filter(|_| wanted.interfaces.iter().any(DhcpInterface::sends_hostname));
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
fn first_route(node: &mut Node, links: &Links, expected: Expected, limit: u64) -> std::result::Result<bool, Interrupt> {
    let first = limit.min(CARRIER_WAIT);
    if super::wait_for_route(node, expected, first)? {
        return Ok(true);
    }
    let carrier = links.all().unwrap_or_default().iter().any(|link| link.mac.is_some() && link.carrier);
    Ok(carrier && super::wait_for_route(node, expected, limit - first)?)
}

#[cfg(test)]
mod tests;
