//! `child verify`: a document in; nothing out if it is a machine config, otherwise the error as JSON.

use crate::core::config::LIMIT;
use crate::core::config::{MachineConfig, accept};
use crate::core::error::{Code, Error};
use crate::core::foreign;
use crate::pid1::worker::{job, refuse};

/// 0: accepted. 1: refused, with an [`Error`] on stdout.
pub fn run() -> u8 {
    let Some(((), document)) = job(LIMIT) else { return 2 };
    match verify_document(&document).map(drop) {
        Ok(()) => 0,
        Err(error) => refuse(&error),
    }
}

/// The machine config in a document, which is checked as at a boot.
pub fn verify_document(document: &[u8]) -> Result<MachineConfig, Error> {
    if document.len() > LIMIT {
        return Err(error(Code::ConfigTooLarge).with_detail(format!("it has more than {} MiB", LIMIT >> 20)));
    }
    if let Some(what) = foreign::name(document) {
        return Err(error(Code::ConfigForeign).with_detail(what));
    }
    accept(document).map_err(|refusal| {
        // Nothing in a node config is the cause of a copy that is not whole.
        let code = if refusal.is_truncated { Code::ConfigUnreadable } else { Code::ConfigRefused };
        error(code).with_detail(refusal.message).with_pointer(refusal.pointer)
    })
}

fn error(code: Code) -> Error {
    Error::new(code, "read", "machine config")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = include_str!("../../../../fixtures/machine/ok/everything-at-once.json");

    #[test]
    fn a_truncated_config_has_another_code_than_a_wrong_one() {
        let text = WHOLE.trim_end();
        for at in [20, text.len() / 3, text.len() / 2, text.len() - 1] {
            let end = (at..).find(|end| text.is_char_boundary(*end)).unwrap();
            assert_eq!(verify_document(&text.as_bytes()[..end]).unwrap_err().code, Code::ConfigUnreadable, "{end}");
        }
        assert!(verify_document(WHOLE.as_bytes()).is_ok());
        for wrong in [WHOLE.replace("\"kind\"", "\"kind"), WHOLE.replace("keel/v1", "keel/v9"), format!("{WHOLE}]")] {
            assert_eq!(verify_document(wrong.as_bytes()).unwrap_err().code, Code::ConfigRefused);
        }
    }
}
