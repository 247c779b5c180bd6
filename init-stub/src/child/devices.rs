//! `child devices`: loads the modules that this machine's devices ask for.

use crate::modules::devices;

/// Always 0.
pub fn run(_: &[String]) -> u8 {
    devices::load();
    0
}
