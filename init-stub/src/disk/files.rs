//! The files of the config: every directory, file and link of the config is as it says.

use crate::core::error::{Code, Error};
use crate::core::event::Phase;
use crate::core::plan::files;
use crate::disk::apply::{Paths, carry_out};
use crate::disk::observe::{paths as look, wanted};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::pid1::sync;
use std::path::Path;

/// Looks at what is there, plans, and carries out the plan.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let config = node.config()?;
    let root = Path::new("/");
    let mut paths = Paths::new(root, &config)?;
    paths.sweep(&mut |directories| sync::filesystems(node, directories))?;
    let seen = look(root, wanted(&config.storage))
        .map_err(|(path, e)| Error { errno: e.raw_os_error(), ..Error::new(Code::PathUnwritable, "look at", path) })?;
    let actions = files(&config, &seen)?;
    carry_out(node, Phase::Files, &actions, |node, group| {
        paths.apply(group, &mut |directories| sync::filesystems(node, directories))
    })?;
    if actions.is_empty() { Ok(()) } else { paths.finish(&mut |directories| sync::filesystems(node, directories)) }
}
