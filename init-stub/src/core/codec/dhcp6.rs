//! DHCPv6: messages, leases, and the client as a pure state machine. Nothing here touches the system.

pub mod client;
mod exchange;
pub mod lease;
pub mod message;
