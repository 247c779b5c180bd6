//! Where a machine config may come from. The order and the names are one table.

pub mod azure;
pub mod azure_ready;
pub mod cmdline;
pub mod device;
mod disk;
pub mod fetch;
mod fw_cfg;
pub mod generations;
pub mod late;
pub mod meaning;
pub mod metadata;
#[rustfmt::skip]
mod of_platforms;
pub mod platform;
pub mod requirements;
pub mod search;
pub mod smbios;
pub mod state;
pub mod unpack;
pub mod url;
pub mod verify;
pub mod worker;

use crate::core::config::LIMIT;
use crate::core::error::{Code, Error};
use crate::core::event::Generation;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::{Instance, Node};
pub use cmdline::value;
use generations::Header;
use serde::{Deserialize, Serialize};

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
    /// Where the document is not there: what is there in its place, in words.
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

/// Sources that every machine may have, in the order in which they are asked.
static EVERYWHERE: [Source; 8] = [
    Source {
        name: "cmdline-inline",
        place: "keel.config.inline= on the kernel command line",
        class: Class::Explicit,
        ask: cmdline::ask,
    },
    Source {
        name: "cmdline-url",
        place: "keel.config.url= on the kernel command line",
        class: Class::Explicit,
        ask: url::ask,
    },
    Source {
        name: "cmdline-device",
        place: "keel.config.device= on the kernel command line",
        class: Class::Explicit,
        ask: device::ask,
    },
    Source { name: "fw-cfg", place: "fw_cfg opt/dev.keel/config", class: Class::Local, ask: fw_cfg::ask },
    Source { name: "smbios", place: smbios::PLACE, class: Class::Local, ask: smbios::ask },
    Source { name: "keel-disk", place: disk::KEEL_DISK.place, class: Class::Medium, ask: disk::keel_disk },
    Source { name: "nocloud", place: disk::NOCLOUD.place, class: Class::Medium, ask: disk::nocloud },
    Source { name: "config-drive", place: disk::CONFIG_DRIVE.place, class: Class::Medium, ask: disk::config_drive },
];

/// Name of the source that KEEL-STATE is.
pub const STATE_SOURCE: &str = "state";

/// What KEEL-STATE keeps comes last.
static KEPT: [Source; 1] = [Source { name: STATE_SOURCE, place: state::PLACE, class: Class::State, ask: state::ask }];

/// All sources, in the order in which they are asked. Those of the platforms are generated from schema/platforms.ts.
pub fn all() -> impl Iterator<Item = &'static Source> {
    EVERYWHERE.iter().chain(&of_platforms::SOURCES).chain(&KEPT)
}

/// Whether the command line says that a node without a config may run: `keel.config.required=no`.
pub fn config_required() -> bool {
    value("keel.config.required=").as_deref() != Some("no")
}

/// A failure of a source is an answer of it; a request to stop is none.
fn answer(asked: Result<SourceAnswer, Interrupt>) -> Result<SourceAnswer, Interrupt> {
    asked.or_else(|interrupt| interrupt.failure().map(SourceAnswer::Fatal))
}

fn too_large(place: &str) -> SourceAnswer {
    SourceAnswer::Fatal(
        Error::new(Code::ConfigTooLarge, "read", place).with_detail(format!("it has more than {} MiB", LIMIT >> 20)),
    )
}
