//! Where a machine config may come from. The order and the names are one table.

mod answer;
pub mod azure;
pub mod azure_ready;
pub mod cmdline;
pub mod device;
mod disk;
pub mod fetch;
mod fw_cfg;
pub mod generations;
mod jobs;
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

pub use answer::{Class, Found, STATE_SOURCE, Source, SourceAnswer};
pub use cmdline::{value, values};
pub use jobs::{Companions, Contents, Generations, StateJob, VolumeJob};

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
