//! Where a machine config may come from. The order and the names are one table.

mod cmdline;
mod fw_cfg;

use crate::error::{Code, Error};

/// What a source says.
#[derive(Debug)]
pub enum Said {
    /// It has a document; the bytes may still be packed.
    Config(Vec<u8>),
    /// It has none.
    NoConfig,
    /// It has something that cannot be used.
    Fatal(Error),
}

/// Most bytes of a machine config, unpacked.
pub const LIMIT: usize = 16 << 20;

/// One place to ask.
pub struct Source {
    /// Its name in events.
    pub name: &'static str,
    /// What people call the place.
    pub place: &'static str,
    /// Asks it.
    pub ask: fn() -> Said,
}

/// All sources, in the order in which they are asked.
pub const TABLE: [Source; 2] = [
    Source { name: "cmdline-inline", place: "keel.config.inline= on the kernel command line", ask: cmdline::ask },
    Source { name: "fw-cfg", place: "fw_cfg opt/dev.keel/config", ask: fw_cfg::ask },
];

/// Whether the command line says that a node without a config may run: `keel.config.required=no`.
pub fn config_required() -> bool {
    cmdline::value("keel.config.required=").as_deref() != Some("no")
}

fn too_large(place: &str) -> Said {
    Said::Fatal(
        Error::new(Code::ConfigTooLarge, "source", "read", place)
            .with_detail(format!("it has more than {} MiB", LIMIT >> 20)),
    )
}
