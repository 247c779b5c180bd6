//! One question to the NTP servers, asked by a worker: their answers are from outside.

use serde::{Deserialize, Serialize};

/// What a server has said: one line of the worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ServerReply {
    /// A server has told the time; the worker ends with it.
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

/// Why there is no time.
pub fn failures(replies: &[ServerReply]) -> String {
    let lines: Vec<String> = replies
        .iter()
        .map(|reply| match reply {
            ServerReply::Time { server, .. } => format!("{server}: answered"),
            ServerReply::Denied { server } => format!("{server}: does not want to be asked"),
            ServerReply::Failed { server, why } => format!("{server}: {why}"),
        })
        .collect();
    if lines.is_empty() { "timeout".into() } else { lines.join("; ") }
}
