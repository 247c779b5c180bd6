//! The address that the node has in its cluster, where the config names networks for it: the kubelet's `--node-ip`.

use super::change_worker;
use super::flags::NODE_IP;
use crate::core::config::{ExtraArg, NodeAddress, Prefix, Worker};
use crate::core::error::{Code, Error};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::pid1::wait::until;
use std::net::IpAddr;

/// How long a lease or an advertisement of the second family may take before its lack is reported, in milliseconds.
const TIMEOUT: u64 = 10_000;
/// How long an address in the first network of a family may take when there is one in a later network, in milliseconds.
const BETTER: u64 = 3_000;

/// Adds to the flags of the kubelet the address of the node in the networks that the config names, and waits for it: with another
/// one, pods and other nodes would look for this node where it is not.
pub fn add_address(node: &mut Node) -> Result<(), Interrupt> {
    let config = node.config()?;
    let Some(NodeAddress { subnets }) = super::worker(&config).and_then(|worker| worker.node_address.clone()) else {
        return Ok(());
    };
    drop(config);
    let value = until_found(node, &subnets)?.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(",");
    change_worker(node, |worker| set_address(worker, value))
}

/// The stage may run again, with another address by then.
fn set_address(worker: &mut Worker, value: String) {
    worker.kubelet_extra_args.retain(|argument| argument.name != NODE_IP);
    worker.kubelet_extra_args.push(ExtraArg { name: NODE_IP.into(), value });
}

/// Reports why it waits, and again when there is another reason.
fn until_found(node: &mut Node, subnets: &[Prefix]) -> Result<Vec<IpAddr>, Interrupt> {
    let mut reported = None;
    loop {
        let is_found = |node: &mut Node| node_addresses(subnets, &node.network.addresses).is_ok();
        if until(node, TIMEOUT, is_found)? && !until(node, BETTER, |node| are_best(subnets, &node.network.addresses))? {
            node.warn(not_best(subnets, &node.network.addresses), None);
        }
        match node_addresses(subnets, &node.network.addresses) {
            Ok(found) => return Ok(found),
            Err(error) if reported.as_ref() == Some(&error) => {}
            Err(error) => {
                node.warn(error.clone(), Some(TIMEOUT));
                reported = Some(error);
            }
        }
    }
}

/// Of each family that is named, in the order in which the families first appear, the first address in one of its networks: of the
/// networks the first that has one, and in it the first of the node's. Fails if a family has none.
pub fn node_addresses(subnets: &[Prefix], addresses: &[IpAddr]) -> Result<Vec<IpAddr>, Error> {
    let first = subnets.first().is_some_and(|subnet| subnet.address.is_ipv4());
    let mut found = Vec::new();
    for is_ipv4 in [first, !first] {
        let mut named = subnets.iter().filter(|subnet| subnet.address.is_ipv4() == is_ipv4).peekable();
        if named.peek().is_none() {
            continue;
        }
        match named.find_map(|subnet| addresses.iter().find(|address| subnet.contains(**address))) {
            Some(address) => found.push(*address),
            None => return Err(missing(is_ipv4, subnets, addresses)),
        }
    }
    Ok(found)
}

/// The first network of each family that is named, where the node has no address in it.
fn without_best<'a>(subnets: &'a [Prefix], addresses: &[IpAddr]) -> Vec<&'a Prefix> {
    let first = |is_ipv4: bool| subnets.iter().find(|subnet| subnet.address.is_ipv4() == is_ipv4);
    let is_without = |subnet: &&Prefix| !addresses.iter().any(|address| subnet.contains(*address));
    [true, false].into_iter().filter_map(first).filter(is_without).collect()
}

/// Whether there is an address in each of them, so that no wait brings better ones.
fn are_best(subnets: &[Prefix], addresses: &[IpAddr]) -> bool {
    without_best(subnets, addresses).is_empty()
}

/// What was waited for at this boot, and will be at each.
fn not_best(subnets: &[Prefix], addresses: &[IpAddr]) -> Error {
    let named = without_best(subnets, addresses).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Error::new(Code::NodeAddressMissing, "find address in", named)
        .with_detail(format!("none came in {} s; the node takes an address in a later network", BETTER / 1000))
        .with_pointer("/kubernetes/nodeAddress/subnets")
}

