//! keel-init: PID 1 of a Keel node.

#[allow(dead_code)]
mod config;
#[allow(dead_code)]
mod error;

fn main() {}
