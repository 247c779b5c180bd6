//! Stage `modules`: what the image lists, in the initramfs and in the root image alike.

use crate::error::Result;
use crate::modules::load_list;
use crate::node::Node;

/// Loads the modules of /etc/keel/modules, then watches the power keys, whose drivers are among them.
pub fn run(node: &mut Node) -> Result<()> {
    load_list("modules", "/etc/keel/modules")?;
    node.wakes.watch_power_keys();
    Ok(())
}
