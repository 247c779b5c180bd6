//! Networks, and addresses with the length of a prefix.

use super::verdict::{Verdict, want};
use crate::core::config::Prefix;
use std::net::IpAddr;

/// An address with the length of a prefix that its family has.
pub fn prefix(Prefix { address, prefix_length }: Prefix, at: &str) -> Verdict {
    want(prefix_length <= width(address), format_args!("{at}/prefixLength"), "is longer than an address of IPv4")
}

fn width(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

/// Whether no bit behind the prefix is set.
pub fn is_network(Prefix { address, prefix_length }: Prefix) -> bool {
    let bits = match address {
        IpAddr::V4(ip) => u128::from(u32::from(ip)) << 96,
        IpAddr::V6(ip) => u128::from(ip),
    };
    bits.checked_shl(u32::from(prefix_length)).is_none_or(|rest| rest == 0)
}

/// A network that packets or addresses are compared with.
pub fn network(one: Prefix, at: &str) -> Verdict {
    prefix(one, at)?;
    want(is_network(one), format_args!("{at}/address"), "is an address and not a network")
}
