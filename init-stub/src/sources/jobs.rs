//! What the workers of the sources are to do, and what they say.

use super::generations::Header;
use crate::core::error::Error;
use crate::core::event::Generation;
use crate::core::platform_network::Format;
use crate::pid1::node::Instance;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What the worker of a filesystem is to do.
#[derive(Debug, Serialize, Deserialize)]
pub struct VolumeJob {
    /// Path of the device.
    pub device: String,
    /// Name that mount(2) knows the filesystem by.
    pub format: String,
    /// Path of the document on it.
    pub document: String,
    /// The files on it in which the machine's provider says something about the machine.
    pub companions: Option<Companions>,
}

/// The files next to a document in which a provider says something about the machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Companions {
    /// Path of that with what it calls the machine.
    pub meta_data: Cow<'static, str>,
    /// Path of that with the machine's network.
    pub network: Cow<'static, str>,
    /// How the network is written.
    pub form: Format,
}

/// The first line of what that worker writes; the document's bytes follow.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Contents {
    /// Whether the document's file is there.
    pub present: bool,
    /// What the files of the provider say.
    pub instance: Instance,
    /// Why one of these cannot be read. No boot fails for the lack of what they say.
    pub errors: Vec<Error>,
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
