//! How long to wait before the next start: doubled from a tenth of a second to ten, from the start again after a
//! minute of health.

const FIRST: u64 = 100;
const LONGEST: u64 = 10_000;
const HEALTHY: u64 = 60_000;

/// The waiting times of one thing that is tried again.
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
        let delay = FIRST.checked_shl(self.failures.min(20)).unwrap_or(LONGEST).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_ten_seconds_and_start_again_after_a_healthy_minute() {
        let mut backoff = Backoff::default();
        let delays: Vec<u64> = (0..9).map(|_| backoff.after(5)).collect();
        assert_eq!(delays, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        assert_eq!(backoff.after(60_000), 100);
    }
}
