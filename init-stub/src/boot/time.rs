//! Stage `time`: the clock is at least the image's build date, and, where there are NTP servers, theirs. A server that
//! does not answer in time is reported and asked again in the background.

use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::time;

/// Waits as long as the config says.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let config = node.config()?;
    time::not_before_build_date(node);
    time::keep(node);
    let nobody = time::servers(node).is_empty();
    // With a clock that may be right and nobody to ask there is nothing to say.
    if nobody && !time::is_implausible(node) {
        return Ok(());
    }
    if nobody || !time::wait(node, config.time.timeout_ms)? {
        let error = time::unset(node);
        node.warn(error, None);
    }
    Ok(())
}
