//! `child verify`: a document in; nothing out if it is a machine config, otherwise the error as JSON.

use crate::core::config::LIMIT;
use crate::core::config::parse;
use crate::core::error::{Code, Error};
use crate::core::foreign;
use crate::pid1::worker::{job, refuse};

/// 0: accepted. 1: refused, with an [`Error`] on stdout.
pub fn run() -> u8 {
    let Some(((), document)) = job(LIMIT) else { return 2 };
    match judge(&document) {
        Ok(()) => 0,
        Err(error) => refuse(&error),
    }
}

fn judge(document: &[u8]) -> Result<(), Error> {
    if document.len() > LIMIT {
        return Err(error(Code::ConfigTooLarge).with_detail(format!("it has more than {} MiB", LIMIT >> 20)));
    }
    if let Some(what) = foreign::name(document) {
        return Err(error(Code::ConfigForeign).with_detail(what));
    }
    parse(document)
        .map(drop)
        .map_err(|refusal| error(Code::ConfigRefused).with_detail(refusal.message).with_pointer(refusal.pointer))
}

fn error(code: Code) -> Error {
    Error::new(code, "read", "machine config")
}
