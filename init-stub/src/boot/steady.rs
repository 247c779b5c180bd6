//! Stage `steady`: everything is in place.

use crate::core::event::Body;
use crate::pid1::failed;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::pid1::usage;
use crate::sources::generations;
use crate::sys::kernel::set_rcu_expedited;

/// Says what the node uses, now and once more later. A node that got here has no failed boots in a row, and its machine config
/// is the one that serves from now on.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    failed::forget();
    set_rcu_expedited(false);
    node.document = None;
    node.emit(Body::Steady { usage: usage::measure() });
    generations::commit(node);
    usage::measure_again(node);
    Ok(())
}
