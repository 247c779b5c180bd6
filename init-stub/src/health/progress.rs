//! When a node is good or out of time: only answers and times come in.

use crate::core::config::Health;
use crate::core::event::FailingProbe;

/// The answers so far.
#[derive(Debug, Default)]
pub struct Progress {
    /// When the node was steady, in milliseconds.
    pub since: u64,
    /// What did not hold at the last answer; None: there is none yet.
    failing: Option<Vec<String>>,
    /// Since when all of it holds.
    holds_since: Option<u64>,
    /// Whether its time was over once.
    pub is_late: bool,
}

/// What an answer means.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether this is the first answer, or other parts hold than before. Why one does not hold may change with each.
    pub is_change: bool,
    /// What the node is from now on.
    pub end: Option<Outcome>,
}

/// How it ends.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it has held for long enough.
    Healthy,
    /// The time is over, and something does not hold. It may still become healthy.
    Unhealthy,
}

impl Progress {
    /// Of a node that is steady at this time, in milliseconds.
    pub fn since(since: u64) -> Self {
        Self { since, ..Self::default() }
    }

    /// Takes over an answer that came at `now`.
    pub fn take(&mut self, failing: &[FailingProbe], health: &Health, now: u64) -> Verdict {
        let names: Vec<String> = failing.iter().map(|one| one.probe.clone()).collect();
        self.holds_since = if names.is_empty() { self.holds_since.or(Some(now)) } else { None };
        let is_change = self.failing.as_ref() != Some(&names);
        self.failing = Some(names);
        let end = match self.holds_since {
            Some(holds) if now.saturating_sub(holds) >= health.stable_for_ms => Some(Outcome::Healthy),
            // What holds when the time is over may hold for long enough.
            None if now.saturating_sub(self.since) >= health.timeout_ms && !self.is_late => {
                self.is_late = true;
                Some(Outcome::Unhealthy)
            }
            _ => None,
        };
        Verdict { is_change, end }
    }

    /// Milliseconds until all of it has held for long enough; None: not all of it holds.
    pub fn left(&self, health: &Health, now: u64) -> Option<u64> {
        self.holds_since.map(|since| health.stable_for_ms.saturating_sub(now.saturating_sub(since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: Health = Health { timeout_ms: 60_000, stable_for_ms: 10_000, node_ready: false, probes: Vec::new() };

    /// What each answer means: what fails, and when it came.
    fn verdicts(answers: &[(&[&str], u64)]) -> (Vec<bool>, Vec<Option<Outcome>>) {
        let mut progress = Progress::since(1_000);
        let one = |(at, (probes, now)): (usize, &(&[&str], u64))| {
            let failing = |probe: &&str| FailingProbe { probe: (*probe).to_owned(), detail: at.to_string() };
            let failing: Vec<FailingProbe> = probes.iter().map(failing).collect();
            let Verdict { is_change, end } = progress.take(&failing, &TIMES, *now);
            (is_change, end)
        };
        answers.iter().enumerate().map(one).unzip()
    }

    #[test]
    fn it_is_healthy_when_all_has_held_for_so_long_without_a_break() {
        let (changes, ends) = verdicts(&[
            (&["a", "b"], 1_100),
            (&["a", "b"], 3_100),
            (&[], 5_100),
            (&["a"], 9_100),
            (&[], 11_100),
            (&[], 21_000),
            (&[], 21_100),
        ]);
        assert_eq!(changes, [true, false, true, true, true, false, false]);
        assert_eq!(ends, [None, None, None, None, None, None, Some(Outcome::Healthy)]);
    }

    #[test]
    fn out_of_time_it_is_unhealthy_once_and_may_still_become_healthy() {
        let (_, ends) =
            verdicts(&[(&["a"], 60_900), (&["a"], 61_000), (&["a"], 76_100), (&[], 91_100), (&[], 101_100)]);
        assert_eq!(ends, [None, Some(Outcome::Unhealthy), None, None, Some(Outcome::Healthy)]);
    }

    #[test]
    fn what_holds_at_the_end_of_its_time_may_hold_for_long_enough() {
        let (_, ends) = verdicts(&[(&["a"], 50_100), (&[], 55_100), (&[], 61_100), (&["a"], 63_100)]);
        assert_eq!(ends, [None, None, None, Some(Outcome::Unhealthy)]);
    }
}
