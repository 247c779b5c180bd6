//! Which of several addresses is tried first: the rules of RFC 6724 that matter to a node with one address of each family.

use crate::core::scoped::is_link_local;
use crate::sys::udp::source_for;
use std::cmp::Ordering;
use std::net::{IpAddr, Ipv6Addr};

/// How good an address is; the best is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// An address of IPv6, spoken to from one of the same reach.
    Ipv6,
    /// An address of IPv4 to which a route leads.
    Ipv4,
    /// An address of IPv6 to which a route leads, but from one that means nothing there, so that an answer is unlikely to come back.
    NarrowSource,
    /// No route leads there.
    Unreachable,
}

/// The addresses to which a route leads, the best first and then families in turn, so that one that is dead costs the time of one
/// address; all of them where no route leads to any.
pub fn by_reach(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    ordered(addresses, source_for)
}

fn ordered(addresses: Vec<IpAddr>, source_for: impl Fn(IpAddr) -> Option<IpAddr>) -> Vec<IpAddr> {
    let mut ranked: Vec<(Rank, IpAddr)> =
        addresses.into_iter().map(|address| (rank(address, source_for(address)), address)).collect();
    // The order of the server counts among equals: it spreads the load.
    ranked.sort_by_key(|(rank, _)| *rank);
    if ranked.iter().any(|(rank, _)| *rank != Rank::Unreachable) {
        ranked.retain(|(rank, _)| *rank != Rank::Unreachable);
    }
    let is_ipv6_first = ranked.first().is_some_and(|(_, address)| address.is_ipv6());
    let (first, other): (Vec<IpAddr>, Vec<IpAddr>) =
        ranked.into_iter().map(|(_, address)| address).partition(|address| address.is_ipv6() == is_ipv6_first);
    in_turn(first, other)
}

fn in_turn(first: Vec<IpAddr>, other: Vec<IpAddr>) -> Vec<IpAddr> {
    let mut mixed = Vec::new();
    let (mut first, mut other) = (first.into_iter(), other.into_iter());
    loop {
        let pair = [first.next(), other.next()];
        if pair == [None, None] {
            return mixed;
        }
        mixed.extend(pair.into_iter().flatten());
    }
}

fn rank(address: IpAddr, source: Option<IpAddr>) -> Rank {
    match (address, source) {
        (_, None) => Rank::Unreachable,
        (IpAddr::V6(to), Some(IpAddr::V6(from))) if reach(from).cmp(&reach(to)) == Ordering::Less => Rank::NarrowSource,
        (IpAddr::V6(_), Some(_)) => Rank::Ipv6,
        (IpAddr::V4(_), Some(_)) => Rank::Ipv4,
    }
}

/// How far an address means something: on the link, at the site, or everywhere.
fn reach(address: Ipv6Addr) -> u8 {
    match address {
        own if own.is_loopback() || is_link_local(own.into()) => 0,
        site if site.is_unique_local() => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: [&str; 4] = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"];

    /// The order for a machine that has these addresses, and a route everywhere from each.
    fn order(addresses: &[&str], own: &[&str]) -> Vec<String> {
        let own: Vec<IpAddr> = own.iter().map(|own| own.parse().unwrap()).collect();
        let source = |to: IpAddr| own.iter().copied().find(|own| own.is_ipv4() == to.is_ipv4());
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        ordered(addresses, source).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_machine_of_both_families_tries_ipv6_first_and_the_families_in_turn() {
        let expected = ["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2"];
        assert_eq!(order(&NAME, &["198.51.100.9", "2001:db8:9::9"]), expected);
    }

    #[test]
    fn a_family_without_a_route_is_not_tried() {
        assert_eq!(order(&NAME, &["198.51.100.9"]), ["192.0.2.1", "192.0.2.2"]);
        assert_eq!(order(&NAME, &["2001:db8:9::9"]), ["2001:db8::1", "2001:db8::2"]);
        assert_eq!(order(&NAME, &[]).len(), 4, "the error says what the kernel says");
    }

    #[test]
    fn an_address_of_the_site_is_good_for_the_site() {
        let own = ["198.51.100.9", "fd00::9"];
        assert_eq!(order(&["192.0.2.1", "2001:db8::1"], &own), ["192.0.2.1", "2001:db8::1"]);
        assert_eq!(order(&["192.0.2.1", "fd00::1"], &own), ["fd00::1", "192.0.2.1"]);
        assert_eq!(order(&["192.0.2.1", "fd00::1"], &["198.51.100.9", "2001:db8::9"]), ["fd00::1", "192.0.2.1"]);
    }
}
