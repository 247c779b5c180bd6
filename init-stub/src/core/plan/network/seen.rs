//! The links of a machine as they are: the second argument of the plan.

use super::wireguard::SeenWireguard;
use crate::core::config::{LinkSelector, MAIN_TABLE, Prefix, RouteTo, RoutingRule};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Links, routes and rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeenNetwork {
    /// By index.
    pub links: Vec<SeenLink>,
    /// Unicast routes of all tables but the local one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<SeenRoute>,
    /// Rules with a table, as a config can have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<SeenRule>,
}

/// A rule that is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeenRule {
    /// Whether it is about IPv6.
    #[serde(default)]
    pub ipv6: bool,
    /// What it says.
    pub rule: RoutingRule,
}

/// One interface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeenLink {
    /// The kernel's number.
    pub index: u32,
    /// The kernel's name.
    pub name: String,
    /// Hardware address of an Ethernet interface: lower-case hexadecimal bytes joined by colons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac: Option<String>,
    /// The hardware address that the device was made with, in the same form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permanent_mac: Option<String>,
    /// Name of the driver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// PCI address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The kernel's word for what software has made; None: hardware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Index of the link that it is a member of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master: Option<u32>,
    /// Index of the link that a VLAN is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<u32>,
    /// Number of a VLAN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vlan: Option<u16>,
    /// Index of the member that a bond prefers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<u32>,
    /// What a tunnel of WireGuard is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wireguard: Option<SeenWireguard>,
    /// MTU in bytes.
    pub mtu: u32,
    /// Whether it is up.
    pub up: bool,
    /// Whether something is at the other end, and the kernel has made the interface ready to send.
    pub carrier: bool,
    /// How often the carrier came and went: nobody may have looked in between.
    #[serde(default, skip_serializing)]
    pub changes: u32,
    /// The kernel's `accept_ra`; None: it has no IPv6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_ra: Option<u32>,
    /// Whether the kernel makes addresses from router advertisements that it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoconf: Option<bool>,
    /// Its addresses, of both families, that stay for as long as it is there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Prefix>,
    /// Those that end by themselves: of DHCP, and of router advertisements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub temporary: Vec<Prefix>,
    /// Those of which the kernel does not know yet whether another machine has them; they cannot be used meanwhile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tentative: Vec<IpAddr>,
    /// Those of them that another machine has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<IpAddr>,
}

/// A route that is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeenRoute {
    /// Index of the link.
    pub link: u32,
    /// Number of its table.
    pub table: u32,
    /// What is behind it.
    pub destination: IpAddr,
    /// Length of the destination's prefix in bits.
    pub prefix_length: u8,
    /// Over whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<IpAddr>,
    /// The node's own address for what goes that way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<IpAddr>,
    /// Of two routes to one destination the lower wins.
    pub metric: u32,
}

impl SeenNetwork {
    /// The link of a name.
    pub fn link(&self, name: &str) -> Option<&SeenLink> {
        self.links.iter().find(|link| link.name == name)
    }

    /// Whether a route is in force.
    pub fn has_route(&self, link: u32, wanted: &RouteTo) -> bool {
        self.routes.iter().any(|route| {
            route.link == link
                && route.table == wanted.table.unwrap_or(MAIN_TABLE)
                && (route.destination, route.prefix_length) == (wanted.destination, wanted.prefix_length)
                && route.gateway == wanted.gateway
                && route.metric == wanted.effective_metric()
                && (wanted.source.is_none() || route.source == wanted.source)
        })
    }

    /// Whether a rule is in force.
    pub fn has_rule(&self, wanted: &RoutingRule) -> bool {
        self.rules.iter().any(|SeenRule { ipv6, rule }| {
            let is_same = RoutingRule { priority: wanted.priority, family: wanted.family, ..*rule } == *wanted;
            is_same
                && *ipv6 == wanted.is_ipv6()
                && wanted.priority.is_none_or(|priority| rule.priority == Some(priority))
        })
    }

    /// Whether a packet may be sent from this address of the node.
    pub fn can_send_from(&self, address: IpAddr) -> bool {
        self.links.iter().any(|link| link.can_use(address))
    }

    /// Interfaces of hardware, but for those that another one uses for itself, as the faster half of a virtual machine's in Azure.
    pub fn physical(&self) -> impl Iterator<Item = &SeenLink> {
        let is_used_by_hardware = |one: &SeenLink| {
            one.master.is_some_and(|master| self.links.iter().any(|link| link.index == master && link.kind.is_none()))
        };
        self.links.iter().filter(move |one| one.is_physical() && !is_used_by_hardware(one))
    }
}

impl SeenLink {
    /// Whether a selector means this interface of the machine; one that means all means each.
    pub fn fits_or_all(&self, selector: &LinkSelector) -> bool {
        self.is_physical() && (selector.is_all() || self.fits(selector))
    }

    /// Whether it is an Ethernet interface of the machine.
    pub fn is_physical(&self) -> bool {
        self.kind.is_none() && self.mac.is_some()
    }

    /// Whether it has an address that the kernel has not found out about yet.
    pub fn may_be_anothers(&self, address: IpAddr) -> bool {
        self.tentative.contains(&address) && !self.duplicates.contains(&address)
    }

    /// Whether it has an address that is known to be no other machine's.
    pub fn can_use(&self, address: IpAddr) -> bool {
        let has = self.addresses.iter().chain(&self.temporary).any(|one| one.address == address);
        has && !self.tentative.contains(&address)
    }

    /// Its hardware address.
    pub fn mac_bytes(&self) -> Option<[u8; 6]> {
        let bytes: Vec<u8> =
            self.mac.as_ref()?.split(':').map(|byte| u8::from_str_radix(byte, 16)).collect::<Result<_, _>>().ok()?;
        bytes.try_into().ok()
    }

    /// Whether all facts of a selector hold. What is made by software has only its name. A bond gives its members its own hardware address,
    /// so that of a member is the one that it was made with.
    pub fn fits(&self, wanted: &LinkSelector) -> bool {
        let holds = |wanted: &Option<String>, is: &Option<String>| wanted.is_none() || wanted == is;
        let mac = if self.master.is_some() && self.permanent_mac.is_some() { &self.permanent_mac } else { &self.mac };
        wanted.name.as_ref().is_none_or(|name| *name == self.name)
            && ((self.is_physical()
                && holds(&wanted.mac, mac)
                && holds(&wanted.permanent_mac, &self.permanent_mac)
                && holds(&wanted.driver, &self.driver)
                && holds(&wanted.path, &self.path))
                || *wanted == LinkSelector { name: wanted.name.clone(), ..LinkSelector::default() })
    }
}
