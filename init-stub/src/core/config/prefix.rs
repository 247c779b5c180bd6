//! Networks, and addresses in them.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;

/// An address with the length of its prefix, or a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Prefix {
    pub address: IpAddr,
    pub prefix_length: u8,
}

impl Prefix {
    /// Whether an address is in this network.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let is_one_family = self.address.is_ipv4() == ip.is_ipv4();
        let rest = |bits: u128| bits.checked_shr(u32::from(width(ip).saturating_sub(self.prefix_length))).unwrap_or(0);
        is_one_family && rest(bits_of(self.address)) == rest(bits_of(ip))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix_length)
    }
}

/// Length of an address of this family in bits.
fn width(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

fn bits_of(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u32::from(ip).into(),
        IpAddr::V6(ip) => ip.into(),
    }
}
