//! What the DHCP child tells PID 1: JSON, one line each.

use super::dhcp::client::Loss;
use super::dhcp::lease::Lease;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum News {
    /// An interface has a lease: a new one, or the old one for a longer time.
    Lease {
        /// The interface's name.
        interface: String,
        /// The lease, which is in force.
        lease: Lease,
        /// Metric of its routes.
        metric: u32,
        /// How many interfaces with a carrier have none yet.
        looking: usize,
    },
    /// An interface has lost its lease.
    Lost {
        /// The interface's name.
        interface: String,
        /// Why.
        why: Loss,
    },
    /// The kernel refused something.
    Refused {
        /// What was done.
        verb: String,
        /// To what.
        object: String,
        /// The kernel's error number.
        errno: Option<i32>,
    },
}

/// Bytes as they come from the child, cut into lines. A line longer than any that it writes is dropped.
#[derive(Debug, Default)]
pub struct Lines {
    partial: Vec<u8>,
    /// Lines that are no news, such as a panic's last words; the newest few.
    pub other: VecDeque<String>,
}

const LONGEST: usize = 64 << 10;
const MOST_OTHER: usize = 5;

impl Lines {
    /// Takes bytes; returns the news that they complete.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<News> {
        let mut news = Vec::new();
        for byte in bytes {
            match byte {
                b'\n' => {
                    let line = std::mem::take(&mut self.partial);
                    match serde_json::from_slice(&line) {
                        Ok(one) => news.push(one),
                        Err(_) => self.remember(&line),
                    }
                }
                _ if self.partial.len() < LONGEST => self.partial.push(*byte),
                _ => {}
            }
        }
        news
    }

    fn remember(&mut self, line: &[u8]) {
        let text: String = String::from_utf8_lossy(line).chars().take(200).collect();
        if !text.trim().is_empty() {
            self.other.push_back(text);
        }
        if self.other.len() > MOST_OTHER {
            self.other.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_may_come_in_pieces_and_the_rest_are_last_words() {
        let mut lines = Lines::default();
        assert!(lines.take(b"{\"type\":\"lost\",\"interface\":\"eth0\",").is_empty());
        let news = lines.take(b"\"why\":\"expired\"}\npanicked at\n\n");
        assert_eq!(news, [News::Lost { interface: "eth0".into(), why: Loss::Expired }]);
        assert_eq!(lines.other, ["panicked at"]);
        lines.take(&[b'x'; 100_000]);
        assert!(lines.partial.len() <= LONGEST);
    }
}