fn missing(is_ipv4: bool, subnets: &[Prefix], addresses: &[IpAddr]) -> Error {
    let named = subnets.iter().filter(|subnet| subnet.address.is_ipv4() == is_ipv4);
    let named = named.map(Prefix::to_string).collect::<Vec<_>>().join(", ");
    let own = addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ");
    let has = if own.is_empty() { "the node has no address" } else { "the node has " };
    Error::new(Code::NodeAddressMissing, "find address in", named)
        .with_detail(format!("{has}{own}"))
        .with_pointer("/kubernetes/nodeAddress/subnets")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(subnets: &[&str], addresses: &[&str]) -> (Vec<Prefix>, Vec<IpAddr>) {
        let prefix = |text: &&str| {
            let (address, length) = text.split_once('/').unwrap();
            Prefix { address: address.parse().unwrap(), prefix_length: length.parse().unwrap() }
        };
        (subnets.iter().map(prefix).collect(), addresses.iter().map(|text| text.parse().unwrap()).collect())
    }

    fn found(subnets: &[&str], addresses: &[&str]) -> Result<Vec<String>, Error> {
        let (subnets, addresses) = read(subnets, addresses);
        Ok(node_addresses(&subnets, &addresses)?.iter().map(IpAddr::to_string).collect())
    }

    #[test]
    fn the_first_network_with_an_address_counts_and_in_it_the_first_address() {
        let own = ["10.9.0.5", "192.0.2.9", "192.0.2.10"];
        assert_eq!(found(&["198.51.100.0/24", "192.0.2.0/24", "10.0.0.0/8"], &own).unwrap(), ["192.0.2.9"]);
        assert_eq!(found(&["10.0.0.0/8", "192.0.2.0/24"], &own).unwrap(), ["10.9.0.5"]);
        assert_eq!(found(&["0.0.0.0/0"], &own).unwrap(), ["10.9.0.5"]);
        assert_eq!(found(&["192.0.2.10/32"], &own).unwrap(), ["192.0.2.10"]);
    }

    #[test]
    fn an_address_in_the_first_network_of_each_family_is_the_best() {
        let best = |subnets: &[&str], addresses: &[&str]| {
            let (subnets, addresses) = read(subnets, addresses);
            are_best(&subnets, &addresses)
        };
        let named = ["2001:db8:7::/64", "192.0.2.0/24", "::/0"];
        assert!(!best(&named, &["192.0.2.9", "2001:db8::9"]));
        assert!(best(&named, &["192.0.2.9", "2001:db8::9", "2001:db8:7::9"]));
        assert!(!best(&["192.0.2.0/24", "10.0.0.0/8"], &["10.0.0.9"]));
        assert!(best(&["192.0.2.0/24", "10.0.0.0/8"], &["192.0.2.9"]), "the other family is not named");
    }

    #[test]
    fn a_first_network_that_was_waited_for_in_vain_is_named() {
        let (subnets, own) =
            read(&["2001:db8:7::/64", "192.0.2.0/24", "::/0", "0.0.0.0/0"], &["10.0.0.9", "2001:db8:7::9"]);
        let error = not_best(&subnets, &own);
        assert_eq!((error.code, error.object.as_str()), (Code::NodeAddressMissing, "192.0.2.0/24"));
        assert_eq!(error.detail.as_deref(), Some("none came in 3 s; the node takes an address in a later network"));
    }

    #[test]
    fn each_family_that_is_named_has_one_address_in_the_order_of_the_first_networks() {
        let own = ["192.0.2.9", "2001:db8::9", "2001:db8:7::9"];
        assert_eq!(found(&["2001:db8:7::/64", "192.0.2.0/24", "::/0"], &own).unwrap(), ["2001:db8:7::9", "192.0.2.9"]);
        assert_eq!(found(&["192.0.2.0/24", "::/0"], &own).unwrap(), ["192.0.2.9", "2001:db8::9"]);
        assert_eq!(found(&["2001:db8::/64"], &own).unwrap(), ["2001:db8::9"]);
    }

    #[test]
    fn the_last_address_that_was_found_counts() {
        let mut worker = crate::cluster::join::example(serde_json::json!({ "type": "joined" }));
        let before = worker.kubelet_extra_args.len();
        for address in ["192.0.2.9", "192.0.2.10"] {
            set_address(&mut worker, address.into());
        }
        assert_eq!(worker.kubelet_extra_args.len(), before + 1);
        assert_eq!(worker.kubelet_extra_args.last().unwrap().value, "192.0.2.10");
    }

    #[test]
    fn a_family_without_an_address_is_said_with_its_networks_and_what_there_is() {
        let error = found(&["192.0.2.0/24", "2001:db8::/64", "fd00::/8"], &["192.0.2.9", "2001:db8:1::9"]).unwrap_err();
        assert_eq!((error.code, error.object.as_str()), (Code::NodeAddressMissing, "2001:db8::/64, fd00::/8"));
        assert_eq!(error.detail.as_deref(), Some("the node has 192.0.2.9, 2001:db8:1::9"));
        let error = found(&["192.0.2.0/24"], &[]).unwrap_err();
        assert_eq!(error.detail.as_deref(), Some("the node has no address"));
    }
}
