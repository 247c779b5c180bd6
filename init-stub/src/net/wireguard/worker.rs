//! `child names`: looks up names, says the addresses of each in a line, and ends. It can set nothing: PID 1 does that.

use super::endpoints::Answer;
use crate::pid1::worker::job;
use crate::sys::name_lookup::Names;
use crate::sys::stdio::print;
use std::time::{Duration, Instant};

/// For one name, and for all of them.
const LOOK_UP: Duration = Duration::from_secs(5);
const ALL: Duration = Duration::from_secs(25);

/// Asks. Exit code 0: there is an answer for each name.
pub fn run() -> u8 {
    let Some((names, _)) = job::<Vec<String>>(0) else { return 2 };
    let servers = Names::of_this_machine();
    let end = Instant::now() + ALL;
    for name in names {
        let until = end.min(Instant::now() + LOOK_UP);
        let addresses = servers.look_up(name.trim_end_matches('.'), until).map_err(|e| e.to_string());
        let line = serde_json::to_string(&Answer { name, addresses }).unwrap_or_default() + "\n";
        if !print(&line) {
            return 1;
        }
    }
    0
}
