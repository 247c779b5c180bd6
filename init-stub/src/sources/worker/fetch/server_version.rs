//! The version of an API server, which it tells anybody. What it sends is read here: PID 1 gets numbers and dots.

use super::client::{Ask, Client};
use super::failure::Failure;
use super::outcome::Outcome;
use crate::pid1::node::Instance;
use serde::Deserialize;
use std::time::Instant;

/// The answer has some hundred bytes.
const LIMIT: u64 = 16 << 10;
/// Most characters of a version.
const LONGEST: usize = 32;

/// The answer at `/version`, as far as it is needed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    git_version: String,
}

/// The version as text; no document where the server gives none. Without `ca` any certificate will do.
pub fn ask(endpoint: &str, until: Instant, ca: Option<&str>) -> Result<Outcome, Failure> {
    let client = match ca {
        Some(_) => Client::new(until, true, ca)?,
        None => Client::unverified(until),
    };
    let url = format!("https://{endpoint}/version");
    let response = client.ask(&Ask { method: "GET", url: &url, headers: &[], body: None, limit: LIMIT })?;
    let answer = serde_json::from_slice(&response.body).ok();
    Ok(Outcome {
        document: answer.and_then(|Answer { git_version }| numbers(&git_version)),
        instance: Instance::default(),
    })
}

/// Of `v1.37.2+vendor1` what is before the first sign that is neither a digit nor a dot. It may be in an error, so it is short.
fn numbers(git_version: &str) -> Option<Vec<u8>> {
    let version = git_version.strip_prefix('v')?;
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    version.get(..end.min(LONGEST)).map(|numbers| numbers.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_its_numbers_whatever_a_vendor_adds() {
        for (given, wanted) in [
            ("v1.37.2", Some("1.37.2")),
            ("v1.36.3+k3s1", Some("1.36.3")),
            ("v1.38.0-beta.0", Some("1.38.0")),
            ("1.37.2", None),
            ("v\u{1b}[31m", Some("")),
        ] {
            assert_eq!(numbers(given), wanted.map(|text| text.as_bytes().to_vec()), "{given}");
        }
        assert_eq!(numbers(&format!("v1.37.{}", "0".repeat(9999))).unwrap().len(), LONGEST);
    }
}
