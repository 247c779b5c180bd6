//! What a failed `kubeadm join` means. It exits with 1 whatever happened, so its words decide: the phase in which it
//! failed and what it said there. The texts are those of kubeadm 1.36, recorded in the tests below; 1.34, 1.35 and 1.37 have the same.

use crate::core::error::Code;
use crate::core::go::UNREACHABLE;

/// What a failure means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinFailure {
    /// The failure's code.
    pub code: Code,
    /// kubeadm's own words, and what they leave out.
    pub detail: String,
}

impl JoinFailure {
    /// Whether no retry can succeed, only another machine config. Everything else is in the environment of
    /// the machine, which may change. So only an answer that proved to be the cluster's counts: it was signed with the token,
    /// and its CA is not the config's. A signature or a certificate that does not verify may be anybody's.
    pub fn is_fatal(&self) -> bool {
        self.code == Code::JoinCaMismatch && self.detail.contains(NOT_PINNED)
    }
}

/// A phase, or any where it is empty; words; what they mean.
type Row = (&'static str, &'static str, Code);

/// The first row that fits decides, so a refused certificate comes before the request that it made fail: the words of Go's
/// network library are looked for after these.
const CAUSES: [Row; 9] = [
    ("preflight", "preflight checks failed", Code::JoinPreflightFailed),
    ("", "certificate has expired or is not yet valid", Code::JoinClockWrong),
    ("", NOT_PINNED, Code::JoinCaMismatch),
    ("", "certificate signed by unknown authority", Code::JoinCaMismatch),
    ("", "failed to verify JWS signature", Code::JoinTokenWrong),
    ("", "could not find a JWS signature", Code::JoinTokenUnknown),
    ("", "Unauthorized", Code::JoinTokenUnknown),
    ("kubelet-start", "already exists in the cluster", Code::JoinNameTaken),
    ("kubelet-wait-bootstrap", "", Code::JoinKubeletFailed),
];

/// The same, when the network has done its part.
const ANSWERS: [Row; 9] = [
    ("", "http2: client connection lost", Code::JoinUnreachable),
    ("", "server is currently unable to handle the request", Code::JoinUnreachable),
    ("", "the server could not find the requested resource", Code::JoinEndpointWrong),
    ("", "configmaps \"cluster-info\" not found", Code::JoinEndpointWrong),
    ("", "configmaps \"cluster-info\" is forbidden", Code::JoinEndpointWrong),
    ("", "an error on the server (", Code::JoinEndpointWrong),
    ("", "serializer for ", Code::JoinEndpointWrong),
    ("", "server gave HTTP response to HTTPS client", Code::JoinEndpointWrong),
    ("", "does not look like a TLS handshake", Code::JoinEndpointWrong),
];

/// What kubeadm says after it has verified the signature of the answer by the token.
const NOT_PINNED: &str = "none of the public keys";
/// What follows kubeadm's error, which may have several lines.
const AFTER: &str = "To see the stack trace of this error";

const PHASE: &str = "error execution phase ";

/// Classifies kubeadm's output.
pub fn classify(lines: &[String]) -> JoinFailure {
    let Some(words) = error_in(lines) else {
        let last = lines.iter().rev().find(|line| !line.trim().is_empty());
        let detail = last.map_or_else(|| "kubeadm printed no error".into(), |line| line.trim().to_owned());
        return JoinFailure { code: Code::JoinFailed, detail };
    };
    let (phase, message) = words.strip_prefix(PHASE).and_then(|rest| rest.split_once(": ")).unwrap_or(("", &words));
    let fits = |(of, needle, _): &&Row| (of.is_empty() || *of == phase) && message.contains(needle);
    let is_unreachable = UNREACHABLE.iter().any(|words| message.contains(words));
    let code = match (CAUSES.iter().find(fits), ANSWERS.iter().find(fits)) {
        (Some((_, _, code)), _) => *code,
        _ if is_unreachable => Code::JoinUnreachable,
        (None, answer) => answer.map_or(Code::JoinFailed, |(_, _, code)| *code),
    };
    let detail = match code {
        Code::JoinPreflightFailed => failed_checks(lines),
        Code::JoinTokenWrong => format!(
            "{message}: the secret part of the token is wrong, or another server answers at this endpoint; nothing has proved \
             who gave this answer"
        ),
        Code::JoinEndpointWrong => {
            format!("{message}: what answers at this endpoint does not announce a cluster that a machine can join")
        }
        _ => message.to_owned(),
    };
    JoinFailure { code, detail }
}

/// kubeadm's last error. It quotes what a server answered, so it may go on over several lines.
fn error_in(lines: &[String]) -> Option<String> {
    let (at, first) =
        lines.iter().enumerate().rev().find_map(|(at, line)| Some((at, line.strip_prefix("error: ")?)))?;
    let rest = lines.iter().skip(at + 1).take_while(|line| !line.starts_with(AFTER)).map(|line| line.trim());
    let words: Vec<&str> = std::iter::once(first).chain(rest).filter(|line| !line.is_empty()).collect();
    Some(words.join(" "))
}

/// What each check of the preflight found wrong.
fn failed_checks(lines: &[String]) -> String {
    let checks = lines.iter().filter_map(|line| line.trim().strip_prefix("[ERROR "));
    checks.map(|check| check.replacen("]: ", ": ", 1)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
