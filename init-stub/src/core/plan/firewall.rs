//! The firewall and the guard of metadata services as chains of rules, in the order in which a packet meets them. Pure.

use crate::core::config::{Allowed, Firewall, PortRange, Prefix, TCP, UDP};
use std::net::{IpAddr, Ipv6Addr};

/// Rules under a name, to which others jump or on which the kernel hooks packets.
#[derive(Debug, PartialEq, Eq)]
pub struct Chain {
    /// Its name.
    pub name: String,
    /// Where the kernel takes packets to it; None: where a rule jumps to it.
    pub hook: Option<Hook>,
    /// Asked in this order; what no rule decides goes on, or back to the rule after the jump.
    pub rules: Vec<PacketRule>,
}

/// Where the kernel looks at a packet: one for the node itself, one that it forwards, and one that it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Hook {
    Input,
    Forward,
    Output,
}

/// What is done with a packet for which all conditions hold.
#[derive(Debug, PartialEq, Eq)]
pub struct PacketRule {
    /// Asked in this order: which family and which protocol a packet has is asked before its parts.
    pub conditions: Vec<Condition>,
    /// What is done.
    pub verdict: Verdict,
}

/// What a packet is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Came in by the link of this name.
    CameBy(String),
    /// Is of IPv4, or of IPv6.
    IsIpv4(bool),
    /// Carries this protocol.
    Carries(u8),
    /// Is from this network, whose family was asked for.
    IsFrom(Prefix),
    /// Is to this address, whose family was asked for.
    IsTo(IpAddr),
    /// Is to one of these ports.
    ToPorts(PortRange),
    /// Was to one of these ports before the node gave it another destination.
    WasToPorts(PortRange),
    /// Belongs to a connection that was let through, or is about one.
    Follows,
    /// Belongs to no connection that there could be.
    IsInvalid,
    /// The node gave its connection another destination, as it does for the ports of Services and of pods.
    IsTranslated,
    /// Its sender is in this cgroup, which is directly below the root, or below it.
    IsOfGroup(u64),
}

/// What is done with a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Goes on, past the other rules of this table.
    Accept,
    /// Is gone without an answer, and counted.
    Drop,
    /// Is counted, and its sender gets an answer that it is prohibited.
    Reject,
    /// Goes on with the rules of another chain.
    Jump(String),
    /// Goes back to the chain that jumped here.
    Return,
}

use Condition::{
    CameBy, Carries, Follows, IsFrom, IsInvalid, IsIpv4, IsOfGroup, IsTo, IsTranslated, ToPorts, WasToPorts,
};
use Verdict::{Accept, Drop, Jump, Reject, Return};

const ICMP: u8 = 1;
const IGMP: u8 = 2;
const ICMPV6: u8 = 58;
const DNS: PortRange = PortRange { first: 53, last: 53 };
const DHCP_CLIENT: PortRange = PortRange { first: 68, last: 68 };
const DHCPV6_CLIENT: PortRange = PortRange { first: 546, last: 546 };
const LINK_LOCAL: Prefix =
    Prefix { address: IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), prefix_length: 10 };

/// Every chain, none where nothing is to be closed. `pods` is the cgroup in which all pods are.
pub fn chains(firewall: Option<&Firewall>, guarded: &[IpAddr], pods: u64) -> Vec<Chain> {
    let (mut input, mut forward, mut output) = (Vec::new(), Vec::new(), Vec::new());
    let mut chains = Vec::new();
    if let Some(firewall) = firewall {
        for link in &firewall.links {
            input.push(rule([CameBy(link.clone())], jump("external")));
            forward.push(rule([CameBy(link.clone()), IsTranslated], jump("translated")));
        }
        chains.extend([external(&firewall.allow), translated(&firewall.allow)]);
        chains.extend(firewall.allow.iter().enumerate().filter_map(senders));
    }
    if !guarded.is_empty() {
        forward.push(rule([], jump("guarded")));
        output.push(rule([IsOfGroup(pods)], jump("guarded")));
        chains.push(guard(guarded));
    }
    let hooks = [("input", Hook::Input, input), ("forward", Hook::Forward, forward), ("output", Hook::Output, output)];
    let hooked = hooks.into_iter().filter(|(_, _, rules)| !rules.is_empty());
    chains.extend(hooked.map(|(name, hook, rules)| Chain { name: name.into(), hook: Some(hook), rules }));
    chains
}

