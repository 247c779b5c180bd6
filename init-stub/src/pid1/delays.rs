//! How long to wait before a source of the network is asked again: doubled from a quarter of a second to five, and a
//! random part on top, so that a rack that lost its server does not come back in step. What the server asks for counts.

use crate::core::backoff::doubled;
use crate::sys::random::chance;

const FIRST: u64 = 250;
const LONGEST: u64 = 5_000;
/// A server may not park a machine for longer.
const LONGEST_ASKED: u64 = 60_000;
/// The first attempts are all told, later ones about once a minute: an outage may last for weeks.
const REPORTED: u32 = 20;
const REPORTED_LATER: u32 = 12;

/// The waiting times of one source.
#[derive(Debug, Default)]
pub struct Delays {
    attempts: u32,
}

impl Delays {
    /// Milliseconds to wait after one more failed attempt.
    pub fn next(&mut self, asked: Option<u64>) -> u64 {
        let usual = doubled(FIRST, LONGEST, self.attempts);
        self.attempts = self.attempts.saturating_add(1);
        match asked {
            Some(asked) => asked.clamp(FIRST, LONGEST_ASKED),
            None => usual + u64::from_ne_bytes(chance()) % (usual / 4 + 1),
        }
    }

    /// Whether the last failed attempt is to be reported.
    pub fn worth_telling(&self) -> bool {
        self.attempts <= REPORTED || self.attempts.is_multiple_of(REPORTED_LATER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_five_seconds_with_at_most_a_quarter_on_top() {
        let mut delays = Delays::default();
        for usual in [250, 500, 1000, 2000, 4000, 5000, 5000] {
            let wait = delays.next(None);
            assert!((usual..=usual + usual / 4).contains(&wait), "{wait} for {usual}");
        }
    }

    #[test]
    fn what_the_server_asks_for_counts_up_to_a_minute() {
        let mut delays = Delays::default();
        assert_eq!(delays.next(Some(3000)), 3000);
        assert_eq!(delays.next(Some(3_600_000)), 60_000);
        assert_eq!(delays.next(Some(0)), 250);
    }

    #[test]
    fn a_long_outage_is_reported_once_a_minute() {
        let mut delays = Delays::default();
        let reported = (0..140).filter(|_| {
            delays.next(None);
            delays.worth_telling()
        });
        assert_eq!(reported.count(), 20 + 10);
    }
}
