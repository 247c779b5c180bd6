//! The sections `network`, `hostname` and `time`.

use super::{Firewall, Prefix, Wireguard};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr};

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

/// Links, addresses and names.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Network {
    pub links: Option<Vec<NetworkLink>>,
    pub links_from: Option<LinksFrom>,
    pub nameservers: Vec<IpAddr>,
    pub search_domains: Option<Vec<String>>,
    pub hosts: Option<Vec<HostEntry>>,
    pub firewall: Option<Firewall>,
    pub metadata_guard: Option<Vec<IpAddr>>,
    pub route_timeout_ms: u64,
}

/// Who else may say which links there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum LinksFrom {
    Platform,
}

/// A network interface that the machine has or that init makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct NetworkLink {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub kind: LinkKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtu_bytes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dhcp4: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dhcp4_overrides: Option<Dhcp4Overrides>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dhcp6: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slaac: Option<bool>,
    pub addresses: Vec<Prefix>,
    pub routes: Vec<RouteTo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<RoutingRule>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nameservers: Option<Vec<IpAddr>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_domains: Option<Vec<String>>,
}

impl Network {
    /// The links, in the order in which they are made.
    pub fn links(&self) -> &[NetworkLink] {
        self.links.as_deref().unwrap_or_default()
    }

    /// Whether a link is to have this address, or a route is to have it as its source.
    pub fn has_address(&self, address: IpAddr) -> bool {
        self.links().iter().any(|link| {
            link.addresses.iter().any(|one| one.address == address)
                || link.routes.iter().any(|route| route.source == Some(address))
        })
    }
}

impl NetworkLink {
    /// Whether it asks for a lease.
    pub fn has_dhcp4(&self) -> bool {
        self.dhcp4 == Some(true)
    }

    /// What it takes from its lease, with the defaults where it has no overrides.
    pub fn dhcp4_overrides(&self) -> Dhcp4Overrides {
        self.dhcp4_overrides.clone().unwrap_or_default()
    }

    /// Whether the kernel makes its addresses of IPv6 from router advertisements.
    pub fn has_slaac(&self) -> bool {
        self.slaac == Some(true)
    }

    /// Whether it asks for an address by DHCPv6, whatever the routers advertise.
    pub fn has_dhcp6(&self) -> bool {
        self.dhcp6 == Some(true)
    }

    /// The default route of a family in the main table; of several the one that wins.
    pub fn default_route(&self, is_ipv4: bool) -> Option<&RouteTo> {
        let is_default = |route: &&RouteTo| {
            route.prefix_length == 0
                && route.table.is_none_or(|table| table == MAIN_TABLE)
                && route.destination.is_ipv4() == is_ipv4
        };
        self.routes.iter().filter(is_default).min_by_key(|route| route.effective_metric())
    }
}

/// What a link takes from its lease, and what the server gets. None is what a lease means without it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Dhcp4Overrides {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_routes: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_dns: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_domains: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_ntp: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_mtu: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_hostname: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_hostname: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_metric: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<bool>,
}

impl Dhcp4Overrides {
    /// Whether routes of the lease are used (options 3 and 121).
    pub fn uses_routes(&self) -> bool {
        self.use_routes != Some(false)
    }

    /// Whether name servers of the lease are used (option 6).
    pub fn uses_dns(&self) -> bool {
        self.use_dns != Some(false)
    }

    /// Whether search domains of the lease are used (options 15 and 119).
    pub fn uses_domains(&self) -> bool {
        self.use_domains != Some(false)
    }

    /// Whether NTP servers of the lease are used (option 42).
    pub fn uses_ntp(&self) -> bool {
        self.use_ntp != Some(false)
    }

    /// Whether the MTU of the lease is used (option 26).
    pub fn uses_mtu(&self) -> bool {
        self.use_mtu != Some(false)
    }

    /// Whether the host name of the lease is used (option 12).
    pub fn uses_hostname(&self) -> bool {
        self.use_hostname != Some(false)
    }

