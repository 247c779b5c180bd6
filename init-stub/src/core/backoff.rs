//! How long to wait before something is tried again.

const FIRST: u64 = 100;
const LONGEST: u64 = 10_000;
const HEALTHY: u64 = 60_000;

/// `first`, doubled with each of so many `failures`, up to `longest`.
pub fn doubled(first: u64, longest: u64, failures: u32) -> u64 {
    first.saturating_mul(1u64.checked_shl(failures).unwrap_or(u64::MAX)).min(longest)
}

/// The first waits in milliseconds of a question over a carrier that has just come: the first packets over it are often lost, because the
/// switch, or the kernel at the other end, does not pass any on yet.
pub const EARLY: [u64; 2] = [250, 1000];

/// The wait after the `sent`th question over a new carrier, counted from 0: those of [`EARLY`], then `first`, doubled up to `longest`.
pub fn eager(first: u64, longest: u64, sent: u32) -> u64 {
    let place = usize::try_from(sent).unwrap_or(usize::MAX);
    EARLY.get(place).copied().unwrap_or_else(|| doubled(first, longest, sent.saturating_sub(2)))
}

/// The waiting times of a process: doubled from a tenth of a second to ten, from the start again after a minute of
/// health.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Milliseconds to wait after something that lasted `uptime` milliseconds.
    pub fn after(&mut self, uptime: u64) -> u64 {
        if uptime >= HEALTHY {
            self.failures = 0;
        }
        let delay = doubled(FIRST, LONGEST, self.failures);
        self.failures = self.failures.saturating_add(1);
        delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_questions_over_a_carrier_follow_each_other_early() {
        let waits: Vec<u64> = (0..6).map(|sent| eager(4000, 10_000, sent)).collect();
        assert_eq!(waits, [250, 1000, 4000, 8000, 10_000, 10_000]);
    }

    #[test]
    fn waits_double_to_ten_seconds_and_start_again_after_a_healthy_minute() {
        let mut backoff = Backoff::default();
        let delays: Vec<u64> = (0..9).map(|_| backoff.after(5)).collect();
        assert_eq!(delays, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        assert_eq!(backoff.after(60_000), 100);
    }

    #[test]
    fn a_wait_stays_within_its_bound_however_often_something_failed() {
        for failures in [9, 63, 64, u32::MAX] {
            assert_eq!(doubled(10, 4_000, failures), 4_000);
        }
    }
}
