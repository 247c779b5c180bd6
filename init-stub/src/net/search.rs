//! The network of the search for a config: that of `keel.network=`, else DHCP on every interface.

use super::{ATTEMPT, Found, facts, follow, names, no_route, platform, setup, start_minimal, wait_for_route};
use crate::core::config::Network;
use crate::core::error::{Code, Step};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sys::netdev::Links;

/// Brings the network up for the sources. One call is one attempt of some seconds, and may be made again after any failure.
pub fn start(node: &mut Node) -> Result<(), Interrupt> {
    match platform::given()? {
        Some(network) => start_given(node, network.into_network()),
        None => start_minimal(node),
    }
}

fn start_given(node: &mut Node, network: Network) -> Result<(), Interrupt> {
    let expected = setup::expected(&network);
    if follow::followed(node).is_none() {
        setup::begin_search(node, network)?;
    }
    let links = Links::open().step(Code::NetworkRefused, "open", "socket")?;
    setup::settle(node, &links, ATTEMPT, true)?;
    facts::gather(node);
    names::refresh(node);
    let is_dynamic = expected.ipv4 || expected.ipv6;
    if is_dynamic && wait_for_route(node, expected, ATTEMPT)? == Found::None {
        return Err(no_route(&links.all()).into());
    }
    Ok(())
}
