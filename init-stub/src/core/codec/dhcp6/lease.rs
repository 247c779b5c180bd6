//! What a lease says, read from a server's options with limits. What makes no sense is left out, and a lease without a
//! usable address is not one.

use super::message::{Dhcp6Reply, option, options, status, status_of};
use crate::core::bytes::array_at;
use crate::core::codec::domains::{LONGEST_NAME, domain, domains};
use crate::core::codec::router::servers;
use crate::core::hex::hex;
use serde::{Deserialize, Serialize};
use std::net::Ipv6Addr;

const MOST_NAMESERVERS: usize = 3;
const MOST_NTP_SERVERS: usize = 4;
/// A lease that ends sooner is taken for one of this many seconds: nothing but a fault or malice gives it.
const SHORTEST: u32 = 4;
/// A time that means "forever".
const FOREVER: u32 = u32::MAX;
/// When information is asked for again, in seconds: if the server does not say, and at the earliest (RFC 8415, 7.6).
const DEFAULT_REFRESH: u32 = 86_400;
const SHORTEST_REFRESH: u32 = 600;

/// The facts of a lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lease6 {
    /// The address. What is on its link, only a router knows.
    pub address: Ipv6Addr,
    /// The DUID of the server that gave it, in lower-case hexadecimal.
    pub server: String,
    /// Name servers.
    pub nameservers: Vec<Ipv6Addr>,
    /// Domains in which a short name is looked up.
    pub search: Vec<String>,
    /// The host name, as the server spells it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hostname: Option<String>,
    /// NTP servers.
    pub ntp_servers: Vec<Ipv6Addr>,
    /// How long new connections may use the address, in seconds; None: forever.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub preferred_seconds: Option<u32>,
    /// How long the address is valid, in seconds; None: forever.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seconds: Option<u32>,
    /// When its server is asked to renew it; `u32::MAX`: never.
    pub renew_seconds: u32,
    /// When every server is asked; `u32::MAX`: never.
    pub rebind_seconds: u32,
}

/// What a server says without a lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Information {
    /// Name servers.
    pub nameservers: Vec<Ipv6Addr>,
    /// Domains in which a short name is looked up.
    pub search: Vec<String>,
    /// NTP servers.
    pub ntp_servers: Vec<Ipv6Addr>,
    /// After how many seconds it is asked for again; `u32::MAX`: never.
    pub refresh_seconds: u32,
}

impl Information {
    /// The information of a reply.
    pub fn of(reply: &Dhcp6Reply) -> Self {
        let refresh = seconds_of(reply, option::REFRESH_TIME).unwrap_or(DEFAULT_REFRESH);
        Self {
            nameservers: nameservers(reply),
            search: search(reply),
            ntp_servers: ntp_servers(reply),
            refresh_seconds: refresh.max(SHORTEST_REFRESH),
        }
    }
}

/// What an answer means for the one address of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// The client has it, or is offered it.
    Lease(Lease6),
    /// The server takes the address away.
    Withdrawn,
    /// The server says why not: one of [`status`].
    Refused(u16),
    /// Nothing that the client could use.
    Missing,
}

impl Grant {
    /// Reads an answer. `held` is the address of the client, which wins over others in the answer.
    pub fn of(reply: &Dhcp6Reply, iaid: u32, held: Option<Ipv6Addr>) -> Self {
        let Some(server) = reply.server() else { return Self::Missing };
        let Some(identity) = reply.all(option::IA_NA).find_map(|bytes| Identity::read(bytes, iaid)) else {
            return match reply.status() {
                status::SUCCESS => Self::Missing,
                code => Self::Refused(code),
            };
        };
        for code in [reply.status(), status_of(identity.options)] {
            if code != status::SUCCESS {
                return Self::Refused(code);
            }
        }
        let valid = || identity.addresses().filter(|it| it.valid > 0 && it.status == status::SUCCESS);
        if let Some(found) = valid().find(|it| Some(it.address) == held).or_else(|| valid().next()) {
            return Self::Lease(lease(reply, hex(server), &identity, &found));
        }
        let refused = identity.addresses().find(|it| it.status != status::SUCCESS);
        match refused {
            Some(it) => Self::Refused(it.status),
            None if identity.addresses().any(|it| Some(it.address) == held) => Self::Withdrawn,
            None => Self::Missing,
        }
    }
}

/// An IA_NA: times in seconds, and options with addresses.
struct Identity<'a> {
    t1: u32,
    t2: u32,
    options: &'a [u8],
}

/// An address and its times in seconds.
struct Given {
    address: Ipv6Addr,
    preferred: u32,
    valid: u32,
    status: u16,
}

