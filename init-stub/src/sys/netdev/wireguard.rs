//! Tunnels of WireGuard over generic netlink (linux/wireguard.h). Private keys go to the kernel and are never read back: it says which
//! public key it has made of one.

use super::message::{NetlinkRequest, attribute, attributes, family, ip_attribute, ip_of, nested, u16_at, u32_at};
use super::socket::NetlinkSocket;
use crate::core::config::{KeyBytes, Prefix, key_text};
use crate::core::plan::network::{SeenPeer, SeenWireguard};
use std::io::{Error, Result};
use std::net::SocketAddr;

/// Where families of generic netlink are looked up, and how.
const CONTROLLER: u16 = 16;
const GET_FAMILY: u8 = 3;
const FAMILY_ID: u16 = 1;
const FAMILY_NAME: u16 = 2;

const GET_DEVICE: u8 = 0;
const SET_DEVICE: u8 = 1;
const DEVICE_NAME: u16 = 2;
const DEVICE_PRIVATE_KEY: u16 = 3;
const DEVICE_PUBLIC_KEY: u16 = 4;
const DEVICE_PORT: u16 = 6;
const DEVICE_MARK: u16 = 7;
const DEVICE_PEERS: u16 = 8;
const PEER_PUBLIC_KEY: u16 = 1;
const PEER_PRESHARED_KEY: u16 = 2;
const PEER_FLAGS: u16 = 3;
const PEER_ENDPOINT: u16 = 4;
const PEER_KEEPALIVE: u16 = 5;
const PEER_HANDSHAKE: u16 = 6;
const PEER_ALLOWED: u16 = 9;
const ALLOWED_FAMILY: u16 = 1;
const ALLOWED_ADDRESS: u16 = 2;
const ALLOWED_LENGTH: u16 = 3;
/// Flags of a peer: its networks are these and no others; it is not added if it is not there.
const REPLACE_ALLOWED: u32 = 2;
const UPDATE_ONLY: u32 = 4;
/// The kernel wants it said where attributes consist of others.
const NESTED: u16 = 0x8000;
const GENERIC_HEADER: usize = 4;

/// A socket to ask about tunnels.
pub struct Tunnels {
    socket: NetlinkSocket,
    family: u16,
}

/// A peer of a tunnel, with its secret.
pub struct Peer<'a> {
    /// Its public key.
    pub public_key: KeyBytes,
    /// The second key; None: there is none.
    pub preshared_key: Option<KeyBytes>,
    /// Where it is; None: what the kernel knows stays.
    pub endpoint: Option<SocketAddr>,
    /// The networks behind it; at most about 1600, which is what one attribute can hold.
    pub allowed_ips: &'a [Prefix],
    /// How often an empty packet is sent, in seconds; 0: never.
    pub keepalive_seconds: u16,
}

impl Tunnels {
    /// Opens the socket. Fails with ENOENT before the kernel has made its first tunnel: the module is loaded with it.
    pub fn open() -> Result<Self> {
        let socket = NetlinkSocket::generic()?;
        let request = NetlinkRequest::change(CONTROLLER, 0, &header(GET_FAMILY));
        let bodies = socket.call(&request.with(attribute(FAMILY_NAME, b"wireguard\0")))?;
        let family = bodies.iter().find_map(|body| family_in(body));
        Ok(Self { socket, family: family.ok_or_else(|| Error::from_raw_os_error(libc::ENOENT))? })
    }

    /// What a tunnel is.
    pub fn read(&self, name: &str) -> Result<SeenWireguard> {
        let request = NetlinkRequest::dump(self.family, &header(GET_DEVICE)).with(name_of(name));
        Ok(tunnel_in(&self.socket.list(&request)?))
    }

    /// Gives a tunnel its private key.
    pub fn set_key(&self, name: &str, key: &KeyBytes) -> Result<()> {
        self.set(name, attribute(DEVICE_PRIVATE_KEY, key))
    }

    /// Gives a tunnel its UDP port.
    pub fn set_port(&self, name: &str, port: u16) -> Result<()> {
        self.set(name, attribute(DEVICE_PORT, &port.to_ne_bytes()))
    }

    /// Marks the encrypted packets.
    pub fn set_mark(&self, name: &str, mark: u32) -> Result<()> {
        self.set(name, attribute(DEVICE_MARK, &mark.to_ne_bytes()))
    }

    /// Adds a peer, or makes one that is there what is given. One with the machine's own key is not added, which the kernel does not say.
    /// One request is about one peer, so that the list may be of any length.
    pub fn add_peer(&self, name: &str, peer: &Peer) -> Result<()> {
        self.set(name, peers(peer_attributes(peer)))
    }

