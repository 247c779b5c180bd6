//! Stage `files`: every directory, file and link of the config is as it says.

use crate::apply::{Paths, carry_out};
use crate::error::{Code, Error, Result};
use crate::event::Phase;
use crate::node::Node;
use crate::observe::{paths as look, wanted};
use crate::plan::files;
use std::path::Path;

const STAGE: &str = "files";

/// Looks at what is there, plans, and carries out the plan.
pub fn run(node: &mut Node) -> Result<()> {
    let config = node.config()?;
    let root = Path::new("/");
    let mut paths = Paths::new(STAGE, root, &config)?;
    paths.sweep()?;
    let seen = look(root, wanted(&config.storage)).map_err(|(path, e)| Error {
        errno: e.raw_os_error(),
        ..Error::new(Code::PathUnwritable, STAGE, "look at", path)
    })?;
    let actions = files(&config, &seen)?;
    carry_out(node, Phase::Files, &actions, |group| paths.apply(group))?;
    if actions.is_empty() { Ok(()) } else { paths.finish() }
}
