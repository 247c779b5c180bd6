//! What Keel reads of a router advertisement: name servers and search domains (RFC 8106), as the kernel hands each option on in a
//! message RTM_NEWNDUSEROPT of the group RTNLGRP_ND_USEROPT. Prefixes, routes and the MTU are the kernel's own business.

use super::domains::domains;
use crate::core::bytes::array_at;
use std::net::Ipv6Addr;

const MOST_SERVERS: usize = 3;
/// The kernel's `struct nduseroptmsg`, whose numbers are in the order of the machine.
const HEADER: usize = 16;
/// ICMPv6 type of an advertisement.
const ADVERTISEMENT: u8 = 134;
/// The attribute with the router's address.
const SOURCE: u16 = 1;
const RDNSS: u8 = 25;
const DNSSL: u8 = 31;
/// A time that means "forever".
const FOREVER: u32 = u32::MAX;

/// One option of an advertisement. It replaces what the same router has advertised of this kind for the same names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouterOption {
    /// The interface's index.
    pub index: u32,
    /// The router's address, which is link-local.
    pub router: Ipv6Addr,
    /// How long it counts, in seconds; 0: not any more, None: forever.
    pub lifetime_seconds: Option<u32>,
    /// What it is.
    pub what: Names,
}

/// What a router says about names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// Name servers, one to three. A link-local one is on the link of the interface.
    Servers(Vec<Ipv6Addr>),
    /// Domains in which a short name is looked up, one to six.
    Domains(Vec<String>),
}

/// Reads the body of a message, which follows its `nlmsghdr`. None: this is another option or a damaged one, or it has nothing that
/// can be used.
pub fn read(body: &[u8]) -> Option<RouterOption> {
    let index = i32::from_ne_bytes(array_at(body, 4)?);
    let [icmp_type] = array_at(body, 8)?;
    let options = body.get(HEADER..)?.get(..usize::from(u16::from_ne_bytes(array_at(body, 2)?)))?;
    let [kind, units] = array_at(options, 0)?;
    let option = options.get(..usize::from(units) * 8)?;
    let lifetime = u32::from_be_bytes(array_at(option, 4)?);
    let content = option.get(8..)?;
    let what = match kind {
        RDNSS => Names::Servers(servers(content, MOST_SERVERS)).filled(),
        DNSSL => Names::Domains(domains(content)).filled(),
        _ => None,
    };
    Some(RouterOption {
        index: u32::try_from(index).ok().filter(|index| *index > 0 && icmp_type == ADVERTISEMENT)?,
        router: source(body.get(HEADER + options.len().next_multiple_of(4)..)?)?,
        lifetime_seconds: Some(lifetime).filter(|seconds| *seconds != FOREVER),
        what: what?,
    })
}

impl Names {
    fn filled(self) -> Option<Self> {
        let is_empty = match &self {
            Self::Servers(all) => all.is_empty(),
            Self::Domains(all) => all.is_empty(),
        };
        (!is_empty).then_some(self)
    }
}

/// The first `most` addresses of a list that a server on another machine can have, each once.
pub fn servers(list: &[u8], most: usize) -> Vec<Ipv6Addr> {
    let mut found = Vec::new();
    for octets in list.chunks_exact(16) {
        let address = array_at::<16>(octets, 0).map(Ipv6Addr::from).filter(is_server);
        found.extend(address.filter(|it| found.len() < most && !found.contains(it)));
    }
    found
}

fn is_server(address: &Ipv6Addr) -> bool {
    let is_mapped = address.to_ipv4_mapped().is_some();
    !address.is_unspecified() && !address.is_multicast() && !address.is_loopback() && !is_mapped
}

