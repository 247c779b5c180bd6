//! The network that `keel.network=` on the kernel command line or the platform names, for a config that leaves its links to them.

use super::setup::{deaf, not_found};
use crate::core::codec::dracut::network_of_words;
use crate::core::config::{LinkSelector, LinksFrom, Network};
use crate::core::error::{Code, Error, Result, Step};
use crate::core::event::{Body, NetworkOrigin};
use crate::core::plan::network::{SeenNetwork, network as plan, words};
use crate::core::platform_network::{PlatformNetwork, difference};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::pid1::wait;
use crate::sources::values;
use crate::sys::netdev::Links;
use std::rc::Rc;

const NAME: &str = "keel.network=";
/// How long the first interface that the platform names may take to appear.
const LONGEST_WAIT: u64 = 10_000;
/// Most interfaces that a warning names.
const MOST_NAMED: usize = 8;

/// The network of the kernel command line; of several parameters all count.
pub fn given() -> Result<Option<PlatformNetwork>> {
    let words = values(NAME).join(" ");
    // A boot menu may leave its place empty.
    if words.trim().is_empty() {
        return Ok(None);
    }
    let wrong = |why: String| Error::new(Code::CmdlineInvalid, "read", NAME).with_detail(why);
    network_of_words(&words).map(Some).map_err(wrong)
}

/// The links of the command line, else those of the platform, become those of the config, if it leaves them to others. One that has its
/// own keeps them, and what the platform says differently is reported. Only links of the platform stay marked as somebody else's.
pub fn take(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let used = choose(node)?;
    if let Some(network) = network_of(node).filter(|_| used != Some(NetworkOrigin::Platform)) {
        network.links_from = None;
    }
    Ok(())
}

/// Whose links the node uses; None: those of the config.
fn choose(node: &mut Node) -> std::result::Result<Option<NetworkOrigin>, Interrupt> {
    let given = given()?;
    let config = node.config()?;
    let leaves_it = config.network.links_from == Some(LinksFrom::Platform);
    let (origin, network) = match (given, node.instance.network.take()) {
        (Some(given), _) => (NetworkOrigin::CommandLine, given),
        (None, Some(named)) => (NetworkOrigin::Platform, named),
        (None, None) => return Ok(None),
    };
    let (only_there, only_config) = difference(&network, &config.network);
    drop(config);
    let left_out = network.left_out.clone();
    // What an operator has written is tried as a config is.
    let is_known = match network.links.is_empty() {
        // Names alone go together with the links of the config.
        true => !(network.nameservers.is_empty() && network.search_domains.is_empty()),
        false => origin == NetworkOrigin::CommandLine || (has_any(node, &network)? && has_plan(node, &network)?),
    };
    let used = leaves_it && is_known;
    if used {
        set(node, network);
        node.emit(Body::NetworkFound { origin, used, left_out, only_there: Vec::new(), only_config: Vec::new() });
    } else if origin == NetworkOrigin::Platform && !(only_there.is_empty() && only_config.is_empty()) {
        node.emit(Body::NetworkFound { origin, used, left_out, only_there, only_config });
    }
    Ok(used.then_some(origin))
}

/// Whether the machine has an interface that the network names; a warning where it has none.
fn has_any(node: &mut Node, network: &PlatformNetwork) -> std::result::Result<bool, Interrupt> {
    let wanted: Vec<&LinkSelector> = network.links.iter().flat_map(|link| link.kind.selectors()).collect();
    super::listen(node).map_err(|e| deaf(&e))?;
    let links = Links::open().step(Code::NetworkRefused, "open", "socket")?;
    let is_there = |_: &mut Node| {
        let seen = links.all().unwrap_or_default();
        wanted.is_empty() || seen.iter().any(|link| wanted.iter().any(|one| link.fits_or_all(one)))
    };
    if wait::until(node, LONGEST_WAIT, is_there)? {
        return Ok(true);
    }
    node.warn(unused(not_found(&listed(&wanted), &links)), None);
    Ok(false)
}

/// The first of the selectors, for people: there may be thousands.
fn listed(wanted: &[&LinkSelector]) -> String {
    let mut all: Vec<String> = wanted.iter().take(MOST_NAMED).map(|one| words(one)).collect();
    if wanted.len() > MOST_NAMED {
        all.push(format!("{} more", wanted.len() - MOST_NAMED));
    }
    all.join(", ")
}

