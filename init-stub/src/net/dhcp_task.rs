//! The DHCP client as a task of PID 1: what it is to do, what it says, and that it is started again when it dies.

use super::dhcp_event::DhcpEvent;
use super::state::{ActiveLease, Network};
use super::wanted::{Remembered, Remembered6, Wanted};
use super::{facts, lease_event, names, state};
use crate::core::codec::dhcp6::lease::Lease6;
use crate::core::error::{Code, Error};
use crate::core::event::Body;
use crate::pid1::node::Node;
use crate::pid1::task::{self, Command, End, Next, Task};
use crate::sys::netdev::Links;

/// It ends only with PID 1, or when it is told to.
static DHCP: Task = Task { name: "dhcp", stage: "network", command, lines, ended, ..Task::DEFAULT };

/// Its output other than events: most lines, and most characters of one.
const MOST_WORDS: usize = 5;
const LONGEST_WORDS: usize = 200;

/// Stops it; its leases stay in force.
pub fn stop(node: &mut Node) {
    task::stop(node, &DHCP);
    node.state::<Network>().wanted = None;
}

/// Lets it do something else. The new one takes over the leases of the old one.
pub fn replace(node: &mut Node, wanted: Wanted) {
    task::stop(node, &DHCP);
    node.state::<Network>().wanted = (!wanted.interfaces.is_empty()).then_some(wanted);
    task::start(node, &DHCP);
}

fn command(node: &mut Node) -> Option<Command> {
    let network = node.state::<Network>();
    network.last_words.clear();
    let (remembered, remembered6) = (remembered(network), remembered6(network));
    let wanted = Wanted { remembered, remembered6, ..network.wanted.clone()? };
    Some(Command { oom_score: -900, ..Command::worker("dhcp", &wanted) })
}

fn lines(node: &mut Node, lines: &[String]) {
    let mut events: Vec<DhcpEvent> = Vec::new();
    for line in lines {
        match serde_json::from_slice(line.as_bytes()) {
            Ok(event) => events.push(event),
            Err(_) => node.state::<Network>().remember(line),
        }
    }
    hear(node, events);
}

/// Takes in what the DHCP client says.
fn hear(node: &mut Node, events: Vec<DhcpEvent>) {
    for event in events {
        match event {
            DhcpEvent::Lease { interface, lease, metric, looking, mtu_before } => {
                node.state::<Network>().looking = looking;
                leased(node, interface, ActiveLease { lease, metric, mtu_before });
            }
            DhcpEvent::Lost { interface, .. } => {
                if let Some(held) = node.state::<Network>().leases.remove(&interface) {
                    node.emit(Body::LeaseLost { interface, address: held.lease.address.to_string() });
                }
            }
            DhcpEvent::Taken { interface, address } => {
                node.warn(state::another_has(&interface, address), None);
            }
            DhcpEvent::Lease6 { interface, index, lease } => leased6(node, interface, index, lease),
            DhcpEvent::Lost6 { interface, why } => {
                if let Some(lease) = node.state::<Network>().lost6(&interface, why) {
                    node.emit(Body::LeaseLost { interface, address: lease.address.to_string() });
                }
            }
            DhcpEvent::Information { interface, information } => {
                node.state::<Network>().ipv6.entry(interface).or_default().information = Some(information);
            }
            DhcpEvent::RouterNames { interface, servers, domains } => {
                let held = node.state::<Network>().ipv6.entry(interface).or_default();
                (held.servers, held.domains) = (servers, domains);
            }
            DhcpEvent::Refused { verb, object, errno } => {
                node.warn(Error { errno, ..Error::new(Code::NetworkRefused, &verb, object) }, None);
            }
        }
    }
    facts::gather(node);
    names::refresh(node);
}

fn leased(node: &mut Node, interface: String, held: ActiveLease) {
    let lease = held.lease.clone();
    let before = node.state::<Network>().leases.insert(interface.clone(), held);
    node.emit(lease_event::of(interface, before.map(|held| held.lease).as_ref(), &lease));
}

fn leased6(node: &mut Node, interface: String, index: u32, lease: Lease6) {
    let held = node.state::<Network>().ipv6.entry(interface.clone()).or_default();
    let before = held.lease.replace((index, lease.clone())).map(|(_, lease)| lease);
    let gateway = || Links::open().and_then(|links| links.ipv6_gateways()).ok()?.get(&index).map(ToString::to_string);
    node.emit(lease_event::of6(interface, before.as_ref(), &lease, gateway));
}

/// It never should end; leases stay in force until their end.
fn ended(node: &mut Node, end: End) -> Next {
    let network = node.state::<Network>();
    let (error, ran_ms) = match end {
        End::NotStarted(error) => (error, 0),
        End::Ended { exit, ran_ms, .. } => {
            let last = network.last_words.back().map(|line| format!("; last output: {line}")).unwrap_or_default();
            let error = Error::new(Code::ProcessCrashed, "run", "the DHCP client")
                .with_detail(format!("it exited unexpectedly with {}{last}", exit.ending()));
            (error, ran_ms)
        }
    };
    let delay = network.backoff.after(ran_ms);
    node.warn(error, Some(delay));
    Next::Again(delay)
}

fn remembered(network: &Network) -> Vec<Remembered> {
    let leases = network.leases.iter();
    leases
        .map(|(interface, held)| Remembered {
            interface: interface.clone(),
            address: held.lease.address,
            prefix_length: held.lease.prefix_length,
            metric: held.metric,
            routes: held.lease.routes.clone(),
            mtu_before: held.mtu_before,
        })
        .collect()
}

fn remembered6(network: &Network) -> Vec<Remembered6> {
    let held = network.ipv6.iter().filter_map(|(interface, held)| Some((interface, held.lease.as_ref()?)));
    let is_static = |lease: &Lease6| network.statics.iter().any(|one| one.address == lease.address);
    held.map(|(interface, (_, lease))| Remembered6 {
        interface: interface.clone(),
        address: lease.address,
        endless: lease.seconds.is_none() && !is_static(lease),
    })
    .collect()
}

impl Network {
    fn remember(&mut self, line: &str) {
        let text: String = line.chars().take(LONGEST_WORDS).collect();
        if !text.trim().is_empty() {
            self.last_words.push_back(text);
        }
        if self.last_words.len() > MOST_WORDS {
            self.last_words.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_few_lines_other_than_events_are_the_last_words() {
        let mut network = Network::default();
        for line in ["one", "  ", "two", "three", "four", "five", "six"] {
            network.remember(line);
        }
        assert_eq!(network.last_words, ["two", "three", "four", "five", "six"]);
        network.remember(&"x".repeat(1000));
        assert_eq!(network.last_words.back().unwrap().len(), LONGEST_WORDS);
    }
}
