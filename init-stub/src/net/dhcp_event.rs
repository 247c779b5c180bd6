//! What the DHCP child tells PID 1: JSON, one line each.

use crate::core::codec::dhcp::client::Loss;
use crate::core::codec::dhcp::lease::Lease;
use serde::{Deserialize, Serialize};

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
    },
    /// An interface has lost its lease.
    Lost {
        /// The interface's name.
        interface: String,
        /// Why.
        why: Loss,
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
