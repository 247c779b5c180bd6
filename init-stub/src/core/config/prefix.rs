//! Networks, and addresses in them.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
        let of = |address| Self { address, ..*self }.network();
        self.address.is_ipv4() == ip.is_ipv4() && of(self.address) == of(ip)
    }

    /// The network of an address: no bit behind the prefix is set.
    pub fn network(self) -> Self {
        let rest = width(self.address).saturating_sub(self.prefix_length);
        let kept = u128::MAX.checked_shl(u32::from(rest)).unwrap_or(0);
        let address = match self.address {
            IpAddr::V4(ip) => IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() & low_bits(kept))),
            IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & kept)),
        };
        Self { address, ..self }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix_length)
    }
}

/// Length of an address of this family in bits.
pub fn width(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

fn low_bits(bits: u128) -> u32 {
    u32::try_from(bits & u128::from(u32::MAX)).unwrap_or(0)
}