/// The address in the attributes that follow the option.
fn source(mut rest: &[u8]) -> Option<Ipv6Addr> {
    loop {
        let length = usize::from(u16::from_ne_bytes(array_at(rest, 0)?));
        let value = rest.get(4..length)?;
        if u16::from_ne_bytes(array_at(rest, 2)?) == SOURCE {
            return Some(Ipv6Addr::from(<[u8; 16]>::try_from(value).ok()?));
        }
        rest = rest.get(length.next_multiple_of(4)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTER: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);

    /// An option as the kernel hands it on.
    fn body(icmp_type: u8, kind: u8, lifetime: u32, content: &[u8]) -> Vec<u8> {
        let length = 8 + content.len();
        let mut bytes = vec![10, 0];
        bytes.extend(u16::try_from(length).unwrap().to_ne_bytes());
        bytes.extend(2i32.to_ne_bytes());
        bytes.extend([icmp_type, 0, 0, 0, 0, 0, 0, 0, kind, u8::try_from(length / 8).unwrap(), 0, 0]);
        bytes.extend(lifetime.to_be_bytes());
        bytes.extend(content);
        // An attribute of another kind comes first: so a new kernel may send one.
        bytes.extend([5u16.to_ne_bytes(), 9u16.to_ne_bytes()].concat());
        bytes.extend([1, 0, 0, 0]);
        bytes.extend([20u16.to_ne_bytes(), SOURCE.to_ne_bytes()].concat());
        bytes.extend(ROUTER.octets());
        bytes
    }

    fn addresses(all: &[&str]) -> Vec<u8> {
        all.iter().flat_map(|address| address.parse::<Ipv6Addr>().unwrap().octets()).collect()
    }

    #[test]
    fn name_servers_are_read_with_router_and_lifetime() {
        let read = read(&body(134, 25, 600, &addresses(&["2001:db8::53", "fe80::53"]))).unwrap();
        assert_eq!((read.index, read.router, read.lifetime_seconds), (2, ROUTER, Some(600)));
        assert_eq!(read.what, Names::Servers(vec!["2001:db8::53".parse().unwrap(), "fe80::53".parse().unwrap()]));
    }

    #[test]
    fn domains_are_read_and_a_lifetime_may_be_nothing_or_have_no_end() {
        let packed = b"\x03eng\x07example\x03org\x00\x01b\x00\x00\x00\x00\x00";
        let of = |lifetime| read(&body(134, 31, lifetime, packed)).unwrap();
        assert_eq!(of(0).what, Names::Domains(vec!["eng.example.org".into(), "b".into()]));
        assert_eq!((of(0).lifetime_seconds, of(u32::MAX).lifetime_seconds), (Some(0), None));
    }

    #[test]
    fn addresses_of_no_server_are_left_out_and_three_are_enough() {
        let all = ["::", "ff02::1", "::1", "2001:db8::1", "2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4"];
        let Names::Servers(found) = read(&body(134, 25, 1, &addresses(&all))).unwrap().what else { panic!() };
        assert_eq!(
            found.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["2001:db8::1", "2001:db8::2", "2001:db8::3"]
        );
        assert_eq!(read(&body(134, 25, 1, &addresses(&all[..3]))), None, "nothing is left");
    }

    #[test]
    fn other_messages_and_options_and_damaged_ones_are_passed_over() {
        let good = body(134, 25, 1, &addresses(&["2001:db8::1"]));
        assert_eq!(read(&body(137, 25, 1, &addresses(&["2001:db8::1"]))), None, "a redirect");
        assert_eq!(read(&body(134, 3, 1, &addresses(&["2001:db8::1"]))), None, "a prefix");
        for cut in 0..good.len() {
            assert_eq!(read(&good[..cut]), None, "{cut}");
        }
        for (at, byte) in [(17, 0), (17, 9), (2, 255), (4, 0), (7, 255)] {
            let mut bytes = good.clone();
            bytes[at] = byte;
            if at == 4 {
                bytes[4..8].copy_from_slice(&[0; 4]);
            }
            assert_eq!(read(&bytes), None, "{at}");
        }
    }
}
