//! From the bytes of a source to a document: base64, gzip and zstd off, in a worker, because the bytes are from outside.

use crate::core::config::LIMIT;
use crate::core::foreign::is_machine_config;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::{Call, refusal};
use crate::pid1::node::Node;
use crate::pid1::wait;

/// The document. [`crate::core::error::Code::ConfigForeign`] when it is known and no machine config.
pub fn unpack(node: &mut Node, bytes: Vec<u8>, place: &str) -> Result<Vec<u8>, Interrupt> {
    // What most sources bring needs no worker: the stage `verify` has its own.
    if bytes.len() <= LIMIT && is_machine_config(&bytes) {
        return Ok(bytes);
    }
    // One byte more than allowed tells "just fits" from "too large".
    let call = Call::new("unpack", &place, LIMIT + 1, place);
    let output = wait::worker(node, &Call { bytes: &bytes, ..call })?;
    if !output.ok() {
        return Err(refusal(&output, place).into());
    }
    Ok(output.stdout)
}
