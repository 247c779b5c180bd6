//! Stage `console`: stdin, stdout and stderr of PID 1.

use crate::core::error::{Code, Step};
use crate::pid1::console::adopt;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;

/// Makes /dev/console the console of PID 1. A machine without any console boots all the same.
pub fn run(_: &mut Node) -> std::result::Result<(), Interrupt> {
    match adopt() {
        Err(e) if e.raw_os_error() == Some(libc::ENODEV) => Ok(()),
        adopted => Ok(adopted.step(Code::KernelRefused, "open", "/dev/console")?),
    }
}
