//! Stage `persist`: what lives on a disk appears at its path.

use crate::apply::{Paths, carry_out};
use crate::copy;
use crate::error::{Code, Error, Result, Step};
use crate::event::Phase;
use crate::node::Node;
use crate::observe::{self, Wanted};
use crate::plan::{persist, persist_source};
use crate::sys::kernel::{Kernel, Sys};
use rustix::mount::{MountPropagationFlags, mount_bind, mount_change};
use std::path::Path;

const STAGE: &str = "persist";

/// Keeps a copy of the machine config. Makes the directories that are not there yet, then binds each to its path, parents before children.
pub fn run(node: &mut Node) -> Result<()> {
    copy::keep(node);
    let config = node.config()?;
    if config.storage.persist.is_empty() {
        return Ok(());
    }
    let bound: Vec<(String, &str)> =
        config.storage.persist.iter().filter_map(|p| Some((persist_source(&config, p)?, p.path.as_str()))).collect();
    let wanted = bound.iter().map(|(source, _)| Wanted { path: source, size_bytes: None });
    let seen = observe::paths(Path::new("/"), wanted).map_err(|(path, e)| Error {
        errno: e.raw_os_error(),
        ..Error::new(Code::PathUnwritable, STAGE, "look at", path)
    })?;
    let actions = persist(&config, &seen)?;
    let mut paths = Paths::new(STAGE, Path::new("/"), &config)?;
    // Not synced: a directory that a cut takes away was empty, and is made again.
    carry_out(node, Phase::Persist, &actions, |group| paths.apply(group))?;
    bound.iter().try_for_each(|(source, path)| bind(source, path))
}

/// A bind mount is a peer of its source, and whatever is mounted below one would show below the other. So it leaves
/// its peers, and is then shared again, as the kubelet's mount propagation needs it.
fn bind(source: &str, path: &str) -> Result<()> {
    Kernel.mkdir(path, 0o755).step(Code::PathUnwritable, STAGE, "make directory", path)?;
    mount_bind(source, path).step(Code::MountFailed, STAGE, "bind", path)?;
    mount_change(path, MountPropagationFlags::PRIVATE).step(Code::KernelRefused, STAGE, "separate", path)?;
    mount_change(path, MountPropagationFlags::SHARED).step(Code::KernelRefused, STAGE, "share", path)
}
