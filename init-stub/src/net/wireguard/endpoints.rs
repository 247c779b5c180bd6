//! Where peers are that the config gives a name for. PID 1 asks no name server: a worker does. A name is looked up until it has an
//! address, and again when nothing has come from the peer for a while: it may have another one by then.

use super::{public_key, tunnels};
use crate::core::backoff::doubled;
use crate::core::config::{Network, WireguardEndpoint};
use crate::core::error::{Code, Error};
use crate::core::plan::network::{SeenPeer, SeenWireguard};
use crate::pid1::event_loop::Token;
use crate::pid1::node::Node;
use crate::pid1::task::{self, Command, End, Next, Task};
use crate::sys::clock::mono_ms;
use crate::sys::netdev::wireguard::Tunnels;
use crate::sys::timex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// Looks up names.
static LOOKUP: Task =
    Task { name: "names", stage: "network", command, deadline_ms: Some(30_000), lines, ended, ..Task::DEFAULT };

/// How often peers are looked at, in milliseconds.
const CHECK: u64 = 30_000;
/// Waits after a name that has no address: from one second, doubled up to half a minute.
const FIRST_WAIT: u64 = 1_000;
/// A failure is reported after so many in a row: the first name servers come with a lease.
const REPORTED: u32 = 4;
/// Both sides agree on new keys every two minutes while anything is sent, so after this time a peer is silent; in seconds.
const SILENT: u64 = 135;
/// What one worker looks up; the rest follows.
const MOST_NAMES: usize = 32;

/// What a worker has found out: one line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The name.
    pub name: String,
    /// Its addresses, the best first; None: why there are none.
    pub addresses: Result<Vec<IpAddr>, String>,
}

#[derive(Default)]
struct Endpoints {
    timer: Option<Token>,
    answers: Vec<Answer>,
    /// When a name was looked up last.
    asked: BTreeMap<String, u64>,
    failures: u32,
}

/// Looks after the peers that have names, from now on.
pub fn watch(node: &mut Node, network: &Network) {
    if named(network).is_empty() || node.state::<Endpoints>().timer.is_some() {
        return;
    }
    let timer = node.events.token();
    node.state::<Endpoints>().timer = Some(timer);
    check(node, network);
}

/// The next look at the peers, if it was its timer.
pub fn due(node: &mut Node, token: Token) {
    if node.state::<Endpoints>().timer == Some(token)
        && let Some(config) = node.config.clone()
    {
        check(node, &config.network);
    }
}

fn check(node: &mut Node, network: &Network) {
    match due_names(node, network).is_empty() {
        true => check_after(node, CHECK),
        false => task::start(node, &LOOKUP),
    }
}

fn check_after(node: &mut Node, ms: u64) {
    if let Some(timer) = node.state::<Endpoints>().timer {
        node.events.set_timer(timer, ms);
    }
}

/// A peer that the config gives a name for.
struct Named<'a> {
    link: &'a str,
    pointer: String,
    public_key: &'a str,
    key: [u8; 32],
    endpoint: &'a WireguardEndpoint,
}

fn named(network: &Network) -> Vec<Named<'_>> {
    let mut all = Vec::new();
    for (link, at, tunnel) in tunnels(network) {
        for (place, peer) in tunnel.peers.iter().enumerate() {
            let Some(endpoint) = peer.endpoint.as_ref().filter(|one| one.host.parse::<IpAddr>().is_err()) else {
                continue;
            };
            let Ok(key) = public_key(peer) else { continue };
            let pointer = format!("/network/links/{at}/kind/peers/{place}/endpoint/host");
            all.push(Named { link, pointer, public_key: &peer.public_key, key, endpoint });
        }
    }
    all
}

/// The tunnels that have named peers, as they are.
fn seen(named: &[Named]) -> BTreeMap<String, SeenWireguard> {
    let mut all = BTreeMap::new();
    let Ok(tunnels) = Tunnels::open() else { return all };
    for one in named {
        if !all.contains_key(one.link)
            && let Ok(tunnel) = tunnels.read(one.link)
        {
            all.insert(one.link.to_owned(), tunnel);
        }
    }
    all
}

fn peer_in<'a>(seen: &'a BTreeMap<String, SeenWireguard>, one: &Named) -> Option<&'a SeenPeer> {
    seen.get(one.link)?.peers.iter().find(|peer| peer.public_key == one.public_key)
}

/// The names that have no address yet or whose peers are silent, those first that were not looked up for the longest time.
fn due_names(node: &mut Node, network: &Network) -> Vec<String> {
    let named = named(network);
    let seen = seen(&named);
    let (now, clock) = (mono_ms(), u64::try_from(timex::now() / 1_000_000_000).unwrap_or(0));
    let asked = &node.state::<Endpoints>().asked;
    let mut due = BTreeMap::new();
    for one in &named {
        let last = asked.get(&one.endpoint.host).copied();
        let since = last.map(|last| now.saturating_sub(last) / 1000);
        if peer_in(&seen, one).is_some_and(|peer| is_due(peer, since, clock)) {
            due.insert((last, &one.endpoint.host), ());
        }
    }
    due.into_keys().map(|(_, name)| name.clone()).collect()
}

