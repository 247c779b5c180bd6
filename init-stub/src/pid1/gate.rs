//! A program that may load itself, and then waits: the first thing it reads is its configuration, and that comes by a pipe.

use rustix::fd::OwnedFd;
use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};
use std::io::Result;

/// Where such a program finds its configuration: its stdin.
pub const CONFIG: &str = "/proc/self/fd/0";

/// The end of the pipe that a program waits at. Closing it would be an empty configuration.
pub struct Gate(OwnedFd);

impl Gate {
    /// A program's stdin, and the gate that it waits at.
    pub fn closed() -> Result<(OwnedFd, Self)> {
        let (theirs, ours) = pipe_with(PipeFlags::CLOEXEC)?;
        Ok((theirs, Self(ours)))
    }

    /// Hands over the configuration, all of it, whether or not somebody reads yet; it ends when the gate is dropped.
    pub fn open(&self, configuration: &[u8]) -> Result<()> {
        fcntl_setpipe_size(&self.0, configuration.len())?;
        rustix::io::write(&self.0, configuration)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_long_configuration_is_handed_over_complete_before_anybody_reads() {
        let text = "x".repeat(300_000);
        let (theirs, gate) = Gate::closed().unwrap();
        gate.open(text.as_bytes()).unwrap();
        drop(gate);
        let mut read = String::new();
        std::fs::File::from(theirs).read_to_string(&mut read).unwrap();
        assert!(read == text);
    }
}