/// Whether the network can be that of this machine; a warning where it cannot.
fn has_plan(node: &mut Node, network: &PlatformNetwork) -> std::result::Result<bool, Interrupt> {
    let seen = Links::open().and_then(|links| links.seen()).step(Code::KernelRefused, "list", "network interfaces")?;
    let refusal = refusal(network, &seen);
    let has_plan = refusal.is_none();
    refusal.into_iter().for_each(|error| node.warn(unused(error), None));
    Ok(has_plan)
}

/// Why the network cannot be that of a machine, as where two of its links are one interface.
fn refusal(network: &PlatformNetwork, seen: &SeenNetwork) -> Option<Error> {
    let error = plan(&network.clone().into_network(), seen).err()?;
    // The place is not one of the config.
    Some(Error { pointer: None, ..error })
}

fn unused(error: Error) -> Error {
    let detail = error.detail.as_deref().unwrap_or_default();
    let detail = format!("{detail}; so the network that the platform names is not used");
    error.with_detail(detail)
}

fn network_of(node: &mut Node) -> Option<&mut Network> {
    node.config.as_mut().and_then(Rc::get_mut).map(|config| &mut config.network)
}

/// Nobody else holds the config while the stage `verify` runs.
fn set(node: &mut Node, named: PlatformNetwork) {
    if let Some(network) = network_of(node) {
        combine(network, named);
    }
}

/// Links take the place of those of the config; names are those of the config where it has any.
fn combine(network: &mut Network, named: PlatformNetwork) {
    let Network { links, nameservers, search_domains, .. } = named.into_network();
    if links.as_ref().is_some_and(|links| !links.is_empty()) {
        network.links = links;
    }
    if network.nameservers.is_empty() {
        network.nameservers = nameservers;
    }
    if network.search_domains.is_none() {
        network.search_domains = search_domains;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::plan::network::SeenLink;
    use crate::core::platform_network::{Format, read};

    fn seen(names: &[&str]) -> SeenNetwork {
        let card = |(at, name): (usize, &&str)| SeenLink {
            index: u32::try_from(at).unwrap() + 2,
            name: (*name).into(),
            mac: Some(format!("52:54:00:00:00:0{at}")),
            ..SeenLink::default()
        };
        SeenNetwork { links: names.iter().enumerate().map(card).collect(), ..SeenNetwork::default() }
    }

    #[test]
    fn links_of_a_platform_that_are_one_interface_are_refused_and_not_those_of_two() {
        let text = b"version: 2\nethernets:\n  a: {match: {macaddress: '52:54:00:00:00:00'}, dhcp4: true}\n  eth1: {dhcp4: true}\n";
        let network = read(Format::NetworkConfig, text).unwrap();
        assert_eq!(refusal(&network, &seen(&["eth0", "eth1"])), None);
        let error = refusal(&network, &seen(&["eth1"])).unwrap();
        assert_eq!((error.code, error.pointer), (Code::InterfaceClaimedTwice, None));
    }

    #[test]
    fn names_alone_go_together_with_the_links_of_the_config() {
        let of = |text: &[u8]| read(Format::NetworkConfig, text).unwrap();
        let names = of(b"version: 1\nconfig: [{type: nameserver, address: [192.0.2.53], search: [a.example]}]\n");
        let mut network = of(b"version: 2\nethernets: {eth0: {dhcp4: true}}\n").into_network();
        combine(&mut network, names.clone());
        assert_eq!((network.links().len(), network.nameservers.len()), (1, 1));
        assert_eq!(network.search_domains, Some(vec!["a.example".to_owned()]));
        network.nameservers = vec!["192.0.2.1".parse().unwrap()];
        combine(&mut network, names);
        assert_eq!(network.nameservers, ["192.0.2.1".parse::<std::net::IpAddr>().unwrap()], "the config's own");
    }

    #[test]
    fn of_many_interfaces_that_are_not_there_some_are_named() {
        let all: Vec<LinkSelector> =
            (0..300).map(|at| LinkSelector { name: Some(format!("eth{at}")), ..LinkSelector::default() }).collect();
        let all: Vec<&LinkSelector> = all.iter().collect();
        assert!(listed(&all).ends_with("interface eth7, 292 more"));
        assert_eq!(listed(&all[..2]), "interface eth0, interface eth1");
    }
}
