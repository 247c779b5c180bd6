//! The part of the plan that is about tunnels of WireGuard. No operation has a secret in it: plans are shown.

use super::operation::{LinkAction, LinkOperation};
use crate::core::config::{Prefix, Wireguard, WireguardPeer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// A tunnel as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeenWireguard {
    /// The public key of this machine; None: it has no key yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// The UDP port; 0: it has none yet.
    pub listen_port: u16,
    /// Mark of the encrypted packets; 0: none.
    pub mark: u32,
    /// The other ends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<SeenPeer>,
}

/// One of the other ends of a tunnel as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeenPeer {
    /// Its public key.
    pub public_key: String,
    /// Whether there is a second key.
    #[serde(default)]
    pub has_preshared_key: bool,
    /// Where it was last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<SocketAddr>,
    /// The networks behind it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_ips: Vec<Prefix>,
    /// How often an empty packet is sent, in seconds; 0: never.
    #[serde(default)]
    pub persistent_keepalive_seconds: u16,
    /// When both have agreed on new keys for the last time, in seconds since 1970; 0: never.
    #[serde(default, skip_serializing)]
    pub handshake: u64,
}

impl SeenPeer {
    /// Whether it is what the config says. Where it is may change, and is only compared with nothing.
    fn is(&self, wanted: &WireguardPeer) -> bool {
        let networks = |all: &[Prefix]| all.iter().copied().collect::<BTreeSet<_>>();
        let needs_endpoint = address_of(wanted).is_some() && self.endpoint.is_none();
        self.has_preshared_key == wanted.preshared_key.is_some()
            && self.persistent_keepalive_seconds == wanted.persistent_keepalive_seconds.unwrap_or(0)
            && networks(&self.allowed_ips) == networks(&wanted.allowed_ips)
            && !needs_endpoint
    }
}

/// Where the config says that a peer is, if that is an address.
pub fn address_of(peer: &WireguardPeer) -> Option<SocketAddr> {
    let endpoint = peer.endpoint.as_ref()?;
    Some(SocketAddr::new(endpoint.host.parse().ok()?, endpoint.port))
}

