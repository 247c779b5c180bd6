//! Stage `modules`: what the image lists, in the initramfs and in the root image alike; and which image was started.

use crate::modules::{List, load};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::slots;

/// Loads the modules of /etc/keel/modules. The drivers of the power keys are among them, so that keys appear meanwhile.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    node.events.watch_power_keys();
    load(node, &List::read().names(), None)?;
    slots::begin(node)
}
