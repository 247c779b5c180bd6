//! The time that the node has noted on KEEL-STATE. A machine whose own clock keeps nothing would begin every boot at the same time, and
//! peers of WireGuard take a handshake only if it is later than all before.

use crate::pid1::failed::has_state;
use crate::sys::{atomic_write, timex};
use std::path::Path;

/// Seconds since the Unix epoch, as a line of text.
const FILE: &str = "/keel/state/clock";
const SECOND: i64 = 1_000_000_000;

/// Notes the time, for the next boot.
pub fn note() {
    if has_state() {
        // Without it the next boot only begins at an earlier time.
        let _ = note_in(Path::new(FILE), timex::now());
    }
}

/// What was noted last, in nanoseconds since the Unix epoch; None: nothing.
pub fn last() -> Option<i64> {
    last_in(Path::new(FILE))
}

/// The next second: what has happened in this one was not later.
fn note_in(path: &Path, time: i64) -> std::io::Result<()> {
    let seconds = time.div_euclid(SECOND).saturating_add(1);
    atomic_write::write(path, 0o600, format!("{seconds}\n").as_bytes())
}

fn last_in(path: &Path) -> Option<i64> {
    std::fs::read_to_string(path).ok()?.trim().parse::<i64>().ok()?.checked_mul(SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn a_time_is_read_as_it_was_noted_and_never_as_an_earlier_one() {
        let folder = Scratch::new("noted-time");
        let path = folder.join("clock");
        assert_eq!(last_in(&path), None);
        for (time, expected) in [(5 * SECOND, 6 * SECOND), (5 * SECOND - 1, 5 * SECOND)] {
            note_in(&path, time).unwrap();
            assert_eq!(last_in(&path), Some(expected));
        }
        for text in ["", "yesterday\n", "9223372036854775807\n"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(last_in(&path), None, "{text}");
        }
    }
}
