//! What a lease says, read from a server's options with limits. What makes no sense is left out, and a lease without a
//! usable address is none.

use super::message::{DhcpReply, option};
use crate::core::codec::domains::{LONGEST_NAME, domains, is_domain};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

const MOST_NAMESERVERS: usize = 3;
const MOST_NTP_SERVERS: usize = 4;
const MOST_ROUTES: usize = 64;
/// Below it IPv4 itself does not work.
const SMALLEST_MTU: u16 = 576;
/// A lease that ends sooner is taken for one of this many seconds: nothing but a fault or malice gives it.
const SHORTEST: u32 = 4;
/// A time that means "forever".
const FOREVER: u32 = u32::MAX;
/// What a server that does not say how long means.
const DEFAULT: u32 = 3600;

/// One route of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hop {
    /// What is behind it.
    pub destination: Ipv4Addr,
    /// Length of the destination's prefix in bits; 0: the default route.
    pub prefix_length: u8,
    /// Over whom; None: the destination is on the link itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gateway: Option<Ipv4Addr>,
}

/// The facts of a lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lease {
    /// The address.
    pub address: Ipv4Addr,
    /// Length of its prefix in bits.
    pub prefix_length: u8,
    /// Who gave it.
    pub server: Ipv4Addr,
    /// Routes in the order in which they can be added.
    pub routes: Vec<Hop>,
    /// MTU in bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mtu: Option<u16>,
    /// Name servers.
    pub nameservers: Vec<Ipv4Addr>,
    /// Domains in which a short name is looked up.
    pub search: Vec<String>,
    /// The host name, as the server spells it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hostname: Option<String>,
    /// NTP servers.
    pub ntp_servers: Vec<Ipv4Addr>,
    /// How long it lasts in seconds; None: forever.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seconds: Option<u32>,
    /// When its server is asked to renew it.
    pub renew_seconds: u32,
    /// When every server is asked.
    pub rebind_seconds: u32,
}

impl Lease {
    /// The lease of an ack, or the one that an offer promises. `server` is used where the answer does not name one.
    pub fn of(answer: &DhcpReply, server: Option<Ipv4Addr>) -> Option<Self> {
        let address = Some(answer.address).filter(is_host)?;
        let server = answer.server().or(server)?;
        let get = |number: u8| answer.options.get(&number).map(Vec::as_slice).unwrap_or_default();
        let prefix_length = prefix_of(get(option::SUBNET_MASK)).unwrap_or_else(|| classful(address));
        let (seconds, renew_seconds, rebind_seconds) = times(
            u32_of(get(option::LEASE_TIME)).unwrap_or(DEFAULT),
            u32_of(get(option::RENEWAL_TIME)),
            u32_of(get(option::REBINDING_TIME)),
        );
        let mut search = domains(get(option::SEARCH));
        if search.is_empty() {
            search.extend(text(get(option::DOMAIN)).filter(|name| is_domain(name)));
        }
        Some(Self {
            address,
            prefix_length,
            server,
            routes: routes(get(option::CLASSLESS_ROUTES), get(option::ROUTER), address, prefix_length),
            mtu: get(option::MTU).try_into().ok().map(u16::from_be_bytes).filter(|mtu| *mtu >= SMALLEST_MTU),
            nameservers: addresses(get(option::NAME_SERVER), MOST_NAMESERVERS),
            search,
            hostname: shown(get(option::HOST_NAME)),
            ntp_servers: addresses(get(option::NTP_SERVER), MOST_NTP_SERVERS),
            seconds,
            renew_seconds,
            rebind_seconds,
        })
    }

    /// The gateway of the default route.
    pub fn gateway(&self) -> Option<Ipv4Addr> {
        self.routes.iter().find(|hop| hop.prefix_length == 0).and_then(|hop| hop.gateway)
    }

    /// Whether it has a default route.
    pub fn has_default_route(&self) -> bool {
        self.routes.iter().any(|hop| hop.prefix_length == 0)
    }
}

/// Whether one machine can have this address.
fn is_host(address: &Ipv4Addr) -> bool {
    let [first, ..] = address.octets();
    first != 0 && first != 127 && first < 224
}

/// Length of the lease, when to renew and when to rebind: a server's times only where they are in order (RFC 2131, 4.4.5).
fn times(lease: u32, renew: Option<u32>, rebind: Option<u32>) -> (Option<u32>, u32, u32) {
    let lease = lease.max(SHORTEST);
    let rebind = rebind.filter(|at| (2..lease).contains(at)).unwrap_or(lease - (lease / 8).max(1));
    let renew = renew.filter(|at| (1..rebind).contains(at)).unwrap_or((lease / 2).min(rebind - 1));
    (Some(lease).filter(|seconds| *seconds != FOREVER), renew, rebind)
}

