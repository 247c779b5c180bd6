//! What persists: what lives on a disk appears at its path.

use crate::core::error::{Code, Error, Result, Step};
use crate::core::event::Phase;
use crate::core::plan::{persist, persist_source};
use crate::disk::apply::{Paths, carry_out};
use crate::disk::observe::{self, Wanted};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::pid1::sync;
use crate::sys::kernel::{Kernel, Sys};
use rustix::mount::{MountPropagationFlags, mount_bind, mount_change};
use std::path::Path;

/// Makes the directories that are not there yet, then binds each to its path, parents before children.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let config = node.config()?;
    if config.storage.persist.is_empty() {
        return Ok(());
    }
    let bound: Vec<(String, &str)> =
        config.storage.persist.iter().filter_map(|p| Some((persist_source(&config, p)?, p.path.as_str()))).collect();
    let wanted = bound.iter().map(|(source, _)| Wanted { path: source, size_bytes: None });
    let seen = observe::paths(Path::new("/"), wanted)
        .map_err(|(path, e)| Error { errno: e.raw_os_error(), ..Error::new(Code::PathUnwritable, "look at", path) })?;
    let actions = persist(&config, &seen)?;
    let mut paths = Paths::new(Path::new("/"), &config)?;
    // Not synced: a directory that a cut takes away was empty, and is made again.
    carry_out(node, Phase::Persist, &actions, |node, group| {
        paths.apply(group, &mut |directories| sync::filesystems(node, directories))
    })?;
    Ok(bound.iter().try_for_each(|(source, path)| bind(source, path))?)
}

/// A bind mount is a peer of its source, and whatever is mounted below one would show below the other. So it leaves
/// its peers, and is then shared again, as the kubelet's mount propagation needs it.
fn bind(source: &str, path: &str) -> Result<()> {
    Kernel.mkdir(path, 0o755).step(Code::PathUnwritable, "make directory", path)?;
    mount_bind(source, path).step(Code::MountFailed, "bind", path)?;
    mount_change(path, MountPropagationFlags::PRIVATE).step(Code::KernelRefused, "separate", path)?;
    mount_change(path, MountPropagationFlags::SHARED).step(Code::KernelRefused, "share", path)
}
