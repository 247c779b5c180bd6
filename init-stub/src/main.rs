//! keel-init: PID 1 of a Keel node.

mod error;

fn main() {}
