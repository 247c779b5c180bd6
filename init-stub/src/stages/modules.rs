//! Stage `modules`: what the image lists, in the initramfs and in the root image alike.

use crate::child::load_beside;
use crate::error::Result;
use crate::modules::List;
use crate::node::Node;

/// Starts to load them in a child. Loading is most of what init waits for, so it begins as early as it can.
pub fn begin() {
    let list = List::read();
    load_beside("devices", list.names());
}

/// Loads the modules of /etc/keel/modules, then watches the power keys, whose drivers are among them.
pub fn run(node: &mut Node) -> Result<()> {
    List::read().load("modules")?;
    node.wakes.watch_power_keys();
    Ok(())
}
