//! What a source is, and what it says.

use crate::core::config::LIMIT;
use crate::core::error::{Code, Error};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::{Instance, Node};

/// What a source says.
#[derive(Debug)]
pub enum SourceAnswer {
    /// It has a document.
    Config(Found),
    /// It has none.
    NoConfig,
    /// Its medium is there without a document: a sentence that names the medium and what it has.
    NoDocument(String),
    /// It cannot be asked now, but perhaps later: after so many milliseconds, if it says so itself.
    #[allow(missing_docs, reason = "the sentence above names both")]
    Retry { error: Error, after_ms: Option<u64> },
    /// It has something that cannot be used.
    Fatal(Error),
    /// It can be asked only over the network, which is not there yet.
    NeedsNetwork,
}

/// Name of the source that KEEL-STATE is.
pub const STATE_SOURCE: &str = "state";

/// A document as the source gave it, and what came with it.
#[derive(Debug, Default)]
pub struct Found {
    /// The document; it may still be packed.
    pub bytes: Vec<u8>,
    /// What the source calls the machine.
    pub instance: Instance,
}

impl From<Vec<u8>> for Found {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, instance: Instance::default() }
    }
}

/// When a source is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Always: somebody named it on the kernel command line.
    Explicit,
    /// Always: it is a part of the machine.
    Local,
    /// Always, and again when a medium has appeared: it is on a filesystem with a label.
    Medium,
    /// When none of the above has a machine config, on the platform of this name.
    Platform(&'static str),
    /// When no other has one, or none can be reached.
    State,
}

/// One place to ask.
pub struct Source {
    /// Its name in events.
    pub name: &'static str,
    /// What people call the place.
    pub place: &'static str,
    /// When it is asked.
    pub class: Class,
    /// Asks it. What takes time or reads bytes from outside is done by a worker, through [`crate::pid1::wait::worker`].
    pub ask: fn(&mut Node) -> Result<SourceAnswer, Interrupt>,
}

/// A failure of a source is an answer of it; a request to stop is none.
pub fn answer(asked: Result<SourceAnswer, Interrupt>) -> Result<SourceAnswer, Interrupt> {
    asked.or_else(|interrupt| interrupt.failure().map(SourceAnswer::Fatal))
}

/// The answer of a place with a document that is too large.
pub fn too_large(place: &str) -> SourceAnswer {
    SourceAnswer::Fatal(
        Error::new(Code::ConfigTooLarge, "read", place).with_detail(format!("it has more than {} MiB", LIMIT >> 20)),
    )
}
