//! Setting the network up: loopback, DHCP and static addresses, the node's name and name files. An interface may appear late, so
//! it is waited for; a lease is waited for with a bound, and DHCP continues in parallel with the boot.

use super::wanted::{DhcpInterface, Selector, Wanted};
use super::{StaticAddress, slaac};
use super::{facts, names};
use crate::core::config::{Hostname, Interface, InterfaceSelector, Ipv4, MachineConfig};
use crate::core::error::{Code, Error, Result, Step};
use crate::core::event::{Body, Method};
use crate::pid1::interrupt::{Interrupt, MapFailure};
use crate::pid1::node::Node;
use crate::pid1::wait;
use crate::sys::netdev::{Address, Link, Links, Route};
use std::net::Ipv4Addr;

/// How long an interface that the config names may take to appear.
const LONGEST_WAIT: u64 = 10_000;
/// How long a cable may take to be seen; the larger part of a switch's start.
const CARRIER_WAIT: u64 = 15_000;

/// Brings loopback up and asks for leases, so that servers answer while other things are done.
pub fn begin(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let config = node.config()?;
    let links = open()?;
    // Linux numbers it 1 in every network namespace.
    links.up(1).step(Code::NetworkRefused, "bring up", "lo")?;
    super::set_statics(node, statics(&config));
    slaac::watch(node, &links)?;
    refuse_claimed_twice(&links.all().unwrap_or_default(), &config)?;
    super::want(node, wanted(&config));
    Ok(())
}

/// Brings up what the config says, once it has begun.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let config = node.config()?;
    let links = open()?;
    for (at, interface) in config.network.interfaces.iter().enumerate() {
        let pointer = format!("/network/interfaces/{at}");
        let Some(selector) = selector(&interface.selector) else { continue };
        let link =
            wait_for(node, &links, &selector).map_failure(|error| error.with_pointer(format!("{pointer}/selector")))?;
        // An interface may have come while this waited.
        refuse_claimed_twice(&links.all().unwrap_or_default(), &config)?;
        set_up(node, &links, &link, interface).map_err(|error| error.with_pointer(pointer))?;
    }
    let dynamic = config.network.interfaces.iter().any(|interface| matches!(interface.ipv4, Ipv4::Dhcp {}));
    if dynamic && !first_route(node, &links, config.network.route_timeout_ms)? {
        let error = super::no_route(&links.all());
        node.warn(error, None);
    }
    facts::gather(node);
    names::settle(node)?;
    Ok(())
}

fn open() -> Result<Links> {
    Links::open().step(Code::NetworkRefused, "open", "socket")
}

/// The static addresses of the config.
fn statics(config: &MachineConfig) -> Vec<StaticAddress> {
    let interfaces = config.network.interfaces.iter();
    interfaces
        .filter_map(|interface| match interface.ipv4 {
            Ipv4::Static { address, gateway, .. } => {
                Some(StaticAddress { address: address.into(), has_gateway: gateway.is_some() })
            }
            Ipv4::Dhcp {} => None,
        })
        .collect()
}

/// What the DHCP child is to do; what has a static address is not for `all`.
fn wanted(config: &MachineConfig) -> Wanted {
    let mut wanted = Wanted::default();
    for interface in &config.network.interfaces {
        let named = selector(&interface.selector);
        match (&interface.ipv4, named) {
            (Ipv4::Dhcp {}, named) => {
                wanted
                    .interfaces
                    .push(DhcpInterface { selector: named.unwrap_or(Selector::All), mtu: interface.mtu_bytes });
            }
            (Ipv4::Static { .. }, Some(named)) => wanted.not.push(named),
            (Ipv4::Static { .. }, None) => {}
        }
    }
    if let (Hostname::Fixed { name }, false) = (&config.hostname, wanted.interfaces.is_empty()) {
        wanted.hostname = Some(name.clone());
    }
    wanted
}

