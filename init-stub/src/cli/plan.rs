//! `keel-init plan`: what init would do, as JSON. The very function that the boot uses.

use crate::core::codec::packed::unpack;
use crate::core::error::Error;
use crate::core::observation::{Observation, VERSION};
use crate::core::plan::network::{NetworkPlan, network};
use crate::core::plan::{Action, Unused, plan, unused};
use crate::sources::worker::verify::verify_document;
use crate::sys::stdio::{complain, print};
use serde::Serialize;

const USAGE: &str = "usage: keel-init plan --config FILE --observation FILE\n";

/// 0: the actions on stdout. 1: the refusal on stdout. 2: wrong usage. 3: a file cannot be read.
pub fn run(arguments: &[String]) -> u8 {
    let (config, observation) = match arguments {
        [a, config, b, observation] if a == "--config" && b == "--observation" => (config, observation),
        [b, observation, a, config] if a == "--config" && b == "--observation" => (config, observation),
        _ => {
            complain(USAGE);
            return 2;
        }
    };
    let (config, seen) = match (std::fs::read(config), read_observation(observation)) {
        (Ok(config), Ok(seen)) => (config, seen),
        (Err(e), _) => return unreadable(config, &e.to_string()),
        (_, Err(problem)) => return unreadable(observation, &problem),
    };
    let document = unpack(config, "file");
    let planned = document.and_then(|document| verify_document(&document)).and_then(|config| {
        let actions = plan(&config, &seen)?;
        let network = seen.network.as_ref().map(|seen| network(&config.network, seen)).transpose();
        let network = network.map_err(|error| error.in_stage("network"))?;
        Ok(Plan { actions, unused: unused(&config, &seen), network })
    });
    match planned {
        Ok(plan) => show(&plan, 0),
        Err(refusal) => show(&Refused { refusal }, 1),
    }
}

/// What init would do, and the warnings that come with it.
#[derive(Serialize)]
struct Plan {
    actions: Vec<Action>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unused: Vec<Unused>,
    /// Absent where nobody has looked at links.
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<NetworkPlan>,
}

#[derive(Serialize)]
struct Refused {
    refusal: Error,
}

fn show(answer: &impl Serialize, code: u8) -> u8 {
    print(&format!("{}\n", serde_json::to_string(answer).unwrap_or_default()));
    code
}

fn read_observation(path: &str) -> Result<Observation, String> {
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    let seen: Observation = serde_json::from_slice(&bytes).map_err(|e| format!("not an observation: {e}"))?;
    if seen.v == VERSION {
        Ok(seen)
    } else {
        Err(format!("an observation of version {}, this keel-init knows {VERSION}", seen.v))
    }
}

fn unreadable(file: &str, problem: &str) -> u8 {
    complain(&format!("{file}: {problem}\n"));
    3
}