    /// Whether the server gets the name of the node.
    pub fn sends_hostname(&self) -> bool {
        self.send_hostname != Some(false)
    }

    /// By what the server knows the link (option 61).
    pub fn client_id(&self) -> ClientId {
        self.client_id.unwrap_or_default()
    }

    /// Whether the link is asked for another machine with the address before its use (RFC 5227).
    pub fn probes(&self) -> bool {
        self.probe == Some(true)
    }
}

/// By what a DHCP server knows a link: its hardware address (RFC 2132), or IAID and DUID (RFC 4361).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum ClientId {
    #[default]
    Mac,
    Duid,
}

impl LinkSelector {
    /// Whether it means every interface that nothing else means.
    pub fn is_all(&self) -> bool {
        self.all == Some(true)
    }
}

/// What a link is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum LinkKind {
    Physical {
        selector: LinkSelector,
    },
    Bond(Box<Bond>),
    Vlan(Vlan),
    Bridge(Bridge),
    Dummy {},
    /// It has secrets, and no platform names one, so that it need not be written.
    #[serde(skip_serializing)]
    Wireguard(Box<Wireguard>),
}

impl LinkKind {
    /// What finds the interfaces of the machine that it is or is made of.
    pub fn selectors(&self) -> &[LinkSelector] {
        match self {
            Self::Physical { selector } => std::slice::from_ref(selector),
            made => made.members(),
        }
    }

    /// What finds the members of a bond or a bridge.
    pub fn members(&self) -> &[LinkSelector] {
        match self {
            Self::Bond(bond) => &bond.members,
            Self::Bridge(bridge) => &bridge.members,
            Self::Physical { .. } | Self::Vlan(_) | Self::Dummy {} | Self::Wireguard(_) => &[],
        }
    }

    /// What a tunnel is.
    pub fn wireguard(&self) -> Option<&Wireguard> {
        match self {
            Self::Wireguard(tunnel) => Some(tunnel),
            _ => None,
        }
    }
}

/// Several interfaces as one; None is the kernel's own value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Bond {
    pub mode: BondMode,
    pub members: Vec<LinkSelector>,
    pub mii_monitor_interval_ms: Option<u32>,
    pub up_delay_ms: Option<u32>,
    pub down_delay_ms: Option<u32>,
    pub arp_interval_ms: Option<u32>,
    pub arp_ip_targets: Option<Vec<Ipv4Addr>>,
    pub arp_validate: Option<ArpValidate>,
    pub arp_all_targets: Option<ArpAllTargets>,
    pub primary: Option<usize>,
    pub primary_reselect_policy: Option<PrimaryReselect>,
    pub fail_over_mac_policy: Option<FailOverMac>,
    pub transmit_hash_policy: Option<TransmitHash>,
    pub lacp_rate: Option<LacpRate>,
    pub ad_select: Option<AdSelect>,
    pub min_links: Option<u32>,
    pub all_members_active: Option<bool>,
    pub gratuitous_arp: Option<u8>,
    pub packets_per_member: Option<u32>,
    pub resend_igmp: Option<u32>,
    pub learn_packet_interval_ms: Option<u32>,
}

/// How the members of a bond share the traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every value; their order is that of the kernel's numbers")]
pub enum BondMode {
    #[serde(rename = "balance-rr")]
    BalanceRr,
    #[serde(rename = "active-backup")]
    ActiveBackup,
    #[serde(rename = "balance-xor")]
    BalanceXor,
    #[serde(rename = "broadcast")]
    Broadcast,
    #[serde(rename = "802.3ad")]
    Ieee8023ad,
    #[serde(rename = "balance-tlb")]
    BalanceTlb,
    #[serde(rename = "balance-alb")]
    BalanceAlb,
}

/// Which members must see the answers to ARP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every value; their order is that of the kernel's numbers")]
pub enum ArpValidate {
    #[serde(rename = "none")]
    None,
    #[serde(rename = "active")]
    Active,
    #[serde(rename = "backup")]
    Backup,
    #[serde(rename = "all")]
    All,
}

