//! Stage `steady`: everything is in place.

use crate::core::event::Body;
use crate::health;
use crate::pid1::failed;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::pid1::usage;
use crate::slots;
use crate::sys::kernel::set_rcu_expedited;

/// Says what the node uses, now and once more later. A node that got here has no failed boots in a row. Its image and its machine
/// config serve from now on, or when the node is healthy, where the config says what that is.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    failed::forget();
    set_rcu_expedited(false);
    node.document = None;
    node.emit(Body::Steady { usage: usage::measure() });
    slots::look(node);
    health::begin(node);
    usage::measure_again(node);
    Ok(())
}