/// Classless routes make routers count for nothing (RFC 3442). A gateway that is on no link so far comes after the route
/// that puts it there.
fn routes(classless: &[u8], routers: &[u8], address: Ipv4Addr, prefix_length: u8) -> Vec<Hop> {
    let mut hops = classless_routes(classless);
    if classless.is_empty() {
        let gateway = addresses(routers, 1).first().copied();
        hops.extend(gateway.map(|gateway| Hop {
            destination: Ipv4Addr::UNSPECIFIED,
            prefix_length: 0,
            gateway: Some(gateway),
        }));
    }
    let on_link = |to: &Ipv4Addr, hops: &[Hop]| {
        covers(address, prefix_length, *to)
            || hops.iter().any(|hop| hop.gateway.is_none() && covers(hop.destination, hop.prefix_length, *to))
    };
    let lonely: Vec<Hop> = hops
        .iter()
        .filter_map(|hop| hop.gateway)
        .filter(|gateway| !on_link(gateway, &hops))
        .map(|gateway| Hop { destination: gateway, prefix_length: 32, gateway: None })
        .collect();
    for hop in lonely {
        if !hops.contains(&hop) {
            hops.push(hop);
        }
    }
    // On the link first; then the longest prefix first.
    hops.sort_by_key(|hop| (hop.gateway.is_some(), std::cmp::Reverse(hop.prefix_length)));
    hops
}

/// RFC 3442: the prefix length, as many octets of the destination as it needs, the gateway; all or nothing.
fn classless_routes(mut rest: &[u8]) -> Vec<Hop> {
    let mut hops: Vec<Hop> = Vec::new();
    while let Some((length, after)) = rest.split_first() {
        let significant = usize::from(*length).div_ceil(8);
        let Some((head, after)) = after.split_at_checked(significant).filter(|_| *length <= 32) else {
            return Vec::new();
        };
        let Some((gateway, after)) = after.split_first_chunk::<4>() else { return Vec::new() };
        let mut octets = [0; 4];
        octets.iter_mut().zip(head).for_each(|(to, from)| *to = *from);
        let destination = Ipv4Addr::from(u32::from(Ipv4Addr::from(octets)) & mask(*length));
        let gateway = Some(Ipv4Addr::from(*gateway)).filter(|gateway| !gateway.is_unspecified());
        let hop = Hop { destination, prefix_length: *length, gateway };
        let twice = hops.iter().any(|other| (other.destination, other.prefix_length) == (destination, *length));
        if !twice && hops.len() < MOST_ROUTES {
            hops.push(hop);
        }
        rest = after;
    }
    hops
}

fn covers(network: Ipv4Addr, prefix_length: u8, address: Ipv4Addr) -> bool {
    (u32::from(network) ^ u32::from(address)) & mask(prefix_length) == 0
}

fn mask(prefix_length: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix_length.min(32))).unwrap_or(0)
}

/// The length of a mask that is ones and then zeros.
fn prefix_of(option: &[u8]) -> Option<u8> {
    let bits = u32_of(option)?;
    let length = u8::try_from(bits.leading_ones()).ok()?;
    (length > 0 && mask(length) == bits).then_some(length)
}

fn classful(address: Ipv4Addr) -> u8 {
    match address.octets() {
        [0..=127, ..] => 8,
        [128..=191, ..] => 16,
        _ => 24,
    }
}

fn addresses(option: &[u8], most: usize) -> Vec<Ipv4Addr> {
    let mut found = Vec::new();
    for octets in option.chunks_exact(4) {
        let address = <[u8; 4]>::try_from(octets).map(Ipv4Addr::from).ok().filter(|it| !it.is_unspecified());
        found.extend(address.filter(|it| !it.is_multicast() && !it.is_broadcast() && !found.contains(it)));
    }
    found.truncate(most);
    found
}

fn u32_of(option: &[u8]) -> Option<u32> {
    option.try_into().ok().map(u32::from_be_bytes)
}

/// Printable ASCII, as far as it goes; some servers end it with a zero.
fn text(option: &[u8]) -> Option<String> {
    let end = option.iter().position(|byte| *byte == 0).unwrap_or(option.len());
    let bytes = option.get(..end.min(LONGEST_NAME))?;
    let fine = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_graphic);
    fine.then(|| String::from_utf8_lossy(bytes).into_owned())
}

/// Whatever it is: a name that cannot be used is told to people.
fn shown(option: &[u8]) -> Option<String> {
    let end = option.iter().position(|byte| *byte == 0).unwrap_or(option.len());
    let text = String::from_utf8_lossy(option.get(..end.min(LONGEST_NAME))?).into_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
