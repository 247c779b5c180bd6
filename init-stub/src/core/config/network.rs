//! The sections `network`, `hostname` and `time`.

use serde::Deserialize;

/// The host name, or where the machine finds one.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Hostname {
    Fixed { name: String },
    Discovered { from: Vec<NameOrigin> },
}

/// Where a discovered host name may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum NameOrigin {
    Metadata,
    Dhcp,
    Mac,
}

/// Addresses and name servers.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Network {
    pub interfaces: Vec<Interface>,
    pub nameservers: Vec<std::net::IpAddr>,
    pub route_timeout_ms: u64,
}

/// One network interface, or all that no other entry names.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Interface {
    pub selector: InterfaceSelector,
    pub ipv4: Ipv4,
    pub mtu_bytes: Option<u32>,
}

/// How an interface gets its IPv4 address.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Ipv4 {
    Static { address: std::net::Ipv4Addr, prefix_length: u8, gateway: Option<std::net::Ipv4Addr> },
    Dhcp {},
}

/// Where the clock is set from.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Time {
    pub servers: Vec<String>,
    pub timeout_ms: u64,
}

/// Names one interface of the machine.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum InterfaceSelector {
    All {},
    Name { name: String },
    Mac { mac: String },
}
