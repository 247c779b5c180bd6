//! The DHCP client as a task of PID 1: what it is to do, what it says, and that it is started again when it dies.

use super::dhcp_event::DhcpEvent;
use super::state::{ActiveLease, Network};
use super::wanted::{Remembered, Wanted};
use super::{facts, names};
use crate::core::codec::dhcp::lease::Lease;
use crate::core::error::{Code, Error};
use crate::core::event::{Body, Method};
use crate::pid1::node::Node;
use crate::pid1::task::{self, Command, End, Next, Task};

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
    let wanted = Wanted { remembered: remembered(network), ..network.wanted.clone()? };
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
            DhcpEvent::Lease { interface, lease, metric, looking } => {
                node.state::<Network>().looking = looking;
                leased(node, interface, ActiveLease { lease, metric });
            }
            DhcpEvent::Lost { interface, .. } => {
                if node.state::<Network>().leases.remove(&interface).is_some() {
                    node.emit(Body::LeaseLost { interface });
                }
            }
            DhcpEvent::Refused { verb, object, errno } => {
                node.warn(Error { errno, ..Error::new(Code::NetworkRefused, &verb, object) }, None);
            }
        }
    }
    facts::gather(node);
    names::refresh(node);
}

/// A renewal that changes nothing is not an event.
fn leased(node: &mut Node, interface: String, held: ActiveLease) {
    let lease = held.lease.clone();
    let reported = |lease: &Lease| (lease.address, lease.prefix_length, lease.gateway(), lease.nameservers.clone());
    let before = node.state::<Network>().leases.insert(interface.clone(), held);
    if before.is_none_or(|before| reported(&before.lease) != reported(&lease)) {
        node.emit(Body::LinkConfigured {
            interface,
            method: Method::Dhcp,
            address: format!("{}/{}", lease.address, lease.prefix_length),
            gateway: lease.gateway().map(|gateway| gateway.to_string()),
            nameservers: lease.nameservers.iter().map(ToString::to_string).collect(),
            lease_ms: lease.seconds.map(|seconds| u64::from(seconds) * 1000),
        });
    }
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