/// What comes in for the node itself. Without neighbour discovery and without leases there is no network at all.
fn external(allow: &[Allowed]) -> Chain {
    let mut rules = vec![rule([Follows], Accept), rule([IsInvalid], Drop)];
    rules.extend([ICMP, ICMPV6, IGMP].map(|protocol| rule([Carries(protocol)], Accept)));
    rules.push(rule([IsIpv4(true), Carries(UDP), ToPorts(DHCP_CLIENT)], Accept));
    rules.push(rule([IsIpv4(false), Carries(UDP), IsFrom(LINK_LOCAL), ToPorts(DHCPV6_CLIENT)], Accept));
    rules.push(rule([IsTranslated], jump("translated")));
    rules.extend(allowed(allow, ToPorts));
    rules.push(rule([], Drop));
    plain("external", rules)
}

/// What comes in for a port that the node gives another destination: the ports are those that the sender wanted.
fn translated(allow: &[Allowed]) -> Chain {
    let mut rules = vec![rule([Follows], Accept)];
    rules.extend([ICMP, ICMPV6].map(|protocol| rule([Carries(protocol)], Accept)));
    rules.extend(allowed(allow, WasToPorts));
    rules.push(rule([], Drop));
    plain("translated", rules)
}

/// One rule for each range of ports; who may send is asked in a chain of its own, so that ports and networks add up and do not multiply.
fn allowed(allow: &[Allowed], ports: fn(PortRange) -> Condition) -> Vec<PacketRule> {
    let mut rules = Vec::new();
    for (place, one) in allow.iter().enumerate() {
        let verdict = if one.from.is_some() { Jump(name_of(place)) } else { Accept };
        match &one.ports {
            None => rules.push(rule([Carries(one.protocol)], verdict)),
            Some(ranges) => {
                rules.extend(ranges.iter().map(|range| rule([Carries(one.protocol), ports(*range)], verdict.clone())))
            }
        }
    }
    rules
}

fn senders((place, one): (usize, &Allowed)) -> Option<Chain> {
    let from_one = |network: &Prefix| match network.prefix_length {
        0 => rule([IsIpv4(network.address.is_ipv4())], Accept),
        _ => rule([IsIpv4(network.address.is_ipv4()), IsFrom(*network)], Accept),
    };
    let rules = one.from.as_ref()?.iter().map(from_one).collect();
    Some(plain(&name_of(place), rules))
}

/// What pods send to metadata services. Some are name servers too, and that of Azure asks pods whether they are healthy.
fn guard(guarded: &[IpAddr]) -> Chain {
    let mut rules = vec![rule([Follows], Return)];
    rules.extend([UDP, TCP].map(|protocol| rule([Carries(protocol), ToPorts(DNS)], Return)));
    rules.extend(guarded.iter().map(|address| rule([IsIpv4(address.is_ipv4()), IsTo(*address)], Reject)));
    plain("guarded", rules)
}

fn name_of(place: usize) -> String {
    format!("allow-{place}")
}

fn jump(name: &str) -> Verdict {
    Jump(name.into())
}

fn plain(name: &str, rules: Vec<PacketRule>) -> Chain {
    Chain { name: name.into(), hook: None, rules }
}

fn rule<const N: usize>(conditions: [Condition; N], verdict: Verdict) -> PacketRule {
    PacketRule { conditions: conditions.into(), verdict }
}

#[cfg(test)]
mod tests;
