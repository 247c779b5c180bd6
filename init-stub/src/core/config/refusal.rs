//! Why a document is not a machine config.

/// Why a document is not a machine config: the place as a JSON pointer, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// JSON pointer of the offending value; empty for the whole document.
    pub pointer: String,
    /// What is wrong, without any value of the document that could be a secret.
    pub message: String,
    /// What kind of document it is.
    pub flaw: Flaw,
}

/// What kind of document is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It breaks the schema, or has a value that no node can apply.
    Wrong,
    /// It ends in the middle.
    Truncated,
    /// Its version is newer than this program.
    TooNew,
    /// It has a part that a later version removed.
    TooOld,
}

impl Refusal {
    /// A refusal of the value at a pointer.
    pub(super) fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into(), flaw: Flaw::Wrong }
    }
}

/// A value that can be applied, or the first that cannot.
pub(super) type Verdict = Result<(), Refusal>;
