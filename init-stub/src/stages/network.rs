//! Stage `network`: loopback, static addresses, default routes. An interface may appear late, so it is waited for.

use crate::config::{Interface, InterfaceSelector, Ipv4};
use crate::error::{Code, Error, Result, Step};
use crate::node::Node;
use crate::sys::netdev::Links;
use crate::sys::uevent::Uevents;
use std::time::{Duration, Instant};

const STAGE: &str = "network";
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Brings the interfaces up in the order of the config.
pub fn run(node: &mut Node) -> Result<()> {
    let config = node.config()?;
    let links = Links::open().step(Code::NetworkRefused, STAGE, "open", "socket")?;
    links.up("lo").step(Code::NetworkRefused, STAGE, "bring up", "lo")?;
    for (at, interface) in config.network.interfaces.iter().enumerate() {
        let pointer = format!("/network/interfaces/{at}");
        let name = wait_for(&interface.selector).map_err(|error| error.with_pointer(format!("{pointer}/selector")))?;
        set_up(&links, &name, interface).map_err(|error| error.with_pointer(pointer))?;
    }
    Ok(())
}

fn set_up(links: &Links, name: &str, interface: &Interface) -> Result<()> {
    if let Some(bytes) = interface.mtu_bytes {
        links.mtu(name, bytes).step(Code::NetworkRefused, STAGE, "set MTU of", name)?;
    }
    let Ipv4::Static { address, prefix_length, gateway } = interface.ipv4 else { return Ok(()) };
    links.address(name, address, prefix_length).step(Code::NetworkRefused, STAGE, "set address of", name)?;
    links.up(name).step(Code::NetworkRefused, STAGE, "bring up", name)?;
    match gateway {
        Some(gateway) => {
            links.default_route(name, gateway).step(Code::NetworkRefused, STAGE, "set default route over", name)
        }
        None => Ok(()),
    }
}

/// The name of the interface. The kernel's announcements wake this up; it looks again at each.
fn wait_for(selector: &InterfaceSelector) -> Result<String> {
    let announcements = Uevents::open().step(Code::KernelRefused, STAGE, "listen for", "new interfaces")?;
    let until = Instant::now() + LONGEST_WAIT;
    loop {
        let present = interfaces();
        if let Some(name) = choose(selector, &present) {
            return Ok(name);
        }
        if !announcements.wait(until) {
            let wanted = match selector {
                InterfaceSelector::All {} => "an interface".into(),
                InterfaceSelector::Name { name } => format!("interface {name}"),
                InterfaceSelector::Mac { mac } => format!("interface with MAC address {mac}"),
            };
            let found: Vec<String> = present.iter().map(|(name, mac)| format!("{name} ({mac})")).collect();
            return Err(Error::new(Code::InterfaceNotFound, STAGE, "find", wanted)
                .with_detail(format!("this machine has: {}", found.join(", "))));
        }
    }
}

/// Name and MAC address of every interface.
fn interfaces() -> Vec<(String, String)> {
    let mut found: Vec<_> = std::fs::read_dir("/sys/class/net")
        .into_iter()
        .flatten()
        .flatten()
        .map(|link| {
            (
                link.file_name().to_string_lossy().into_owned(),
                std::fs::read_to_string(link.path().join("address")).unwrap_or_default().trim().to_lowercase(),
            )
        })
        .collect();
    found.sort();
    found
}

fn choose(selector: &InterfaceSelector, present: &[(String, String)]) -> Option<String> {
    let fits = |(name, mac): &&(String, String)| match selector {
        InterfaceSelector::All {} => name != "lo",
        InterfaceSelector::Name { name: wanted } => wanted == name,
        InterfaceSelector::Mac { mac: wanted } => wanted == mac,
    };
    present.iter().find(fits).map(|(name, _)| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_is_chosen_by_name_or_mac() {
        let present = [("eth0".into(), "52:54:00:12:34:56".into()), ("lo".into(), "00:00:00:00:00:00".into())];
        assert_eq!(
            choose(&InterfaceSelector::Mac { mac: "52:54:00:12:34:56".into() }, &present).as_deref(),
            Some("eth0")
        );
        assert_eq!(choose(&InterfaceSelector::Name { name: "eth1".into() }, &present), None);
    }
}