    /// Says where a peer is that is there.
    pub fn set_endpoint(&self, name: &str, public_key: &KeyBytes, endpoint: SocketAddr) -> Result<()> {
        let parts = vec![
            attribute(PEER_PUBLIC_KEY, public_key),
            attribute(PEER_FLAGS, &UPDATE_ONLY.to_ne_bytes()),
            attribute(PEER_ENDPOINT, &socket_address(endpoint)),
        ];
        self.set(name, peers(parts))
    }

    fn set(&self, name: &str, what: Vec<u8>) -> Result<()> {
        self.socket.request(&NetlinkRequest::change(self.family, 0, &header(SET_DEVICE)).with(name_of(name)).with(what))
    }
}

/// genlmsghdr.
fn header(command: u8) -> [u8; GENERIC_HEADER] {
    const VERSION: u8 = 1;
    [command, VERSION, 0, 0]
}

fn name_of(name: &str) -> Vec<u8> {
    attribute(DEVICE_NAME, &[name.as_bytes(), &[0]].concat())
}

fn family_in(body: &[u8]) -> Option<u16> {
    let all = attributes(body.get(GENERIC_HEADER..)?);
    all.iter().find(|(kind, _)| *kind == FAMILY_ID).and_then(|(_, value)| u16_at(value, 0))
}

/// The list of one peer.
fn peers(parts: Vec<Vec<u8>>) -> Vec<u8> {
    nested(DEVICE_PEERS | NESTED, &[nested(NESTED, &parts)])
}

fn peer_attributes(peer: &Peer) -> Vec<Vec<u8>> {
    let networks: Vec<Vec<u8>> = peer.allowed_ips.iter().map(|one| nested(NESTED, &network_attributes(*one))).collect();
    let mut parts = vec![
        attribute(PEER_PUBLIC_KEY, &peer.public_key),
        attribute(PEER_FLAGS, &REPLACE_ALLOWED.to_ne_bytes()),
        // Zeros take away one that is there.
        attribute(PEER_PRESHARED_KEY, &peer.preshared_key.unwrap_or_default()),
        attribute(PEER_KEEPALIVE, &peer.keepalive_seconds.to_ne_bytes()),
        nested(PEER_ALLOWED | NESTED, &networks),
    ];
    parts.extend(peer.endpoint.map(|endpoint| attribute(PEER_ENDPOINT, &socket_address(endpoint))));
    parts
}

fn network_attributes(network: Prefix) -> [Vec<u8>; 3] {
    [
        attribute(ALLOWED_FAMILY, &u16::from(family(network.address)).to_ne_bytes()),
        ip_attribute(ALLOWED_ADDRESS, network.address),
        attribute(ALLOWED_LENGTH, &[network.prefix_length]),
    ]
}

/// sockaddr_in or sockaddr_in6.
fn socket_address(of: SocketAddr) -> Vec<u8> {
    let head = [u16::from(family(of.ip())).to_ne_bytes(), of.port().to_be_bytes()].concat();
    match of {
        SocketAddr::V4(of) => [head.as_slice(), &of.ip().octets(), &[0; 8]].concat(),
        SocketAddr::V6(of) => {
            [head.as_slice(), &of.flowinfo().to_ne_bytes(), &of.ip().octets(), &of.scope_id().to_ne_bytes()].concat()
        }
    }
}

fn socket_address_in(bytes: &[u8]) -> Option<SocketAddr> {
    let port = bytes.get(2..4)?.try_into().map(u16::from_be_bytes).ok()?;
    let of_ipv4 = u16_at(bytes, 0)? == u16::from(family(std::net::Ipv4Addr::UNSPECIFIED.into()));
    let ip = ip_of(if of_ipv4 { bytes.get(4..8)? } else { bytes.get(8..24)? })?;
    Some(SocketAddr::new(ip, port))
}

/// A tunnel in the messages of a dump. A peer with many networks goes on in the next message, with no more than its key and the rest of
/// them.
fn tunnel_in(bodies: &[Vec<u8>]) -> SeenWireguard {
    let mut tunnel = SeenWireguard::default();
    for (kind, value) in bodies.iter().flat_map(|body| attributes(body.get(GENERIC_HEADER..).unwrap_or_default())) {
        match kind {
            DEVICE_PUBLIC_KEY => {
                tunnel.public_key = key_in(value).filter(|key| *key != [0; 32]).map(|key| key_text(&key))
            }
            DEVICE_PORT => tunnel.listen_port = u16_at(value, 0).unwrap_or(0),
            DEVICE_MARK => tunnel.mark = u32_at(value, 0).unwrap_or(0),
            DEVICE_PEERS => {
                for peer in attributes(value).iter().filter_map(|(_, value)| peer_in(value)) {
                    match tunnel.peers.last_mut().filter(|last| last.public_key == peer.public_key) {
                        Some(last) => last.allowed_ips.extend(peer.allowed_ips),
                        None => tunnel.peers.push(peer),
                    }
                }
            }
            _ => {}
        }
    }
    tunnel
}