/// One entry may name an interface and another may give its MAC address: only the machine can tell that both mean the same
/// one, which cannot have what each of them says.
fn refuse_claimed_twice(present: &[Link], config: &MachineConfig) -> Result<()> {
    let named = config.network.interfaces.iter().enumerate();
    let named: Vec<(usize, Selector)> =
        named.filter_map(|(at, interface)| Some((at, selector(&interface.selector)?))).collect();
    for link in present {
        let mut entries = named.iter().filter(|(_, selector)| selector.fits(link));
        if let (Some((first, by)), Some((second, other))) = (entries.next(), entries.next()) {
            let place = |at: usize| format!("/network/interfaces/{at}/selector");
            return Err(Error::new(Code::InterfaceClaimedTwice, "set up", &link.name)
                .with_detail(format!(
                    "{} ({}) and {} ({}) are both this interface, which has the MAC address {}",
                    in_words(by),
                    place(*first),
                    in_words(other),
                    place(*second),
                    link.mac_text()
                ))
                .with_pointer(place(*second)));
        }
    }
    Ok(())
}

/// None: every interface, of which there may be none.
fn selector(selector: &InterfaceSelector) -> Option<Selector> {
    match selector {
        InterfaceSelector::All {} => None,
        InterfaceSelector::Name { name } => Some(Selector::Name(name.clone())),
        InterfaceSelector::Mac { mac } => Some(Selector::Mac(mac.clone())),
    }
}

/// Waits for a lease, but not for long where no cable is seen: then it may never come.
fn first_route(node: &mut Node, links: &Links, limit: u64) -> std::result::Result<bool, Interrupt> {
    let first = limit.min(CARRIER_WAIT);
    if super::wait_for_route(node, first)? {
        return Ok(true);
    }
    let carrier = links.all().unwrap_or_default().iter().any(|link| link.mac.is_some() && link.carrier);
    Ok(carrier && super::wait_for_route(node, limit - first)?)
}

fn set_up(node: &mut Node, links: &Links, link: &Link, interface: &Interface) -> Result<()> {
    let Ipv4::Static { address: ip, prefix_length, gateway } = interface.ipv4 else { return Ok(()) };
    let (index, name) = (link.index, link.name.as_str());
    if let Some(bytes) = interface.mtu_bytes {
        links.set_mtu(index, bytes).step(Code::NetworkRefused, "set MTU of", name)?;
    }
    let address = Address { ip: ip.into(), prefix_length, lifetime_s: None, metric: 0 };
    links.add_address(index, &address).step(Code::NetworkRefused, "set address of", name)?;
    slaac::accept_advertisements(name).step(Code::NetworkRefused, "accept router advertisements on", name)?;
    links.up(index).step(Code::NetworkRefused, "bring up", name)?;
    if let Some(gateway) = gateway {
        let route = Route {
            destination: Ipv4Addr::UNSPECIFIED.into(),
            prefix_length: 0,
            gateway: Some(gateway.into()),
            source: None,
            metric: 0,
        };
        links.add_route(index, &route).step(Code::NetworkRefused, "set default route over", name)?;
    }
    node.emit(Body::LinkConfigured {
        interface: name.into(),
        method: Method::Static,
        address: format!("{ip}/{prefix_length}"),
        gateway: gateway.map(|gateway| gateway.to_string()),
        nameservers: Vec::new(),
        lease_ms: None,
    });
    Ok(())
}

/// The interface that a selector names. The kernel's announcements wake this up; it looks again at each.
fn wait_for(node: &mut Node, links: &Links, selector: &Selector) -> std::result::Result<Link, Interrupt> {
    let find = || links.all().unwrap_or_default().into_iter().find(|link| selector.fits(link));
    if let Some(link) = find() {
        return Ok(link);
    }
    super::listen(node).step(Code::KernelRefused, "listen for", "new interfaces")?;
    let waited = wait::until(node, LONGEST_WAIT, |_| find().is_some());
    super::stop_listening(node);
    waited?;
    find().ok_or_else(|| {
        let present = links.all().unwrap_or_default();
        let found: Vec<String> = present.iter().map(|link| format!("{} ({})", link.name, link.mac_text())).collect();
        Error::new(Code::InterfaceNotFound, "find", in_words(selector))
            .with_detail(format!("this machine has: {}", found.join(", ")))
            .into()
    })
}

/// A selector, for people.
fn in_words(selector: &Selector) -> String {
    match selector {
        Selector::All => "an interface".into(),
        Selector::Name(name) => format!("interface {name}"),
        Selector::Mac(mac) => format!("interface with MAC address {mac}"),
    }
}

#[cfg(test)]
mod tests;
