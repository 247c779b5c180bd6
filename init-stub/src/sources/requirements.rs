//! What the kernel command line demands of every source.

use crate::core::error::{Code, Error, Result};

/// A day; who waits longer gives no bound.
const LONGEST_SECONDS: u64 = 86_400;

/// What the kernel command line demands of every source.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CmdlineRequirements {
    /// The SHA-256 of the only document that is accepted.
    pub digest: Option<String>,
    /// How long a source of the network is asked, in milliseconds.
    pub timeout_ms: Option<u64>,
}

impl CmdlineRequirements {
    /// Reads `keel.config.sha256=` and `keel.config.timeout=`.
    pub fn read(value: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let option = |name: &'static str| value(name).map(|text| (name, text));
        Ok(Self {
            digest: option("keel.config.sha256=").map(|(name, text)| digest(name, &text)).transpose()?,
            timeout_ms: option("keel.config.timeout=").map(|(name, text)| timeout(name, &text)).transpose()?,
        })
    }
}

fn digest(name: &str, text: &str) -> Result<String> {
    let digest = text.trim_start_matches("sha256:").to_lowercase();
    if digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(digest);
    }
    Err(misspelled(name, "it is not 64 hexadecimal digits"))
}

fn timeout(name: &str, text: &str) -> Result<u64> {
    let seconds = text.trim_end_matches('s').parse::<u64>().ok().filter(|seconds| *seconds <= LONGEST_SECONDS);
    seconds.map(|seconds| seconds * 1000).ok_or_else(|| misspelled(name, "it is not a number of seconds up to 86400"))
}

fn misspelled(name: &str, detail: &str) -> Error {
    Error::new(Code::CmdlineInvalid, "read", name).with_detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(digest: &str, timeout: &str) -> Result<CmdlineRequirements> {
        CmdlineRequirements::read(|name| Some(if name.contains("sha256") { digest.into() } else { timeout.into() }))
    }

    #[test]
    fn demands_are_read_in_the_ways_that_people_write_them() {
        let digest = "0123456789abcdef".repeat(4);
        let wanted = CmdlineRequirements { digest: Some(digest.clone()), timeout_ms: Some(30_000) };
        assert_eq!(read(&digest, "30").unwrap(), wanted);
        assert_eq!(read(&format!("sha256:{}", digest.to_uppercase()), "30s").unwrap(), wanted);
        assert_eq!(CmdlineRequirements::read(|_| None).unwrap(), CmdlineRequirements::default());
    }

    #[test]
    fn a_demand_that_cannot_be_met_is_named() {
        for (digest, timeout, name) in [
            ("abc", "1", "keel.config.sha256="),
            (&"g".repeat(64), "1", "keel.config.sha256="),
            (&"a".repeat(64), "soon", "keel.config.timeout="),
            (&"a".repeat(64), "99999999999", "keel.config.timeout="),
        ] {
            let error = read(digest, timeout).unwrap_err();
            assert_eq!((error.code, error.object.as_str()), (Code::CmdlineInvalid, name));
        }
    }
}
