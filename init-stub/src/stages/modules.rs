//! Stage `modules`: what the image lists, in the initramfs and in the root image alike.

use crate::child::load_beside;
use crate::error::Result;
use crate::modules::List;
use crate::node::Node;

/// Starts to load them in a child, and in another what this machine's devices ask for. Loading is most of what init waits
/// for, and a controller's search for its disks most of loading, so both begin as early as they can.
pub fn begin() {
    load_beside("devices", std::iter::empty());
    load_beside("modules", List::read().names());
}

/// Loads the modules of /etc/keel/modules, then watches the power keys, whose drivers are among them.
pub fn run(node: &mut Node) -> Result<()> {
    List::read().load("modules")?;
    node.wakes.watch_power_keys();
    Ok(())
}
