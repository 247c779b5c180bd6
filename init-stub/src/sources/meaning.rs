//! Whether two documents mean the same although their bytes differ. Asked of a child, because they are from outside.

use super::LIMIT;
use crate::beside;
use crate::child::{Call, DEADLINE};
use crate::error::Result;
use crate::node::Node;

/// A digest in hexadecimal.
const DIGEST: usize = 64;

/// True when both are JSON and say the same, in whatever order and with whatever white space.
pub fn is_same(node: &mut Node, one: &[u8], other: &[u8]) -> Result<bool> {
    if one.len() > LIMIT || other.len() > LIMIT {
        return Ok(false);
    }
    let first = digest(node, one)?;
    Ok(first.len() == DIGEST && first == digest(node, other)?)
}

fn digest(node: &mut Node, document: &[u8]) -> Result<Vec<u8>> {
    let call = Call {
        stage: "source",
        deed: &["canonical"],
        stdin: document,
        stdout_limit: DIGEST,
        deadline: DEADLINE,
        object: "machine config",
    };
    Ok(beside::run(node, &call)?.stdout)
}
