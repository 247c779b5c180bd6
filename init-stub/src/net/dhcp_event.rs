//! What the DHCP child tells PID 1: JSON, one line each.

use crate::core::codec::dhcp::client::Loss;
use crate::core::codec::dhcp::lease::Lease;
use crate::core::codec::dhcp6::lease::{Information, Lease6};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv6Addr};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum DhcpEvent {
    /// An interface has a lease: a new one, or the old one for a longer time.
    Lease {
        /// The interface's name.
        interface: String,
        /// The lease, which is in force.
        lease: Lease,
        /// Metric of its routes.
        metric: u32,
        /// How many interfaces with a carrier have none yet.
        looking: usize,
        /// The MTU in bytes that the interface had before it got that of the lease; None: it has not got any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mtu_before: Option<u32>,
    },
    /// An interface has lost its lease.
    Lost {
        /// The interface's name.
        interface: String,
        /// Why.
        why: Loss,
    },
    /// Another machine on the link has the address that a server gave: it is not used.
    Taken {
        /// The interface's name.
        interface: String,
        /// The address.
        address: IpAddr,
    },
    /// An interface has a lease of DHCPv6, whose address nobody else on the link has: a new one, or the old one for a longer time.
    Lease6 {
        /// The interface's name.
        interface: String,
        /// Its number.
        index: u32,
        /// The lease, which is in force.
        lease: Lease6,
    },
    /// An interface has lost its lease of DHCPv6.
    Lost6 {
        /// The interface's name.
        interface: String,
        /// Why.
        why: Loss,
    },
    /// A server of DHCPv6 says what is used without a lease.
    Information {
        /// The interface's name.
        interface: String,
        /// What it says.
        information: Information,
    },
    /// Routers on the link of an interface name these servers and domains now.
    RouterNames {
        /// The interface's name.
        interface: String,
        /// Name servers; those with an address of the link itself are on that of the interface.
        servers: Vec<Ipv6Addr>,
        /// Domains in which a short name is looked up.
        domains: Vec<String>,
    },
    /// The kernel refused something.
    Refused {
        /// What was done.
        verb: String,
        /// To what.
        object: String,
        /// The kernel's error number.
        errno: Option<i32>,
    },
}

impl DhcpEvent {
    /// What the kernel refused.
    pub fn refused(verb: &str, object: &str, error: &std::io::Error) -> Self {
        Self::Refused { verb: verb.into(), object: object.into(), errno: error.raw_os_error() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_as_it_was_written() {
        let event = DhcpEvent::Lost { interface: "eth0".into(), why: Loss::Expired };
        let line = serde_json::to_string(&event).unwrap();
        assert_eq!(line, r#"{"type":"lost","interface":"eth0","why":"expired"}"#);
        assert_eq!(serde_json::from_str::<DhcpEvent>(&line).unwrap(), event);
    }
}
