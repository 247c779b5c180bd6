//! Questions for what is used without a lease (RFC 8415, 18.2.6): instead of those for a lease, or in addition to them.

use super::super::exchange::{Exchange, Pace};
use super::super::lease::Information;
use super::super::message::{Dhcp6Reply, Kind, Query, status};

/// Constants of RFC 8415, 7.6, in milliseconds.
const INFORM: Pace = Pace::new(1000, 3_600_000);
const LONGEST_DELAY: u32 = 1000;

/// Asks until it is answered, and again when the answer is old. Times are milliseconds.
#[derive(Debug)]
pub struct Informer {
    exchange: Exchange,
    is_asking: bool,
    due: Option<u64>,
    /// Until when information of this carrier counts.
    until: Option<u64>,
    /// The longest wait.
    longest: u64,
}

impl Informer {
    /// One that asks nothing.
    pub fn new() -> Self {
        Self { exchange: Exchange::default(), is_asking: false, due: None, until: None, longest: INFORM.longest }
    }

    /// When [`Self::tick`] has something to do.
    pub fn due(&self) -> Option<u64> {
        self.due
    }

    /// It asks from now on, after a delay of a second at most, unless it asks already. An answer of this carrier counts still: of two
    /// routers one may send to servers and the other not.
    pub fn start(&mut self, now: u64, random: fn() -> u32) {
        if self.due.is_some() {
            return;
        }
        match self.until.filter(|until| *until > now) {
            Some(until) => self.due = Some(until),
            None => self.begin(now, random),
        }
    }

    /// It asks nothing any more.
    pub fn stop(&mut self) {
        (self.is_asking, self.due) = (false, None);
    }

    /// The network may be another: it stops, and no answer counts.
    pub fn forget(&mut self) {
        self.stop();
        self.until = None;
    }

    /// A server may make the longest wait another one, in milliseconds.
    pub fn limit(&mut self, longest: Option<u64>) {
        self.longest = longest.unwrap_or(self.longest);
    }

    fn begin(&mut self, now: u64, random: fn() -> u32) {
        self.exchange = Exchange::new(random());
        self.is_asking = true;
        self.due = Some(now + u64::from(random() % LONGEST_DELAY + 1));
    }

    /// Time has passed: the message to send, if there is one.
    pub fn tick(&mut self, now: u64, duid: &[u8], random: fn() -> u32) -> Option<Vec<u8>> {
        self.due.filter(|due| *due <= now)?;
        if !self.is_asking {
            self.begin(now, random);
            return None;
        }
        self.exchange.send(now);
        self.due = Some(self.exchange.again(&Pace { longest: self.longest, ..INFORM }, random()));
        let elapsed = now.saturating_sub(self.exchange.began);
        let query = Query::new(Kind::InformationRequest, self.exchange.transaction, duid, elapsed);
        Some(query.with_information_questions().done())
    }

    /// Whether a message of a server answers its question.
    pub fn has_asked(&self, reply: &Dhcp6Reply) -> bool {
        self.is_asking && self.exchange.sent > 0 && reply.transaction == self.exchange.transaction
    }

    /// What an answer to its question says, if it is one of use.
    pub fn heard(&mut self, now: u64, reply: &Dhcp6Reply) -> Option<Information> {
        if reply.kind != Kind::Reply || reply.status() != status::SUCCESS {
            return None;
        }
        let information = Information::of(reply);
        let until = match information.refresh_seconds {
            u32::MAX => u64::MAX,
            seconds => now + u64::from(seconds) * 1000,
        };
        (self.is_asking, self.until, self.due) = (false, Some(until), Some(until));
        Some(information)
    }
}
