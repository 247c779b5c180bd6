//! Tunnels of WireGuard: what the plan asks for of them is done here, and the names of peers are looked up.

pub mod endpoints;
mod keys;
pub mod worker;

use crate::core::config::{KeyBytes, Network, Wireguard, WireguardPeer, key_bytes};
use crate::core::error::{Code, Error};
use crate::core::event::Body;
use crate::core::plan::network::{LinkOperation, address_of};
use crate::pid1::node::Node;
use crate::sys::netdev::wireguard::{Peer, Tunnels};
use std::collections::BTreeSet;
use std::io;

/// Does an operation on a tunnel: the secrets are in the config. `place` is that of a peer among the peers.
pub fn carry_out(link: &str, tunnel: &Wireguard, operation: &LinkOperation, place: Option<usize>) -> io::Result<()> {
    let tunnels = Tunnels::open()?;
    match operation {
        LinkOperation::SetKey { .. } => {
            let key = match &tunnel.private_key {
                Some(key) => key.bytes().ok_or_else(no_key)?,
                None => keys::own(link)?,
            };
            tunnels.set_key(link, &key)
        }
        LinkOperation::SetPort { port } => tunnels.set_port(link, *port),
        LinkOperation::SetMark { mark } => tunnels.set_mark(link, *mark),
        _ => match place.and_then(|place| tunnel.peers.get(place)) {
            Some(peer) => tunnels.add_peer(link, &of_config(peer)?),
            None => Ok(()),
        },
    }
}

fn of_config(peer: &WireguardPeer) -> io::Result<Peer<'_>> {
    let preshared_key = match &peer.preshared_key {
        Some(key) => Some(key.bytes().ok_or_else(no_key)?),
        None => None,
    };
    Ok(Peer {
        public_key: public_key(peer)?,
        preshared_key,
        endpoint: address_of(peer),
        allowed_ips: &peer.allowed_ips,
        keepalive_seconds: peer.persistent_keepalive_seconds.unwrap_or(0),
    })
}

fn public_key(peer: &WireguardPeer) -> io::Result<KeyBytes> {
    key_bytes(&peer.public_key).ok_or_else(no_key)
}

fn no_key() -> io::Error {
    io::Error::other("it is not a key")
}

/// Reports the public key of a tunnel that has got its private one: its peers need it.
pub fn report_key(node: &mut Node, link: &str) {
    let seen = Tunnels::open().and_then(|tunnels| tunnels.read(link));
    if let Some(public_key) = seen.ok().and_then(|seen| seen.public_key) {
        node.emit(Body::WireguardKey { interface: link.into(), public_key });
    }
}

/// The places of peers with the machine's own key that were reported.
#[derive(Default)]
struct OwnPeers(BTreeSet<String>);

/// Reports each peer with the machine's own key once: the kernel leaves it out and says nothing.
pub fn report_own(node: &mut Node, places: &[String]) {
    for place in places {
        if node.state::<OwnPeers>().0.insert(place.clone()) {
            let error = Error::new(Code::PeerIsSelf, "add", "peer with the public key of this machine");
            node.warn(error.with_pointer(place), None);
        }
    }
}

/// The tunnels of a config with their names.
fn tunnels(network: &Network) -> impl Iterator<Item = (&str, usize, &Wireguard)> {
    let links = network.links().iter().enumerate();
    links.filter_map(|(at, link)| Some((link.name.as_deref()?, at, link.kind.wireguard()?)))
}
