//! From the bytes of a source to a document: base64, gzip and zstd off, in a child, because the bytes are from outside.

use super::LIMIT;
use crate::beside;
use crate::child::{Call, DEADLINE, is_machine_config, refusal};
use crate::error::Result;
use crate::node::Node;

const STAGE: &str = "source";

/// The document. [`Code::ConfigForeign`] when it is known and no machine config.
pub fn unpack(node: &mut Node, bytes: Vec<u8>, place: &str) -> Result<Vec<u8>> {
    // What most sources bring needs no child: the stage `verify` has its own.
    if bytes.len() <= LIMIT && is_machine_config(&bytes) {
        return Ok(bytes);
    }
    // One byte more than allowed tells "just fits" from "too large".
    let call = Call {
        stage: STAGE,
        deed: &["unpack", place],
        stdin: &bytes,
        stdout_limit: LIMIT + 1,
        deadline: DEADLINE,
        object: place,
    };
    let output = beside::run(node, &call)?;
    if !output.ok() {
        return Err(refusal(&output, STAGE, place));
    }
    Ok(output.stdout)
}