/// What makes a tunnel that of the config, and the places of peers that have the machine's own key. `pointer` is the place of the link.
pub fn operations(
    link: &str,
    wanted: &Wireguard,
    seen: &SeenWireguard,
    pointer: &str,
) -> (Vec<LinkAction>, Vec<String>) {
    let pointer = format!("{pointer}/kind");
    let mut all = Vec::new();
    let mut add = |place: &str, operation| {
        all.push(LinkAction { link: link.into(), pointer: format!("{pointer}{place}"), operation });
    };
    if seen.public_key.is_none() {
        add("", LinkOperation::SetKey { generated: wanted.private_key.is_none() });
    }
    if let Some(port) = wanted.listen_port.filter(|port| *port != seen.listen_port) {
        add("/listenPort", LinkOperation::SetPort { port });
    }
    if let Some(mark) = wanted.mark.filter(|mark| *mark != seen.mark) {
        add("/mark", LinkOperation::SetMark { mark });
    }
    let mut own = Vec::new();
    for (place, peer) in wanted.peers.iter().enumerate() {
        // The kernel takes no such peer, and says nothing.
        if seen.public_key.as_ref() == Some(&peer.public_key) {
            own.push(format!("{pointer}/peers/{place}"));
        } else if !seen.peers.iter().any(|one| one.public_key == peer.public_key && one.is(peer)) {
            let operation = LinkOperation::AddPeer {
                public_key: peer.public_key.clone(),
                endpoint: peer.endpoint.clone(),
                allowed_ips: peer.allowed_ips.clone(),
                persistent_keepalive_seconds: peer.persistent_keepalive_seconds,
            };
            add(&format!("/peers/{place}"), operation);
        }
    }
    (all, own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::config::key_text;
    use serde_json::json;

    fn tunnel(value: serde_json::Value) -> Wireguard {
        serde_json::from_value(value).unwrap()
    }

    fn key(byte: u8) -> String {
        key_text(&[byte; 32])
    }

    fn shown(actions: &[LinkAction]) -> Vec<serde_json::Value> {
        actions.iter().map(|action| serde_json::to_value(action).unwrap()).collect()
    }

    fn wanted() -> Wireguard {
        let network = |last: u8| json!({ "address": format!("10.9.0.{last}"), "prefixLength": 32 });
        tunnel(json!({
            "privateKey": key(1), "listenPort": 51820, "mark": 7,
            "peers": [
                { "publicKey": key(2), "presharedKey": key(9), "allowedIps": [network(2), network(3)],
                  "endpoint": { "host": "192.0.2.2", "port": 51820 }, "persistentKeepaliveSeconds": 25 },
                { "publicKey": key(4), "allowedIps": [network(4)], "endpoint": { "host": "gw.example.org", "port": 1 } },
            ],
        }))
    }

    /// As the kernel lists it: networks in its own order.
    fn seen() -> SeenWireguard {
        let peer = |of: &WireguardPeer| SeenPeer {
            public_key: of.public_key.clone(),
            has_preshared_key: of.preshared_key.is_some(),
            endpoint: address_of(of),
            allowed_ips: of.allowed_ips.iter().rev().copied().collect(),
            persistent_keepalive_seconds: of.persistent_keepalive_seconds.unwrap_or(0),
            handshake: 0,
        };
        let peers = wanted().peers.iter().map(peer).collect();
        SeenWireguard { public_key: Some(key(8)), listen_port: 51820, mark: 7, peers }
    }

    fn changed(change: impl FnOnce(&mut SeenWireguard)) -> Vec<String> {
        let mut seen = seen();
        change(&mut seen);
        operations("wg0", &wanted(), &seen, "/l").0.into_iter().map(|action| action.pointer).collect()
    }

    #[test]
    fn a_new_tunnel_gets_key_port_mark_and_peers_and_no_operation_has_a_secret() {
        let (all, own) = operations("wg0", &wanted(), &SeenWireguard::default(), "/network/links/0");
        let text = serde_json::to_string(&all).unwrap();
        assert!(!text.contains(&key(1)) && !text.contains(&key(9)), "{text}");
        let kinds: Vec<_> = shown(&all).iter().map(|one| one["operation"].as_str().unwrap().to_owned()).collect();
        assert_eq!(kinds, ["set-key", "set-port", "set-mark", "add-peer", "add-peer"]);
        assert_eq!(all[4].pointer, "/network/links/0/kind/peers/1");
        assert_eq!(own, Vec::<String>::new());
        let made = tunnel(json!({ "peers": [] }));
        let (all, _) = operations("wg0", &made, &SeenWireguard::default(), "/network/links/0");
        assert_eq!(shown(&all)[0]["generated"], true);
        assert_eq!(all.len(), 1);
    }

    #[test]
    fn what_is_there_needs_nothing_and_each_difference_one_operation() {
        assert_eq!(changed(|_| {}), Vec::<String>::new());
        assert_eq!(changed(|seen| seen.listen_port = 1), ["/l/kind/listenPort"]);
        assert_eq!(changed(|seen| seen.mark = 0), ["/l/kind/mark"]);
        assert_eq!(changed(|seen| seen.public_key = None), ["/l/kind"]);
        assert_eq!(changed(|seen| seen.peers[0].has_preshared_key = false), ["/l/kind/peers/0"]);
        assert_eq!(changed(|seen| seen.peers[0].allowed_ips.truncate(1)), ["/l/kind/peers/0"]);
        assert_eq!(changed(|seen| seen.peers[1].persistent_keepalive_seconds = 1), ["/l/kind/peers/1"]);
        assert_eq!(changed(|seen| seen.peers[0].endpoint = None), ["/l/kind/peers/0"]);
        // It has moved, as peers may.
        assert_eq!(changed(|seen| seen.peers[0].endpoint = "192.0.2.9:9".parse().ok()), Vec::<String>::new());
        // A port that the kernel has chosen stays.
        let mut free = wanted();
        free.listen_port = None;
        assert_eq!(operations("wg0", &free, &SeenWireguard { listen_port: 4711, ..seen() }, "").0, []);
    }

    #[test]
    fn a_peer_with_the_machines_own_key_is_named_and_not_asked_for_again() {
        let mut seen = seen();
        (seen.public_key, seen.peers) = (Some(key(4)), seen.peers[..1].to_vec());
        let (all, own) = operations("wg0", &wanted(), &seen, "/network/links/3");
        assert_eq!((all, own), (Vec::new(), vec!["/network/links/3/kind/peers/1".to_owned()]));
    }
}
