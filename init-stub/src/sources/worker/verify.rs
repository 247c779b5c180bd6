//! `child verify`: a document in; nothing out if it is a machine config, otherwise the error as JSON, with the version that the
//! document names where that is too new.

use crate::core::config::{Flaw, LIMIT, MINORS, MachineConfig, Minor, accept_by, named_version};
use crate::core::error::{Code, Error};
use crate::core::foreign;
use crate::pid1::worker::job;
use crate::sys::stdio::print;
use serde::Serialize;

/// 0: accepted. 1: refused, with an [`Error`] on stdout.
pub fn run() -> u8 {
    let Some(((), document)) = job(LIMIT) else { return 2 };
    match verify_document(&document).map(drop) {
        Ok(()) => 0,
        Err(error) => {
            let version = if error.code == Code::ConfigTooNew { named_version(&document) } else { None };
            print(&serde_json::to_string(&Refused { error, version }).unwrap_or_default());
            1
        }
    }
}

/// What is printed about a document that is refused.
#[derive(Serialize)]
struct Refused {
    #[serde(flatten)]
    error: Error,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

/// The machine config in a document, which is checked as at a boot.
pub fn verify_document(document: &[u8]) -> Result<MachineConfig, Error> {
    verify_by(document, &MINORS)
}

fn verify_by(document: &[u8], minors: &[Minor]) -> Result<MachineConfig, Error> {
    if document.len() > LIMIT {
        return Err(error(Code::ConfigTooLarge).with_detail(format!("it has more than {} MiB", LIMIT >> 20)));
    }
    if let Some(what) = foreign::name(document) {
        return Err(error(Code::ConfigForeign).with_detail(what));
    }
    accept_by(document, minors).map_err(|refusal| {
        let code = match refusal.flaw {
            Flaw::Wrong => Code::ConfigRefused,
            // Nothing in a node config is the cause of a document that is not whole.
            Flaw::Truncated => Code::ConfigUnreadable,
            Flaw::TooNew => Code::ConfigTooNew,
            Flaw::TooOld => Code::ConfigTooOld,
        };
        error(code).with_detail(refusal.message).with_pointer(refusal.pointer)
    })
}

fn error(code: Code) -> Error {
    Error::new(code, "read", "machine config")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::config::Place;

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

    #[test]
    fn a_config_that_says_what_a_later_version_has_removed_is_too_old() {
        const TIME: Place = Place { path: &["time", "servers"], value: None };
        let later = [Minor { adds: &[], removes: &[] }, Minor { adds: &[], removes: &[TIME] }];
        let error = verify_by(WHOLE.as_bytes(), &later).unwrap_err();
        assert_eq!((error.code, error.pointer.as_deref()), (Code::ConfigTooOld, Some("/time/servers")));
        assert_eq!(verify_by(WHOLE.as_bytes(), &later[..1]).map(drop), Ok(()));
    }

    #[test]
    fn a_config_of_a_newer_version_has_another_code_than_a_wrong_one_whatever_else_it_contains() {
        let newer = WHOLE.replacen("\"keel/v1\"", "\"keel/v1.99\"", 1);
        for document in [newer.clone(), newer.replacen("\"kernel\"", "\"somethingNew\"", 1)] {
            let error = verify_document(document.as_bytes()).unwrap_err();
            assert_eq!((error.code, error.pointer.as_deref()), (Code::ConfigTooNew, Some("/apiVersion")));
            assert!(error.detail.is_some_and(|detail| detail.contains("keel/v1.99")));
        }
    }
}
