//! How often something is reported: a few times at once, and on average once in a while.

/// What was reported so far of one thing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// Until when that counts, in milliseconds.
    until: u64,
}

impl Pace {
    /// Whether there may be another report now: `burst` at once, and on average one in `every` milliseconds. If so, it counts.
    pub fn allow(&mut self, now: u64, every: u64, burst: u64) -> bool {
        let is_allowed = self.next(every, burst) <= now;
        if is_allowed {
            self.until = self.until.max(now) + every;
        }
        is_allowed
    }

    /// From when on there may be another one.
    pub fn next(&self, every: u64, burst: u64) -> u64 {
        (self.until + every).saturating_sub(burst * every)
    }
}
