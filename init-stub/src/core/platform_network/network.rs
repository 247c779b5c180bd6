//! The network of a machine as a platform describes it.

use crate::core::config::NetworkLink;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What a platform says about the network of the machine. Links, name servers and domains fulfil the rules that a machine
/// config must fulfil; each link is behind what it is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlatformNetwork {
    /// In the order in which they are made.
    pub links: Vec<NetworkLink>,
    /// At most three, those of the links not among them.
    pub nameservers: Vec<IpAddr>,
    /// At most six, those of the links not among them.
    pub search_domains: Vec<String>,
    /// What of it keel-init does not take over, each in a short phrase: `bond0: lacp_rate`.
    pub left_out: Vec<String>,
}
