//! PID 1's half of asking a source of the network: start the child, wait in the event loop, read the reply.

use super::{Found, SourceAnswer};
use crate::core::error::{Code, Error};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::Call;
use crate::pid1::node::{Instance, Node};
use crate::pid1::wait;
use crate::pid1::worker::{first_line, line};
use crate::sys::clock::mono_ms;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long one attempt may take, from the question to the last byte.
const ATTEMPT_MS: u64 = 15_000;
/// The same for a version, for which a join waits.
const VERSION_MS: u64 = 5_000;
/// What the child itself needs in addition; under emulation the start of a TLS client takes a while.
const CHILD_MS: u64 = 5_000;
/// The reply's line and the document, which has at most 4 MiB.
const LARGEST: usize = 5 << 20;

/// The proxy through which documents are fetched.
pub const PROXY: &str = "keel.proxy=";

/// The network is there, and a source of it is being asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Online {
    /// CLOCK_MONOTONIC in milliseconds after which asking is given up; None: never.
    pub until: Option<u64>,
}

/// What the child is to do.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Whom to ask.
    pub place: Place,
    /// What people call it, for errors.
    pub object: String,
    /// The value of `keel.config.ca=`.
    pub ca: Option<String>,
    /// The value of `keel.proxy=`; only documents are fetched through it.
    pub proxy: Option<String>,
    /// How long it may take.
    pub attempt_ms: u64,
}

/// Whom to ask.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Place {
    /// A server, for the document at this address.
    Url {
        /// `http://` or `https://`, with its secrets.
        url: String,
    },
    /// An API server, for its version alone. `ca` is that of the cluster; without one the certificate is not verified.
    ApiServer {
        /// Host and port.
        endpoint: String,
    },
    /// A platform's metadata service.
    Platform {
        /// As in `keel.platform=`.
        name: String,
        /// What it calls the node takes the place of the document, as a JSON object.
        #[serde(default)]
        node: bool,
    },
}

/// What the child found out.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// In a word.
    pub verdict: AnswerKind,
    /// What the server calls the machine.
    pub instance: Instance,
    /// What went wrong, with the last two verdicts.
    pub error: Option<Error>,
    /// When to ask again, if the server says so.
    pub after_ms: Option<u64>,
}

/// What a server said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "they are those of SourceAnswer")]
pub enum AnswerKind {
    Config,
    NoConfig,
    Retry,
    Fatal,
}

/// Asks an API server for its version, once and in a child, which reads what it sends; None: it gives none. Nothing secret is sent.
pub fn api_server_version(node: &mut Node, endpoint: String, ca: Option<String>) -> Result<Option<String>, Interrupt> {
    let request = Request {
        object: endpoint.clone(),
        place: Place::ApiServer { endpoint },
        ca,
        proxy: None,
        attempt_ms: VERSION_MS,
    };
    match wait::worker(node, &call(&request)) {
        Ok(output) => Ok(first_line::<Reply>(&output.stdout).and_then(|(_, text)| String::from_utf8(text).ok())),
        Err(interrupt) => interrupt.failure().map(|_| None),
    }
}

fn call(request: &Request) -> Call<'_> {
    Call {
        worker: "fetch",
        job: line(request),
        bytes: &[],
        stdout_limit: LARGEST,
        deadline: Duration::from_millis(request.attempt_ms + CHILD_MS),
        object: &request.object,
    }
}

/// Asks once, in a child.
pub fn ask(node: &mut Node, place: Place, object: &str) -> Result<SourceAnswer, Interrupt> {
    let Some(online) = *node.state::<Option<Online>>() else { return Ok(SourceAnswer::NeedsNetwork) };
    let left = online.until.map_or(ATTEMPT_MS, |until| until.saturating_sub(mono_ms()));
    let attempt_ms = left.clamp(1, ATTEMPT_MS);
    let ca = super::value("keel.config.ca=");
    let request = Request { place, object: object.into(), ca, proxy: super::value(PROXY), attempt_ms };
    let output = match wait::worker(node, &call(&request)) {
        Ok(output) => output,
        Err(Interrupt::Failed(error)) if error.code == Code::ProcessNotReady => return Ok(hung(object)),
        Err(interrupt) => return interrupt.failure().map(SourceAnswer::Fatal),
    };
    Ok(match first_line(&output.stdout) {
        Some((reply, document)) => read(node, reply, document),
        None => SourceAnswer::Fatal(
            Error::new(Code::ParserCrashed, "ask", object).with_detail("the child that asked gave no reply"),
        ),
    })
}

/// The client keeps its own bound, so a child beyond it waits for something else: at a start without any randomness
/// that is the kernel, which TLS has to ask for keys.
fn hung(object: &str) -> SourceAnswer {
    let error = Error::new(Code::SourceUnreachable, "ask", object).with_detail(
        "no complete answer in the time of one attempt; a machine without randomness needs an entropy device for https",
    );
    SourceAnswer::Retry { error, after_ms: None }
}

fn read(node: &mut Node, reply: Reply, document: Vec<u8>) -> SourceAnswer {
    let error = reply.error.unwrap_or_else(|| Error::new(Code::Bug, "ask", "source"));
    match reply.verdict {
        AnswerKind::Config => SourceAnswer::Config(Found { bytes: document, instance: reply.instance }),
        AnswerKind::NoConfig => {
            // The config may come from elsewhere, and still the machine has this name.
            node.take_instance(reply.instance);
            SourceAnswer::NoConfig
        }
        AnswerKind::Retry => SourceAnswer::Retry { error, after_ms: reply.after_ms },
        AnswerKind::Fatal => SourceAnswer::Fatal(error),
    }
}