fn peer_in(parts: &[u8]) -> Option<SeenPeer> {
    let mut peer = SeenPeer::default();
    for (kind, value) in attributes(parts) {
        match kind {
            PEER_PUBLIC_KEY => peer.public_key = key_text(&key_in(value)?),
            PEER_PRESHARED_KEY => peer.has_preshared_key = value.iter().any(|byte| *byte != 0),
            PEER_ENDPOINT => peer.endpoint = socket_address_in(value),
            PEER_KEEPALIVE => peer.persistent_keepalive_seconds = u16_at(value, 0)?,
            PEER_HANDSHAKE => peer.handshake = value.get(..8)?.try_into().map(u64::from_ne_bytes).ok()?,
            PEER_ALLOWED => {
                peer.allowed_ips = attributes(value).iter().filter_map(|(_, value)| network_in(value)).collect()
            }
            _ => {}
        }
    }
    (!peer.public_key.is_empty()).then_some(peer)
}

fn network_in(parts: &[u8]) -> Option<Prefix> {
    let all = attributes(parts);
    let of = |wanted: u16| all.iter().find(|(kind, _)| *kind == wanted).map(|(_, value)| *value);
    Some(Prefix { address: ip_of(of(ALLOWED_ADDRESS)?)?, prefix_length: *of(ALLOWED_LENGTH)?.first()? })
}

fn key_in(value: &[u8]) -> Option<KeyBytes> {
    value.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str, prefix_length: u8) -> Prefix {
        Prefix { address: text.parse().unwrap(), prefix_length }
    }

    /// What the kernel would list of the peers that it was given, a message for each.
    fn listed(all: &[Peer]) -> Vec<Vec<u8>> {
        all.iter().map(|peer| [&header(GET_DEVICE)[..], &peers(peer_attributes(peer))].concat()).collect()
    }

    fn peer(byte: u8, allowed_ips: &[Prefix]) -> Peer<'_> {
        Peer { public_key: [byte; 32], preshared_key: None, endpoint: None, allowed_ips, keepalive_seconds: 0 }
    }

    #[test]
    fn a_peer_is_read_as_it_was_written() {
        let networks = [network("10.9.0.0", 24), network("fd00::", 64), network("0.0.0.0", 0)];
        for endpoint in ["192.0.2.1:51820", "[2001:db8::1]:1"] {
            let endpoint = endpoint.parse().ok();
            let one = Peer { preshared_key: Some([9; 32]), endpoint, keepalive_seconds: 25, ..peer(7, &networks) };
            let wanted = SeenPeer {
                public_key: key_text(&[7; 32]),
                has_preshared_key: true,
                endpoint,
                allowed_ips: networks.to_vec(),
                persistent_keepalive_seconds: 25,
                handshake: 0,
            };
            assert_eq!(tunnel_in(&listed(&[one])).peers, [wanted]);
        }
        assert!(!tunnel_in(&listed(&[peer(7, &[])])).peers[0].has_preshared_key);
    }

    #[test]
    fn a_peer_that_goes_on_in_the_next_message_is_one() {
        let (first, second) = ([network("10.9.0.0", 24)], [network("10.9.1.0", 24)]);
        let tunnel = tunnel_in(&listed(&[peer(7, &first), peer(7, &second), peer(8, &first)]));
        let counts: Vec<usize> = tunnel.peers.iter().map(|peer| peer.allowed_ips.len()).collect();
        assert_eq!(counts, [2, 1]);
    }

    #[test]
    fn a_tunnel_without_a_key_has_none_and_what_is_cut_is_passed_over() {
        let of = |key: [u8; 32]| {
            let parts = [
                attribute(DEVICE_PUBLIC_KEY, &key),
                attribute(DEVICE_PORT, &51820u16.to_ne_bytes()),
                attribute(DEVICE_MARK, &7u32.to_ne_bytes()),
            ];
            [&header(GET_DEVICE)[..], &parts.concat(), &peers(peer_attributes(&peer(7, &[network("10.9.0.0", 24)])))]
                .concat()
        };
        let tunnel = tunnel_in(&[of([3; 32])]);
        assert_eq!((tunnel.public_key, tunnel.listen_port, tunnel.mark), (Some(key_text(&[3; 32])), 51820, 7));
        assert_eq!(tunnel_in(&[of([0; 32])]).public_key, None);
        let whole = of([3; 32]);
        for cut in 0..whole.len() {
            let _ = tunnel_in(&[whole[..cut].to_vec()]);
        }
    }

    #[test]
    fn the_largest_peer_fits_one_attribute() {
        const MOST: usize = 1024;
        let networks = vec![network("2001:db8::", 32); MOST];
        let bytes = peers(peer_attributes(&peer(7, &networks)));
        assert_eq!(tunnel_in(&[[&header(GET_DEVICE)[..], &bytes].concat()]).peers[0].allowed_ips.len(), MOST);
    }
}
