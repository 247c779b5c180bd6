//! Whether two documents mean the same although their bytes differ. Asked of a worker, because they are from outside.

use crate::core::config::LIMIT;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::Call;
use crate::pid1::node::Node;
use crate::pid1::wait;

/// A digest in hexadecimal.
const DIGEST: usize = 64;

/// True when both are JSON and say the same, in whatever order and with whatever white space.
pub fn is_same(node: &mut Node, one: &[u8], other: &[u8]) -> Result<bool, Interrupt> {
    if one.len() > LIMIT || other.len() > LIMIT {
        return Ok(false);
    }
    let first = digest(node, one)?;
    Ok(first.len() == DIGEST && first == digest(node, other)?)
}

fn digest(node: &mut Node, document: &[u8]) -> Result<Vec<u8>, Interrupt> {
    let call = Call::new("canonical", &(), DIGEST, "machine config");
    Ok(wait::worker(node, &Call { bytes: document, ..call })?.stdout)
}
