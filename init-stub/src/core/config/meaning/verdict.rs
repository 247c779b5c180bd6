//! The result of the check of one value.

use crate::core::config::Refusal;
use std::fmt;

/// A value that can be applied, or the first that cannot.
pub type Verdict = Result<(), Refusal>;

/// A refusal of the value at `pointer` unless `holds`. The message never shows the value: it may be a secret.
pub fn want(holds: bool, pointer: fmt::Arguments<'_>, message: &str) -> Verdict {
    if holds { Ok(()) } else { Err(Refusal::new(pointer.to_string(), message)) }
}
