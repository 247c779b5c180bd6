//! `child redact`: a machine config in; the same without the secrets of the join out, or nothing if it has none.

use crate::core::config::LIMIT;
use crate::core::error::{Code, Error};
use crate::pid1::worker::{job, refuse};
use serde_json::{Value, json};
use std::io::Write;

/// 0: done. 1: it is not JSON; an [`Error`] is on stdout.
pub fn run() -> u8 {
    let Some(((), document)) = job(LIMIT) else { return 2 };
    match without_join_secrets(&document) {
        Ok(redacted) => u8::from(std::io::stdout().write_all(&redacted.unwrap_or_default()).is_err()),
        Err(e) => refuse(
            &Error::new(Code::ConfigUnreadable, "read", "machine config")
                // The text of the error may quote the document.
                .with_detail(format!("it is not JSON at line {} column {}", e.line(), e.column())),
        ),
    }
}

fn without_join_secrets(document: &[u8]) -> serde_json::Result<Option<Vec<u8>>> {
    let mut config: Value = serde_json::from_slice(document)?;
    let joined = json!({ "type": "joined" });
    match config.pointer_mut("/kubernetes/discovery") {
        Some(discovery) if *discovery != joined => *discovery = joined,
        _ => return Ok(None),
    }
    serde_json::to_vec(&config).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_discovery_of_a_node_that_has_joined_says_so_and_nothing_else_changes() {
        let of = |discovery: &str| {
            format!(
                r#"{{"apiVersion":"keel/v1","kubernetes":{{"discovery":{discovery},"role":"worker"}},"later":[1]}}"#
            )
        };
        let joined = of(r#"{"type":"joined"}"#);
        for secret in [r#"{"token":"abcdef.0123456789abcdef","type":"token"}"#, r#"{"kubeconfig":"k","type":"file"}"#] {
            let redacted = without_join_secrets(of(secret).as_bytes()).unwrap().unwrap();
            let (redacted, wanted): (Value, Value) =
                (serde_json::from_slice(&redacted).unwrap(), serde_json::from_str(&joined).unwrap());
            assert_eq!(redacted, wanted);
        }
        for none in [joined.as_str(), r#"{"kubernetes":{"role":"none"}}"#, "[]"] {
            assert_eq!(without_join_secrets(none.as_bytes()).unwrap(), None, "{none}");
        }
        assert!(without_join_secrets(b"{").is_err());
    }
}