/// Whether the name of a peer is to be looked up. `since` are the seconds since that was done last.
fn is_due(peer: &SeenPeer, since: Option<u64>, clock: u64) -> bool {
    let is_silent = clock.saturating_sub(peer.handshake) >= SILENT;
    peer.endpoint.is_none() || (is_silent && since.is_none_or(|since| since >= SILENT))
}

/// The address to use: the first, or the next one where the one in use has brought nothing.
fn chosen(addresses: &[IpAddr], now: Option<IpAddr>) -> Option<IpAddr> {
    let place = now.and_then(|now| addresses.iter().position(|one| *one == now));
    let next = place.and_then(|place| addresses.get(place.saturating_add(1)));
    next.or_else(|| addresses.first()).copied()
}

fn command(node: &mut Node) -> Option<Command> {
    let config = node.config.clone()?;
    let mut names = due_names(node, &config.network);
    names.truncate(MOST_NAMES);
    let now = mono_ms();
    let state = node.state::<Endpoints>();
    state.answers.clear();
    state.asked.extend(names.iter().map(|name| (name.clone(), now)));
    if names.is_empty() {
        check_after(node, CHECK);
        return None;
    }
    Some(Command::worker("names", &names))
}

fn lines(node: &mut Node, lines: &[String]) {
    let answers = &mut node.state::<Endpoints>().answers;
    let room = MOST_NAMES.saturating_sub(answers.len());
    answers.extend(lines.iter().filter_map(|line| serde_json::from_slice(line.as_bytes()).ok()).take(room));
}

/// The timer says when the next look is, and not the task: most of them need no worker.
fn ended(node: &mut Node, end: End) -> Next {
    let answers = std::mem::take(&mut node.state::<Endpoints>().answers);
    let config = node.config.clone();
    let mut failed = if let End::NotStarted(error) = end { Some((error, None)) } else { None };
    if let Some(config) = config.as_ref() {
        let named = named(&config.network);
        let seen = seen(&named);
        for Answer { name, addresses } in &answers {
            for one in named.iter().filter(|one| one.endpoint.host == *name) {
                let outcome = match addresses {
                    Ok(addresses) => set(one, addresses, peer_in(&seen, one)),
                    Err(why) => Err(why.clone()),
                };
                if let Err(why) = outcome {
                    let error = Error::new(Code::EndpointUnresolved, "look up", name).with_detail(why);
                    failed.get_or_insert((error, Some(one.pointer.clone())));
                }
            }
        }
    }
    let state = node.state::<Endpoints>();
    let delay = doubled(FIRST_WAIT, CHECK, state.failures);
    state.failures = if failed.is_some() { state.failures.saturating_add(1) } else { 0 };
    if state.failures == REPORTED
        && let Some((error, pointer)) = failed
    {
        node.warn(Error { pointer, ..error }, Some(delay));
    }
    // With nothing left to do the next look is a while away.
    check_after(node, delay);
    Next::Done
}

/// Tells the kernel where a peer is.
fn set(one: &Named, addresses: &[IpAddr], seen: Option<&SeenPeer>) -> Result<(), String> {
    let now = seen.and_then(|peer| peer.endpoint).map(|endpoint| endpoint.ip());
    let ip = chosen(addresses, now).ok_or("it has no address")?;
    let endpoint = SocketAddr::new(ip, one.endpoint.port);
    let tunnels = Tunnels::open().map_err(|e| e.to_string())?;
    tunnels.set_endpoint(one.link, &one.key, endpoint).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_up_until_it_has_an_address_and_again_when_its_peer_is_silent() {
        let peer =
            |endpoint: &str, handshake| SeenPeer { endpoint: endpoint.parse().ok(), handshake, ..SeenPeer::default() };
        let nowhere = peer("", 0);
        assert!(is_due(&nowhere, None, 1000) && is_due(&nowhere, Some(1), 1000));
        let there = peer("192.0.2.1:1", 1000);
        assert!(!is_due(&there, Some(500), 1134), "two minutes ago both had new keys");
        assert!(is_due(&there, Some(135), 1135));
        assert!(!is_due(&there, Some(134), 1135), "the name was looked up meanwhile");
        assert!(!is_due(&peer("192.0.2.1:1", 0), Some(1), 1000), "it has just got its address");
        assert!(!is_due(&there, Some(500), 1), "the clock was set back");
    }

    #[test]
    fn the_next_address_is_used_when_one_has_brought_nothing() {
        let all: Vec<IpAddr> = ["192.0.2.1", "2001:db8::1"].map(|text| text.parse().unwrap()).to_vec();
        assert_eq!(chosen(&all, None), Some(all[0]));
        assert_eq!(chosen(&all, Some(all[0])), Some(all[1]));
        assert_eq!(chosen(&all, Some(all[1])), Some(all[0]));
        assert_eq!(chosen(&all, "192.0.2.9".parse().ok()), Some(all[0]), "it has moved");
        assert_eq!(chosen(&[], Some(all[0])), None);
    }
}
