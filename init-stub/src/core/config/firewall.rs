//! The part `firewall` of the section `network`.

use super::Prefix;
use serde::Deserialize;

/// What comes in over links to the outside is dropped, but for what answers, ICMP, DHCP and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Firewall {
    pub links: Vec<String>,
    pub allow: Vec<Allowed>,
}

/// What is allowed: a protocol by its number, to ports if it has some, from networks or from anybody.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Allowed {
    pub protocol: u8,
    pub ports: Option<Vec<PortRange>>,
    pub from: Option<Vec<Prefix>>,
}

impl Allowed {
    /// Whether its protocol tells services apart by ports: TCP, UDP and SCTP do.
    pub fn has_ports(&self) -> bool {
        matches!(self.protocol, TCP | UDP | 132)
    }
}

/// IANA's number of the protocol.
pub const TCP: u8 = 6;
/// See [`TCP`].
pub const UDP: u8 = 17;

/// Ports from the first to the last, both of them too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct PortRange {
    pub first: u16,
    pub last: u16,
}
