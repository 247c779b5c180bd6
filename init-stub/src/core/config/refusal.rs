//! The error of a document that is not a machine config.

/// Why a document is not a machine config: the place as a JSON pointer, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// JSON pointer of the offending value; empty for the whole document.
    pub pointer: String,
    /// What is wrong, without any value of the document that could be a secret.
    pub message: String,
    /// Whether the document ends in the middle.
    pub is_truncated: bool,
}

impl Refusal {
    /// A refusal of the value at a pointer.
    pub(super) fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into(), is_truncated: false }
    }
}
