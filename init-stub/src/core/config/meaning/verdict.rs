//! The result of the check of one value.

use crate::core::config::refusal::Refusal;
pub(super) use crate::core::config::refusal::Verdict;
use std::fmt;

/// A refusal of the value at `pointer` unless `holds`. The message never shows the value: it may be a secret.
pub fn want(holds: bool, pointer: fmt::Arguments<'_>, message: &str) -> Verdict {
    if holds { Ok(()) } else { Err(Refusal::new(pointer.to_string(), message)) }
}
