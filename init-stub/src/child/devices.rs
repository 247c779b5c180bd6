//! `child devices NAME…`: loads the modules that the image lists, then those that this machine's devices ask for.

use super::modules as listed;
use crate::modules::devices;

/// Always 0.
pub fn run(names: &[String]) -> u8 {
    let code = listed::run(names);
    devices::load();
    code
}