impl<'a> Identity<'a> {
    /// None: it is another one, or damaged, or its times are out of order.
    fn read(bytes: &'a [u8], iaid: u32) -> Option<Self> {
        let [found, t1, t2] = [0, 4, 8].map(|at| array_at(bytes, at).map(u32::from_be_bytes));
        let (t1, t2) = (t1?, t2?);
        let is_in_order = t1 <= t2 || t2 == 0;
        (found? == iaid && is_in_order).then_some(Self { t1, t2, options: bytes.get(12..)? })
    }

    fn addresses(&self) -> impl Iterator<Item = Given> {
        options(self.options)
            .filter(|(number, _)| *number == option::ADDRESS)
            .filter_map(|(_, value)| Given::read(value))
    }
}

impl Given {
    /// None: it is damaged, no machine can have it, or it is preferred for longer than it is valid.
    fn read(bytes: &[u8]) -> Option<Self> {
        let address = Ipv6Addr::from(array_at::<16>(bytes, 0)?);
        let [preferred, valid] = [16, 20].map(|at| array_at(bytes, at).map(u32::from_be_bytes));
        let (preferred, valid) = (preferred?, valid?);
        let status = status_of(bytes.get(24..)?);
        (is_host(&address) && preferred <= valid).then_some(Self { address, preferred, valid, status })
    }
}

fn lease(reply: &Dhcp6Reply, server: String, identity: &Identity, given: &Given) -> Lease6 {
    let valid = given.valid.max(SHORTEST);
    let (renew_seconds, rebind_seconds) = times(identity, given.preferred, valid);
    let finite = |seconds: u32| Some(seconds).filter(|seconds| *seconds != FOREVER);
    Lease6 {
        address: given.address,
        server,
        nameservers: nameservers(reply),
        search: search(reply),
        hostname: hostname(reply.get(option::FQDN).unwrap_or_default()),
        ntp_servers: ntp_servers(reply),
        preferred_seconds: finite(given.preferred),
        seconds: finite(valid),
        renew_seconds,
        rebind_seconds,
    }
}

/// When to renew and when to rebind: a server's times only where they are in order and before the end (RFC 8415, 21.4).
fn times(identity: &Identity, preferred: u32, valid: u32) -> (u32, u32) {
    // An address that is not preferred any more may still be renewed.
    let whole = if preferred == 0 { valid } else { preferred.max(SHORTEST) };
    let (half, most) = match whole {
        FOREVER => (FOREVER, FOREVER),
        _ => (whole / 2, whole - (whole / 5).max(1)),
    };
    let is_before_end = |at: &u32| *at > 0 && (*at < valid || valid == FOREVER);
    let rebind = Some(identity.t2).filter(is_before_end).unwrap_or(most);
    let renew = Some(identity.t1).filter(|at| (1..=rebind).contains(at)).unwrap_or(half.min(rebind));
    (renew, rebind)
}

/// Whether one machine can have this address from a server.
fn is_host(address: &Ipv6Addr) -> bool {
    !address.is_unspecified()
        && !address.is_multicast()
        && !address.is_loopback()
        && !address.is_unicast_link_local()
        && address.to_ipv4_mapped().is_none()
}

fn nameservers(reply: &Dhcp6Reply) -> Vec<Ipv6Addr> {
    servers(reply.get(option::NAME_SERVERS).unwrap_or_default(), MOST_NAMESERVERS)
}

fn search(reply: &Dhcp6Reply) -> Vec<String> {
    domains(reply.get(option::SEARCH).unwrap_or_default())
}

/// RFC 5908: one server for each option, of which those by multicast and by name are passed over. Without one, RFC 4075.
fn ntp_servers(reply: &Dhcp6Reply) -> Vec<Ipv6Addr> {
    const ADDRESS: u16 = 1;
    let inner = reply.all(option::NTP_SERVER).flat_map(options);
    let list: Vec<u8> = inner
        .filter(|(number, value)| *number == ADDRESS && value.len() == 16)
        .flat_map(|(_, value)| value.iter().copied())
        .collect();
    let found = servers(&list, MOST_NTP_SERVERS);
    match found.is_empty() {
        true => servers(reply.get(option::SNTP_SERVERS).unwrap_or_default(), MOST_NTP_SERVERS),
        false => found,
    }
}

/// Whatever it is: people see a name that cannot be used. After the flags comes a name as DNS packs it, which may lack its end.
fn hostname(option: &[u8]) -> Option<String> {
    let packed = [option.get(1..)?, &[0]].concat();
    domain(&packed, 0).map(|(name, _)| name).filter(|name| (1..=LONGEST_NAME).contains(&name.len()))
}

/// A number of seconds that is a whole option.
pub fn seconds_of(reply: &Dhcp6Reply, number: u16) -> Option<u32> {
    reply.get(number)?.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests;
