//! What the workers of the sources are to do, and what they say.

use super::generations::Header;
use crate::core::error::Error;
use crate::core::event::Generation;
use crate::pid1::node::Instance;
use serde::{Deserialize, Serialize};

/// What the worker of a filesystem is to do.
#[derive(Debug, Serialize, Deserialize)]
pub struct VolumeJob {
    /// Path of the device.
    pub device: String,
    /// Name that mount(2) knows the filesystem by.
    pub format: String,
    /// Path of the document on it.
    pub document: String,
    /// Path of the file on it in which the machine's provider says what it calls the machine.
    pub companion: Option<String>,
}

/// The first line of what that worker writes; the document's bytes follow.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Contents {
    /// Whether the document's file is there.
    pub present: bool,
    /// What the companion says.
    pub instance: Instance,
    /// Why the companion cannot be read. No boot fails for the lack of a name.
    pub companion_error: Option<Error>,
    /// Where the document is not there: what is there in its place, as text.
    pub instead: Option<String>,
}

/// What the worker of a KEEL-STATE is to do: look at the generations of the machine config.
#[derive(Debug, Serialize, Deserialize)]
pub struct StateJob {
    /// Path of the device.
    pub device: String,
    /// Only what is kept with them, not the machine configs.
    pub only_headers: bool,
}

/// The first line of what that worker writes; the bytes of the one that serves follow.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Generations {
    /// What is kept with each that is there.
    pub headers: Vec<(Generation, Header)>,
    /// What is wrong with those that are not whole, or that this keel-init cannot apply.
    pub problems: Vec<(Generation, Error)>,
    /// The first one that it can apply.
    pub serves: Option<Generation>,
}
