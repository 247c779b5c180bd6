//! Stage `time`: the clock is at least the image's build date, and, where there are NTP servers, theirs. A server that
//! does not answer in time is said and asked on beside the boot.

use crate::clock;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;

/// Waits as long as the config says.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let config = node.config()?;
    clock::not_before_build_date(node);
    clock::keep(node);
    let nobody = clock::servers(node).is_empty();
    // With a clock that may be right and nobody to ask there is nothing to say.
    if nobody && !clock::is_implausible(node) {
        return Ok(());
    }
    if nobody || !clock::wait(node, config.time.timeout_ms)? {
        let error = clock::unset(node);
        node.warn(error, None);
    }
    Ok(())
}
