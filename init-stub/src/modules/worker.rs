//! The workers that load modules, while PID 1 does something else. What fails here is tried again by the stage that needs it, which then
//! tells why.

use super::{Index, devices};
use crate::pid1::worker::job;

/// `child modules`: from the last to the first, while PID 1 may load from the first to the last. 0, whatever could be loaded.
pub fn modules() -> u8 {
    let Some((names, _)) = job::<Vec<String>>(0) else { return 2 };
    if let Ok(index) = Index::read() {
        for name in names.iter().rev() {
            let _ = index.load(name);
        }
    }
    0
}

/// `child devices`: what this machine's devices ask for. 0, whatever could be loaded.
pub fn devices() -> u8 {
    let Some(((), _)) = job(0) else { return 2 };
    devices::load();
    0
}
