//! Stage `steady`: everything is in place.

use crate::error::Result;
use crate::event::Body;
use crate::node::Node;
use crate::sys::kernel::hurry;
use crate::usage::measure;
use crate::wakes::Timer;

/// Long enough for start-up to have settled.
const MEASURE_AGAIN_AFTER: u64 = 60_000;

/// Says what the node uses, now and once more later. A node that got here has no failed boots in a row.
pub fn run(node: &mut Node) -> Result<()> {
    super::failed::forget();
    hurry(false);
    node.document = None;
    node.emit(Body::Steady { usage: measure() });
    node.wakes.set(Timer::Usage, MEASURE_AGAIN_AFTER);
    Ok(())
}
