//! Stage `modules`: what the image lists, in the initramfs and in the root image alike.

use crate::modules::List;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;

/// Loads the modules of /etc/keel/modules, then watches the power keys, whose drivers are among them.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    List::read().load()?;
    node.events.watch_power_keys();
    Ok(())
}
