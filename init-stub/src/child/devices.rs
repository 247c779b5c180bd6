//! `child devices`: loads the modules that this machine's devices ask for.

use crate::modules::devices;
use crate::pid1::worker::job;

/// Always 0.
pub fn run() -> u8 {
    let Some(((), _)) = job(0) else { return 2 };
    devices::load();
    0
}
