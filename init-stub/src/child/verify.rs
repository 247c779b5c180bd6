//! `child verify`: a document in; nothing out if it is a machine config, otherwise the error as JSON.

use super::{foreign, refuse, stdin};
use crate::config::{MachineConfig, accept};
use crate::error::{Code, Error};
use crate::sources::LIMIT;

/// 0: accepted. 1: refused, with an [`Error`] on stdout.
pub fn run(_: &[String]) -> u8 {
    let verdict = match stdin(LIMIT) {
        Ok(document) => judge(&document).map(drop),
        Err(e) => Err(error(Code::ConfigUnreadable).with_detail(e.to_string())),
    };
    match verdict {
        Ok(()) => 0,
        Err(error) => refuse(&error),
    }
}

/// The machine config in a document, which is judged as at a boot.
pub fn judge(document: &[u8]) -> Result<MachineConfig, Error> {
    if document.len() > LIMIT {
        return Err(error(Code::ConfigTooLarge).with_detail(format!("it has more than {} MiB", LIMIT >> 20)));
    }
    if let Some(what) = foreign::name(document) {
        return Err(error(Code::ConfigForeign).with_detail(what));
    }
    accept(document)
        .map_err(|refusal| error(Code::ConfigRefused).with_detail(refusal.message).with_pointer(refusal.pointer))
}

fn error(code: Code) -> Error {
    Error::new(code, "verify", "read", "machine config")
}
