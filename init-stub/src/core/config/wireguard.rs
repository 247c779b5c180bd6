//! Tunnels of WireGuard in the section `network`.

use super::Prefix;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The bytes of a key.
pub type KeyBytes = [u8; 32];

/// An encrypted tunnel to peers; None is the kernel's own value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Wireguard {
    pub private_key: Option<SecretKey>,
    pub listen_port: Option<u16>,
    pub mark: Option<u32>,
    pub peers: Vec<WireguardPeer>,
}

/// One of the other ends of a tunnel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct WireguardPeer {
    pub public_key: String,
    pub preshared_key: Option<SecretKey>,
    pub endpoint: Option<WireguardEndpoint>,
    pub allowed_ips: Vec<Prefix>,
    pub persistent_keepalive_seconds: Option<u16>,
}

/// Where a peer is: its address, or a name that is looked up, and its port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct WireguardEndpoint {
    pub host: String,
    pub port: u16,
}

/// A key that nobody may see, as it is written.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct SecretKey(String);

impl SecretKey {
    /// Its bytes; None: it is not a key.
    pub fn bytes(&self) -> Option<KeyBytes> {
        key_bytes(&self.0)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
}

/// The bytes of a key in base64; None: it is not a key. To the kernel zeros mean no key.
pub fn key_bytes(text: &str) -> Option<KeyBytes> {
    let bytes = STANDARD.decode(text).ok()?.try_into().ok()?;
    (bytes != [0; 32]).then_some(bytes)
}

/// A key as people write it.
pub fn key_text(bytes: &KeyBytes) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::config::LinkKind;

    #[test]
    fn a_key_is_32_bytes_in_base64_and_not_shown() {
        let text = key_text(&[7; 32]);
        assert_eq!(key_bytes(&text), Some([7; 32]));
        for bad in ["", "a", &text[..43], &key_text(&[0; 32]), &format!("{}B=", &text[..42]), &STANDARD.encode([7; 31])]
        {
            assert_eq!(key_bytes(bad), None, "{bad}");
        }
        let key: SecretKey = serde_json::from_value(serde_json::json!(text)).unwrap();
        assert_eq!((format!("{key:?}").as_str(), key.bytes()), ("a key", Some([7; 32])));
    }

    #[test]
    fn a_link_with_secrets_is_not_written() {
        let kind = serde_json::json!({ "type": "wireguard", "privateKey": key_text(&[7; 32]), "peers": [] });
        let kind: LinkKind = serde_json::from_value(kind).unwrap();
        assert!(serde_json::to_string(&kind).is_err());
        assert!(!format!("{kind:?}").contains(&key_text(&[7; 32])));
    }
}
