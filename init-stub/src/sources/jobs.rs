//! What the workers of the sources are to do, and what they say.

use crate::core::error::Error;
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

/// What the worker of a KEEL-STATE is to do: read the copy of the machine config.
#[derive(Debug, Serialize, Deserialize)]
pub struct StateJob {
    /// Path of the device.
    pub device: String,
    /// Only which machine wrote it, not the document.
    pub only_origin: bool,
}
