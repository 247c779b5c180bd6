//! Stage `console`: stdin, stdout and stderr of PID 1.

use crate::console::adopt;
use crate::error::{Code, Result, Step};
use crate::node::Node;

/// Makes /dev/console the console of PID 1. A machine without any console boots all the same.
pub fn run(_: &mut Node) -> Result<()> {
    match adopt() {
        Err(e) if e.raw_os_error() == Some(libc::ENODEV) => Ok(()),
        adopted => adopted.step(Code::KernelRefused, "console", "open", "/dev/console"),
    }
}
