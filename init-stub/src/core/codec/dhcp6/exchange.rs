//! One question to servers, however often it is sent, and how long each sending waits for an answer (RFC 8415, 15 and 16.1).

/// The waits of a kind of question, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The first wait (IRT).
    pub first: u64,
    /// What doubling ends at (MRT).
    pub longest: u64,
    /// How often it is sent (MRC).
    pub most: u32,
    /// Until when it is sent, as a time (MRD).
    pub until: u64,
    /// Whether the first wait is only ever longer, so that all servers have the time to answer.
    pub is_full: bool,
}

impl Pace {
    /// A pace without an end.
    pub const fn new(first: u64, longest: u64) -> Self {
        Self { first, longest, most: u32::MAX, until: u64::MAX, is_full: false }
    }

    /// The wait after one of `previous`; 0: the first one.
    fn next(&self, previous: u64, random: u32) -> u64 {
        let next = match previous {
            0 if self.is_full => return self.first + self.first / 10 * u64::from(random % 100 + 1) / 100,
            0 => varied(self.first, random),
            _ => previous + varied(previous, random),
        };
        if next > self.longest { varied(self.longest, random) } else { next }
    }
}

/// A time, a tenth more or less by chance.
pub fn varied(time: u64, random: u32) -> u64 {
    time - time / 10 + time * u64::from(random % 2001) / 10_000
}

/// A question. Times are milliseconds.
#[derive(Debug, Default)]
pub struct Exchange {
    /// 24 bits, by which answers are known.
    pub transaction: u32,
    /// When it was first sent.
    pub began: u64,
    /// When it was last sent.
    pub asked: u64,
    /// How often it was sent.
    pub sent: u32,
    wait: u64,
}

impl Exchange {
    /// One that is not sent yet.
    pub fn new(random: u32) -> Self {
        Self { transaction: random & 0x00ff_ffff, ..Self::default() }
    }

    /// It is sent now.
    pub fn send(&mut self, now: u64) {
        if self.sent == 0 {
            self.began = now;
        }
        self.asked = now;
        self.sent = self.sent.saturating_add(1);
    }

    /// When it is sent again, after [`Self::send`].
    pub fn again(&mut self, pace: &Pace, random: u32) -> u64 {
        self.wait = pace.next(self.wait, random);
        (self.asked + self.wait).min(pace.until)
    }

    /// Whether nobody is going to answer.
    pub fn is_over(&self, now: u64, pace: &Pace) -> bool {
        self.sent >= pace.most || now >= pace.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_the_longest_and_vary_by_a_tenth() {
        let waits = |random: u32| {
            let (mut wait, pace) = (0, Pace::new(1000, 30_000));
            let mut next = || {
                wait = pace.next(wait, random);
                wait
            };
            [next(), next(), next(), next(), next(), next(), next()]
        };
        assert_eq!(waits(1000), [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
        assert_eq!(waits(0), [900, 1710, 3249, 6174, 11_731, 22_289, 27_000]);
        assert_eq!(waits(2000)[..2], [1100, 2310]);
    }

    #[test]
    fn a_full_first_wait_is_only_ever_longer() {
        let pace = Pace { is_full: true, ..Pace::new(1000, 30_000) };
        assert!((0..3000).all(|random| (1001..=1100).contains(&pace.next(0, random))));
    }
}
