//! Reading what a child has written, without ever waiting for it or being held up by it.

use rustix::fd::AsFd;
use rustix::io::Errno;

const BUFFER: usize = 16 << 10;
/// Reads of one turn: four times what a pipe holds, so that no output of a child that has ended is left behind. Without
/// a bound, a child that never stops writing would keep PID 1 from its signals and its deadlines.
const BURST: usize = 16;

/// Hands over what is there; closes the pipe at its end. What comes after the burst wakes the event loop again.
pub fn drain<F: AsFd>(pipe: &mut Option<F>, mut take: impl FnMut(&[u8])) {
    let mut buffer = [0; BUFFER];
    for _ in 0..BURST {
        let Some(open) = pipe else { return };
        match rustix::io::read(&*open, &mut buffer) {
            Ok(n @ 1..) => take(buffer.get(..n).unwrap_or_default()),
            Err(Errno::AGAIN) => return,
            _ => *pipe = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn a_pipe_is_closed_at_its_end_and_kept_while_there_may_be_more() {
        let (ours, theirs) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::NONBLOCK).unwrap();
        rustix::io::write(&theirs, b"abc").unwrap();
        let (mut pipe, mut read) = (Some(ours), Vec::new());
        drain(&mut pipe, |bytes| read.extend(bytes));
        assert!(pipe.is_some());
        drop(theirs);
        drain(&mut pipe, |bytes| read.extend(bytes));
        assert_eq!((pipe.is_none(), read.as_slice()), (true, &b"abc"[..]));
    }

    #[test]
    fn who_never_stops_writing_does_not_hold_the_reader_up() {
        let mut endless = Some(File::open("/dev/zero").unwrap());
        let mut bytes = 0;
        drain(&mut endless, |some| bytes += some.len());
        assert!(endless.is_some());
        assert_eq!(bytes, BURST * BUFFER);
    }
}
