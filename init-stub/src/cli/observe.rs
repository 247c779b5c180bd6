//! `keel-init observe`: what init would find on this machine, or in disk images, as JSON.

mod debugfs;
mod images;

use crate::core::codec::packed::unpack;
use crate::core::config::MachineConfig;
use crate::core::observation::{Observation, Paths, VERSION};
use crate::core::plan::persist_source;
use crate::disk::observe::{Wanted, boot_partition, disks, image, paths, wanted};
use crate::sources::worker::verify::verify_document;
use crate::sys::netdev::Links;
use crate::sys::stdio::{complain, print};
use std::path::Path;

const USAGE: &str = "usage: keel-init observe [--disk IMAGE[,serial=SERIAL]]… [--config FILE]\n";

/// 0: an observation on stdout. 2: wrong usage. 3: something cannot be read.
pub fn run(arguments: &[String]) -> u8 {
    let Some((images, config)) = read_arguments(arguments) else {
        complain(USAGE);
        return 2;
    };
    match observe(&images, config) {
        Ok(observation) => {
            print(&format!("{}\n", serde_json::to_string(&observation).unwrap_or_default()));
            0
        }
        Err(problem) => {
            complain(&format!("{problem}\n"));
            3
        }
    }
}

/// Image arguments, and the config whose paths are to be looked at.
fn read_arguments(arguments: &[String]) -> Option<(Vec<&str>, Option<&str>)> {
    let (mut images, mut config) = (Vec::new(), None);
    for pair in arguments.chunks(2) {
        match pair {
            [option, value] if option == "--disk" => images.push(value.as_str()),
            [option, value] if option == "--config" => config = Some(value.as_str()),
            _ => return None,
        }
    }
    Some((images, config))
}

fn observe(images: &[&str], config: Option<&str>) -> Result<Observation, String> {
    let mut seen = match images {
        [] => disks(boot_partition()).map_err(|e| format!("/sys/block: {e}"))?,
        _ => Observation {
            v: VERSION,
            disks: images.iter().map(|argument| one_image(argument)).collect::<Result<_, _>>()?,
            ..Observation::default()
        },
    };
    if images.is_empty() {
        let network = Links::open().and_then(|links| links.seen());
        seen.network = Some(network.map_err(|e| format!("network interfaces: {e}"))?);
    }
    if let Some(file) = config {
        let config = read(file)?;
        seen.paths = match images {
            [] => Some(of_this_machine(&config)?),
            _ => images::paths(&config, &seen)?,
        };
    }
    Ok(seen)
}

fn read(file: &str) -> Result<MachineConfig, String> {
    let bytes = std::fs::read(file).map_err(|e| format!("{file}: {e}"))?;
    unpack(bytes, file)
        .and_then(|document| verify_document(&document))
        .map_err(|error| format!("{file}: {}: {}", error.pointer.unwrap_or_default(), error.detail.unwrap_or_default()))
}

/// What both stages look at that make paths: `persist` and `files`.
fn of_this_machine(config: &MachineConfig) -> Result<Paths, String> {
    let sources: Vec<String> =
        config.storage.persist.iter().filter_map(|persist| persist_source(config, persist)).collect();
    let of_sources = sources.iter().map(|path| Wanted { path, size_bytes: None });
    paths(Path::new("/"), of_sources.chain(wanted(&config.storage))).map_err(|(path, e)| format!("{path}: {e}"))
}

fn one_image(argument: &str) -> Result<crate::core::observation::Disk, String> {
    let (path, serial) =
        argument.rsplit_once(",serial=").map_or((argument, None), |(path, serial)| (path, Some(serial)));
    image(path, serial).map_err(|e| format!("{path}: {e}"))
}
