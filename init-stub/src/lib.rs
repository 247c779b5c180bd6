//! keel-init: PID 1 of a Keel node, as a library. `main.rs` holds the two tables of stages; everything else is here, where
//! tests and fuzz targets reach it.

#![deny(unsafe_code)]
// A test may panic: that is how it fails. Its helpers are not an interface.
#![cfg_attr(test, allow(clippy::disallowed_methods, missing_docs))]

mod applets;
pub mod boot;
pub mod cli;
mod cluster;
pub mod core;
mod disk;
mod health;
mod modules;
mod net;
mod pid1;
#[cfg(test)]
mod scratch;
mod slots;
mod sources;
#[allow(unsafe_code, reason = "the one place where it is allowed")]
mod sys;
mod time;
mod watchdog;

pub use boot::start::{Stage, start};

/// What reads bytes from outside and stands with its subject instead of in [`core`]: fuzz targets reach it here.
pub mod parsers {
    pub use crate::cluster::join::record::endpoint_in;
    pub use crate::cluster::logind::conversation;
    pub use crate::cluster::pulls::pull_in;
    pub use crate::disk::apply::table;
    pub use crate::pid1::logs::redact;
    pub use crate::pid1::node::Instance;
    pub use crate::sources::cmdline::{every_value, last_value};
    pub use crate::sources::device::parse as device;
    pub use crate::sources::generations::{decode as generation_of, encode as bytes_of};
    pub use crate::sources::smbios::strings_of;
    pub use crate::sources::url::{expand, shown};
    pub use crate::sources::worker::fetch::ready::report;
    pub use crate::sources::worker::fetch::url::{join, straight};
    pub use crate::sources::worker::meta_data::instance;
    pub use crate::sources::worker::verify::verify_document;
    pub use crate::sources::worker::volume::custom_data;
    pub use crate::sys::netdev::ipv6::Ipv6Change;
    pub use crate::sys::netdev::message as netlink;
}
