//! Images that containerd cannot pull, as its log says: one warning for each image and cause, however often the kubelet tries.

use crate::core::error::{Code, Error};
use crate::core::go::{NO_SPACE, UNREACHABLE, unquote};
use crate::pid1::logs::redact;
use crate::pid1::node::Node;
use crate::pid1::service;
use std::collections::VecDeque;

/// Images whose last pull failed, and why; the oldest is forgotten first.
#[derive(Default)]
struct Failing(VecDeque<(String, Code)>);

/// How many are remembered. A machine with more of them reports some again at each try.
const REMEMBERED: usize = 256;
/// Most characters of a cause; its end tells most.
const LONGEST: usize = 300;

/// Words of a cause; what they mean. The first row that fits decides, after the words of an address that nobody answers at.
const TABLE: [(&str, Code); 15] = [
    (NO_SPACE, Code::DiskFull),
    ("no resolve hosts", Code::ImagePullFailed),
    ("no pull hosts", Code::ImagePullFailed),
    // Nothing came for five minutes.
    ("context canceled", Code::RegistryUnreachable),
    ("Bad Gateway", Code::RegistryUnreachable),
    ("Service Unavailable", Code::RegistryUnreachable),
    ("Gateway Timeout", Code::RegistryUnreachable),
    ("Unauthorized", Code::RegistryAccessDenied),
    ("Forbidden", Code::RegistryAccessDenied),
    ("Proxy Authentication Required", Code::RegistryAccessDenied),
    ("authorization failed", Code::RegistryAccessDenied),
    ("missing username or secret", Code::RegistryAccessDenied),
    ("not found", Code::ImageNotFound),
    ("Not Found", Code::ImageNotFound),
    ("manifest unknown", Code::ImageNotFound),
];

/// How a pull ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Pull {
    /// Name of the image.
    pub image: String,
    /// What a failure means, and containerd's words for it; None: the image is there.
    pub failure: Option<(Code, String)>,
}

/// A line of containerd's log: a pull that failed is a warning, unless the last one of this image failed in the same way.
pub fn follow(node: &mut Node, line: &str) {
    let Some(Pull { image, failure }) = pull_in(line) else { return };
    let is_new = node.state::<Failing>().is_new(&image, failure.as_ref().map(|(code, _)| *code));
    // A shutdown ends pulls: these have not failed.
    if let (true, false, Some((code, detail))) = (is_new, service::is_stopping(node), failure) {
        node.warn(Error::new(code, "pull", image).with_detail(detail), None);
    }
}

impl Failing {
    /// Notes how the last pull of an image ended; whether that is a failure other than the one before.
    fn is_new(&mut self, image: &str, code: Option<Code>) -> bool {
        let known = self.0.iter().position(|(name, _)| name == image).and_then(|at| self.0.remove(at));
        if let Some(code) = code {
            if self.0.len() == REMEMBERED {
                self.0.pop_front();
            }
            self.0.push_back((image.to_owned(), code));
        }
        code.is_some() && code != known.map(|(_, code)| code)
    }
}

/// How a pull ended, if the line says that. An image of a container has its own line; the one of the sandbox, which holds a
/// pod's namespaces, is in the line of its pod.
pub fn pull_in(line: &str) -> Option<Pull> {
    let (_, message) = line.split_once(" msg=\"")?;
    let start = if message.starts_with("RunPodSandbox for ") { "failed to pull image \\\"" } else { "PullImage \\\"" };
    let (before, rest) = message.split_once(start)?;
    let (image, rest) = rest.split_once("\\\"")?;
    let cause = match before.is_empty() {
        true if rest.starts_with(" returns image reference ") => None,
        true => Some(rest.strip_prefix(" failed\" error=\"")?),
        false => Some(rest.strip_prefix(": ")?),
    };
    Some(Pull { image: image.to_owned(), failure: cause.map(|quoted| classify(&cause_of(quoted))) })
}

/// What is quoted to the end of the line, without the steps that led there.
fn cause_of(quoted: &str) -> String {
    let quoted = quoted.strip_suffix('"').unwrap_or_else(|| quoted.trim_end_matches('\\'));
    let text = unquote(quoted).unwrap_or_default();
    let named = text.split_once("failed to pull and unpack image \"").and_then(|(_, rest)| rest.split_once("\": "));
    let mut cause = named.map_or(text.as_str(), |(_, after)| after);
    for step in ["failed to resolve image: ", "failed to do request: "] {
        cause = cause.split_once(step).map_or(cause, |(_, after)| after);
    }
    without_queries(cause)
}

/// The words with each URL cut at its query, which may have the signature of a storage service, and with nothing that no
/// terminal shows.
fn without_queries(text: &str) -> String {
    let mut clean = String::new();
    let mut is_query = false;
    for c in text.chars() {
        is_query = if is_query { c != '"' && !c.is_whitespace() } else { c == '?' };
        if !is_query {
            clean.push(if c.is_control() { ' ' } else { c });
        }
    }
    clean
}

fn classify(cause: &str) -> (Code, String) {
    let has = |words: &&'static str| cause.contains(words);
    let code = if cause.contains("x509: ") {
        Code::RegistryUntrusted
    } else if UNREACHABLE.iter().any(has) {
        Code::RegistryUnreachable
    } else {
        TABLE.iter().find(|(words, _)| has(words)).map_or(Code::ImagePullFailed, |(_, code)| *code)
    };
    let shown = redact::line(cause);
    let skipped = shown.chars().count().saturating_sub(LONGEST);
    (code, shown.chars().skip(skipped).collect())
}

#[cfg(test)]
mod tests;
