//! From the bytes of a source to a document: gzip off, in a child, because the bytes are from outside.

use super::LIMIT;
use crate::beside;
use crate::child::{Call, DEADLINE};
use crate::error::{Code, Error, Result};
use crate::node::Node;

const STAGE: &str = "source";

/// The document. [`Code::ConfigForeign`] when it is known and no machine config.
pub fn unpack(node: &mut Node, bytes: Vec<u8>, place: &str) -> Result<Vec<u8>> {
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return Ok(bytes);
    }
    // One byte more than allowed tells "just fits" from "too large".
    let call = Call {
        stage: STAGE,
        deed: &["unpack"],
        stdin: &bytes,
        stdout_limit: LIMIT + 1,
        deadline: DEADLINE,
        object: place,
    };
    let output = beside::run(node, &call)?;
    if output.stdout.len() > LIMIT {
        return Err(Error::new(Code::ConfigTooLarge, STAGE, "unpack", place)
            .with_detail(format!("it has more than {} MiB", LIMIT >> 20)));
    }
    if !output.ok() {
        return Err(Error::new(Code::ConfigUnreadable, STAGE, "unpack", place)
            .with_detail(String::from_utf8_lossy(&output.stdout).into_owned()));
    }
    Ok(output.stdout)
}
