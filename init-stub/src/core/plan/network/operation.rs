//! What is done to links.

use crate::core::config::{Bond, Bridge, LinkKind, Prefix, RouteTo, RoutingRule, Vlan, WireguardEndpoint};
use serde::Serialize;
use std::net::IpAddr;

/// One thing that is to be done to a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkAction {
    /// Name of the link as it is by then.
    pub link: String,
    /// The part of the config that asks for it.
    pub pointer: String,
    /// What is done.
    #[serde(flatten)]
    pub operation: LinkOperation,
}

impl LinkAction {
    /// The address that it gives the link.
    pub fn address(&self) -> Option<IpAddr> {
        match self.operation {
            LinkOperation::AddAddress { address } => Some(address.address),
            _ => None,
        }
    }

    /// Whether it gives the link an address of IPv6, which cannot be used at once.
    pub fn adds_ipv6(&self) -> bool {
        self.address().is_some_and(|address| address.is_ipv6())
    }
}

/// What is done to a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "operation", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of the config")]
pub enum LinkOperation {
    /// Makes it, without members.
    MakeLink {
        kind: MadeKind,
    },
    /// It must be down.
    Rename {
        name: String,
    },
    /// In bytes.
    SetMtu {
        bytes: u32,
    },
    BringDown,
    /// Makes it a member of another link; it must be down.
    Join {
        of: String,
    },
    /// Prefers a member, which has joined.
    SetPrimary {
        member: String,
    },
    /// Whether the kernel takes router advertisements, and whether it makes addresses from them. It must be said before the link is up:
    /// the kernel asks for routers then.
    SetAdvertisements {
        accepted: bool,
        addresses: bool,
    },
    BringUp,
    /// Gives a tunnel of WireGuard its private key: that of the config, or the node's own.
    SetKey {
        generated: bool,
    },
    SetPort {
        port: u16,
    },
    SetMark {
        mark: u32,
    },
    /// Adds a peer of a tunnel, or makes it what the config says.
    AddPeer {
        public_key: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        endpoint: Option<WireguardEndpoint>,
        allowed_ips: Vec<Prefix>,
        #[serde(skip_serializing_if = "Option::is_none")]
        persistent_keepalive_seconds: Option<u16>,
    },
    AddAddress {
        address: Prefix,
    },
    AddRoute {
        route: RouteTo,
    },
    AddRule {
        rule: RoutingRule,
    },
}

/// A link that is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[allow(missing_docs, reason = "as in the config")]
pub enum MadeKind {
    Bond(Box<Bond>),
    Vlan(Vlan),
    Bridge(Bridge),
    Dummy,
    Wireguard,
}

impl MadeKind {
    /// The kernel's word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Bond(_) => "bond",
            Self::Vlan(_) => "vlan",
            Self::Bridge(_) => "bridge",
            Self::Dummy => "dummy",
            Self::Wireguard => "wireguard",
        }
    }

    /// That of the config; None: it is an interface of the machine.
    pub fn of(kind: &LinkKind) -> Option<Self> {
        match kind {
            LinkKind::Physical { .. } => None,
            LinkKind::Bond(bond) => Some(Self::Bond(bond.clone())),
            LinkKind::Vlan(vlan) => Some(Self::Vlan(vlan.clone())),
            LinkKind::Bridge(bridge) => Some(Self::Bridge(bridge.clone())),
            LinkKind::Dummy {} => Some(Self::Dummy),
            LinkKind::Wireguard(_) => Some(Self::Wireguard),
        }
    }
}
