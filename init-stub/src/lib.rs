//! keel-init: PID 1 of a Keel node, as a library. `main.rs` holds the two tables of stages; everything else is here, where
//! tests and fuzz targets reach it.

#![deny(unsafe_code)]
// A test may panic: that is how it fails. Its helpers are no interface.
#![cfg_attr(test, allow(clippy::disallowed_methods, missing_docs))]

mod applets;
pub mod boot;
pub mod cli;
mod cluster;
pub mod core;
mod disk;
mod modules;
mod net;
mod pid1;
#[cfg(test)]
mod scratch;
mod sources;
#[allow(unsafe_code, reason = "the one place where it is allowed")]
mod sys;
mod time;

pub use boot::start::{Stage, start};
