//! DHCPv4: messages, leases, and the client as a pure state machine. Nothing here touches the system.

pub mod client;
pub mod frame;
pub mod lease;
pub mod message;
