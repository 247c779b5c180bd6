//! The workers that load modules, while PID 1 does something else. What fails early is tried again by the stage that needs it, which then
//! tells why.

use super::job::LoadJob;
use super::{Index, devices, live};
use crate::core::error::Result;
use crate::pid1::worker::{ended, job};

/// `child modules`: what is required is loaded from the first to the last. 0: all of it is. 1: an error. What only may be needed
/// later is loaded from the last to the first, because another worker may be there from the other end. 0, whatever could be.
pub fn modules() -> u8 {
    let Some((job, _)) = job::<LoadJob>(0) else { return 2 };
    if job.is_required {
        return ended(load_all(&job));
    }
    if let Ok(index) = Index::read() {
        for name in job.names.iter().rev() {
            let _ = index.load(name);
        }
    }
    0
}

fn load_all(job: &LoadJob) -> Result<()> {
    let index = Index::read()?;
    let missing = job.names.iter().enumerate().filter(|(_, name)| !live(&name.replace('-', "_")));
    missing.into_iter().try_for_each(|(at, name)| {
        index.load(name).map(drop).map_err(|error| match &job.pointer {
            Some(pointer) => error.with_pointer(format!("{pointer}/{at}")),
            None => error,
        })
    })
}

/// `child devices`: what this machine's devices ask for. 0, whatever could be loaded.
pub fn devices() -> u8 {
    let Some(((), _)) = job(0) else { return 2 };
    devices::load();
    0
}
