//! `child observe`: the observation of this machine's disks and its labelled filesystems on stdout.

use crate::cli::print;
use crate::error::{Code, Step};
use crate::modules::devices;
use crate::observe::{Observation, disks, volumes};
use crate::volume::Volume;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What one look at the machine finds.
#[derive(Serialize, Deserialize)]
pub struct Look {
    /// The second argument of `plan()`.
    pub observation: Observation,
    /// Where sources may be. No part of the observation: no plan depends on it.
    pub volumes: Vec<Volume>,
}

/// Looks when all devices have their drivers. 0: an observation. 1: an error.
pub fn run(_: &[String]) -> u8 {
    devices::load();
    let found = disks().step(Code::KernelRefused, "observe", "read", "/sys/block");
    let (text, code) = match found {
        Ok(observation) => {
            let volumes = volumes(Path::new("/sys"), Path::new("/dev"));
            (serde_json::to_string(&Look { observation, volumes }), 0)
        }
        Err(error) => (serde_json::to_string(&error), 1),
    };
    print(&text.unwrap_or_default());
    code
}
