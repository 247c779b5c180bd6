//! `child modules`: loads modules from the last to the first, while PID 1 does something else or loads from the first to the
//! last. What fails here is tried again by PID 1, which then tells why.

use crate::modules::{Index, ModulesJob};
use crate::pid1::worker::job;

/// 0, whatever could be loaded.
pub fn run() -> u8 {
    let Some((job, _)) = job::<ModulesJob>(0) else { return 2 };
    if let Ok(index) = Index::read() {
        for name in job.names.iter().rev() {
            let _ = index.load(name);
        }
    }
    0
}