/// Whether any or all ARP targets must answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every value; their order is that of the kernel's numbers")]
pub enum ArpAllTargets {
    #[serde(rename = "any")]
    Any,
    #[serde(rename = "all")]
    All,
}

/// When the primary member is used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every value; their order is that of the kernel's numbers")]
pub enum PrimaryReselect {
    #[serde(rename = "always")]
    Always,
    #[serde(rename = "better")]
    Better,
    #[serde(rename = "failure")]
    Failure,
}

/// Which hardware addresses bond and members have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every value; their order is that of the kernel's numbers")]
pub enum FailOverMac {
    #[serde(rename = "none")]
    None,
    #[serde(rename = "active")]
    Active,
    #[serde(rename = "follow")]
    Follow,
}

/// What decides over which member a packet goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every value; their order is that of the kernel's numbers")]
pub enum TransmitHash {
    #[serde(rename = "layer2")]
    Layer2,
    #[serde(rename = "layer3+4")]
    Layer34,
    #[serde(rename = "layer2+3")]
    Layer23,
    #[serde(rename = "encap2+3")]
    Encap23,
    #[serde(rename = "encap3+4")]
    Encap34,
    #[serde(rename = "vlan+srcmac")]
    VlanSrcMac,
}

/// How often the partner of LACP is asked to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every value; their order is that of the kernel's numbers")]
pub enum LacpRate {
    #[serde(rename = "slow")]
    Slow,
    #[serde(rename = "fast")]
    Fast,
}

/// Which aggregate of several is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every value; their order is that of the kernel's numbers")]
pub enum AdSelect {
    #[serde(rename = "stable")]
    Stable,
    #[serde(rename = "bandwidth")]
    Bandwidth,
    #[serde(rename = "count")]
    Count,
}

/// A VLAN on another link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Vlan {
    pub link: String,
    pub id: u16,
    pub protocol: VlanProtocol,
}

/// The protocol of a VLAN's tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum VlanProtocol {
    #[serde(rename = "802.1q")]
    Ieee8021q,
    #[serde(rename = "802.1ad")]
    Ieee8021ad,
}

/// A switch inside the node; None is the kernel's own value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Bridge {
    pub members: Vec<LinkSelector>,
    pub stp: bool,
    pub priority: Option<u16>,
    pub forward_delay_ms: Option<u32>,
    pub hello_time_ms: Option<u32>,
    pub max_age_ms: Option<u32>,
    pub ageing_time_ms: Option<u32>,
}

/// Names interfaces: all facts must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct LinkSelector {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permanent_mac: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<bool>,
}

/// A route over a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct RouteTo {
    pub destination: IpAddr,
    pub prefix_length: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_link: Option<bool>,
}

/// The main table of routes.
pub const MAIN_TABLE: u32 = 254;

impl RouteTo {
    /// The metric that the kernel gives the route.
    pub fn effective_metric(&self) -> u32 {
        const OF_IPV6: u32 = 1024;
        let metric = self.metric.unwrap_or(0);
        if metric == 0 && self.destination.is_ipv6() { OF_IPV6 } else { metric }
    }
}

/// Which table of routes is used for what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct RoutingRule {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Prefix>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Prefix>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<Family>,
    pub table: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
}

impl RoutingRule {
    /// Whether it is about IPv6, as its addresses are; of a rule without addresses its family says it.
    pub fn is_ipv6(&self) -> bool {
        match self.from.or(self.to) {
            Some(prefix) => prefix.address.is_ipv6(),
            None => self.family == Some(Family::Ipv6),
        }
    }
}

/// A family of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Family {
    Ipv4,
    Ipv6,
}

/// A line of /etc/hosts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct HostEntry {
    pub address: IpAddr,
    pub names: Vec<String>,
}

/// Where the clock is set from.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Time {
    pub servers: Vec<String>,
    pub timeout_ms: u64,
}
