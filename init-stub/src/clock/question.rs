//! One question to the NTP servers, asked by a child: their answers are from outside.

use crate::child::SELF;
use crate::node::Node;
use crate::sys::pipe::drain;
use crate::sys::spawn::{Start, signal};
use crate::wakes::Source;
use rustix::fd::OwnedFd;
use rustix::process::Signal;
use serde::{Deserialize, Serialize};

/// The child is ended after this many milliseconds: it looks up names, too.
pub const LONGEST: u64 = 30_000;
/// It writes far less.
const MOST_BYTES: usize = 16 << 10;

/// One line of the child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Said {
    /// A server has told the time; the child ends with it.
    Time {
        /// The server as the config or the lease names it.
        server: String,
        /// Nanoseconds by which our clock is behind.
        offset_ns: i64,
    },
    /// A server does not want to be asked again.
    Denied {
        /// The server.
        server: String,
    },
    /// A server was no help.
    Failed {
        /// The server.
        server: String,
        /// Why.
        why: String,
    },
}

/// All that the child said.
pub struct Outcome {
    /// Line by line.
    pub said: Vec<Said>,
}

impl Outcome {
    /// Why there is no time.
    pub fn trouble(&self) -> String {
        let lines: Vec<String> = self
            .said
            .iter()
            .map(|said| match said {
                Said::Time { server, .. } => format!("{server}: answered"),
                Said::Denied { server } => format!("{server}: does not want to be asked"),
                Said::Failed { server, why } => format!("{server}: {why}"),
            })
            .collect();
        if lines.is_empty() { "no answer in time".into() } else { lines.join("; ") }
    }
}

/// A child that asks.
pub struct Question {
    pid: u32,
    output: Option<OwnedFd>,
    bytes: Vec<u8>,
}

impl Question {
    /// Starts the child.
    pub fn start(node: &Node, servers: &[String]) -> std::io::Result<Self> {
        let argv: Vec<String> =
            [SELF, "child", "sntp"].into_iter().chain(servers.iter().map(String::as_str)).map(str::to_owned).collect();
        let start = Start { argv: &argv, ..Start::default() };
        let started = start.start_watched(|output| node.wakes.watch(output, Source::Sntp))?;
        Ok(Self { pid: started.pid, output: Some(started.output), bytes: Vec::new() })
    }

    /// Whether this is its process id.
    pub fn is(&self, pid: u32) -> bool {
        self.pid == pid
    }

    /// Ends it.
    pub fn kill(&self) {
        signal(self.pid, Signal::KILL);
    }

    /// Reads what is there.
    pub fn read(&mut self) {
        drain(&mut self.output, |bytes| {
            let room = MOST_BYTES.saturating_sub(self.bytes.len());
            self.bytes.extend(bytes.iter().take(room));
        });
    }

    /// What it said, once it has ended.
    pub fn outcome(&mut self) -> Outcome {
        self.read();
        let lines = self.bytes.split(|byte| *byte == b'\n');
        Outcome { said: lines.filter_map(|line| serde_json::from_slice(line).ok()).collect() }
    }
}
