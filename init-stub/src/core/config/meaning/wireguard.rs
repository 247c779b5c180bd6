//! Tunnels that the kernel would make otherwise than they are written.

use super::prefix::network;
use super::text::is_time_server;
use super::verdict::{Verdict, want};
use crate::core::config::{SecretKey, Wireguard, WireguardPeer, key_bytes};
use std::collections::BTreeSet;

/// `at` is the place of the link's kind.
pub fn check(tunnel: &Wireguard, at: &str) -> Verdict {
    secret(tunnel.private_key.as_ref(), &format!("{at}/privateKey"))?;
    let (mut keys, mut networks) = (BTreeSet::new(), BTreeSet::new());
    for (i, one) in tunnel.peers.iter().enumerate() {
        let at = format!("{at}/peers/{i}");
        peer(one, &at)?;
        want(keys.insert(&one.public_key), format_args!("{at}/publicKey"), "is the key of another peer")?;
        for (i, allowed) in one.allowed_ips.iter().enumerate() {
            let at = format!("{at}/allowedIps/{i}");
            network(*allowed, &at)?;
            // The kernel would give it to the last one silently.
            want(networks.insert(allowed), format_args!("{at}"), "is listed twice")?;
        }
    }
    Ok(())
}

fn peer(peer: &WireguardPeer, at: &str) -> Verdict {
    want(key_bytes(&peer.public_key).is_some(), format_args!("{at}/publicKey"), NO_KEY)?;
    secret(peer.preshared_key.as_ref(), &format!("{at}/presharedKey"))?;
    let is_fit = peer.endpoint.as_ref().is_none_or(|endpoint| is_time_server(&endpoint.host));
    want(is_fit, format_args!("{at}/endpoint/host"), "is not an address or the name of a host")
}

fn secret(key: Option<&SecretKey>, at: &str) -> Verdict {
    want(key.is_none_or(|key| key.bytes().is_some()), format_args!("{at}"), NO_KEY)
}

const NO_KEY: &str = "is not a key: 32 bytes in base64, not all zero";
