//! The node's name, and the files in which names are looked up: /etc/hostname, /etc/hosts, /etc/resolv.conf,
//! /etc/machine-id.

mod discover;
pub mod files;

use super::follow;
use super::followed::Followed;
pub use crate::core::config::is_host_name;
use crate::core::config::{Hostname, LinkKind, MachineConfig, Network, NetworkLink};
use crate::core::error::{Code, Step};
use crate::core::scoped::{ScopedAddress, is_link_local};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sources::smbios::machine_uuid;
use crate::sys::kernel::{Kernel, Sys};
use crate::sys::netdev::Links;
pub use discover::{is_of_lease, kept, of_card};
use std::net::IpAddr;

/// Gives the node its name, which it returns, and writes the files.
pub fn settle(node: &mut Node) -> Result<String, Interrupt> {
    let config = node.config()?;
    let name = match &config.hostname {
        Hostname::Fixed { name } => name.clone(),
        Hostname::Discovered { from } => discover::run(node, from)?,
    };
    take(node, &config, &name)?;
    Ok(name)
}

/// The same before the network is there, for what starts that early: by the name of the config, else by the one that was kept,
/// else by that of the card. [`settle`] may find another one.
pub fn settle_early(node: &mut Node) -> Result<(), Interrupt> {
    let config = node.config()?;
    let name = match &config.hostname {
        Hostname::Fixed { name } => name.clone(),
        Hostname::Discovered { .. } => kept().or_else(of_card).unwrap_or_else(|| "localhost".into()),
    };
    take(node, &config, &name)
}

fn take(node: &Node, config: &MachineConfig, name: &str) -> Result<(), Interrupt> {
    rustix::system::sethostname(name.as_bytes()).step(Code::KernelRefused, "set host name", name)?;
    let written = files::write(
        &Kernel,
        config,
        &[
            ("/etc/hostname", format!("{name}\n")),
            (
                "/etc/hosts",
                files::hosts(name, node.network.address, config.network.hosts.as_deref().unwrap_or_default()),
            ),
            ("/etc/resolv.conf", resolv_conf(node, Some(&config.network))),
            ("/etc/machine-id", files::machine_id(machine_uuid().as_deref(), name)),
        ],
    );
    Ok(written?)
}

/// Rewrites the files that leases change. Before there is a config only name servers matter.
pub fn refresh(node: &mut Node) {
    let config = node.config.clone();
    let followed = config.clone().map(Followed::Config).or_else(|| follow::followed(node));
    let mut texts = vec![("/etc/resolv.conf", resolv_conf(node, followed.as_deref()))];
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if let Some(config) = config.as_ref().filter(|_| is_host_name(&name)) {
        texts.push((
            "/etc/hosts",
            files::hosts(&name, node.network.address, config.network.hosts.as_deref().unwrap_or_default()),
        ));
    }
    for (path, text) in texts {
        let declared = config.as_ref().is_some_and(|config| files::is_declared(config, path));
        if declared || std::fs::read(path).is_ok_and(|now| now == text.as_bytes()) {
            continue;
        }
        if let Err(error) = Kernel.write(path, 0o644, text.as_bytes()).step(Code::PathUnwritable, "write", path) {
            node.warn(error, None);
        }
    }
}

/// The name servers and search domains of the config, or of the command line in the search for it, else those of the leases.
fn resolv_conf(node: &Node, network: Option<&Network>) -> String {
    let (mut servers, mut search) = (Vec::new(), Vec::new());
    if let Some(network) = network {
        for link in network.links() {
            let of_link = link.nameservers.iter().flatten();
            servers.extend(of_link.map(|address| on_link(link, *address)));
        }
        servers.extend(network.nameservers.iter().map(|address| ScopedAddress::from(*address)));
        let of_links = network.links().iter().flat_map(|link| &link.search_domains);
        search.extend(of_links.chain(&network.search_domains).flatten().cloned());
    }
    if servers.is_empty() {
        servers.clone_from(&node.network.nameservers);
    }
    if search.is_empty() {
        search.clone_from(&node.network.search);
    }
    files::resolv_conf(&servers, &search)
}

/// A name server of a link. One on the link itself is nowhere without the link's name.
fn on_link(link: &NetworkLink, address: IpAddr) -> ScopedAddress {
    if !is_link_local(address) {
        return address.into();
    }
    let name = link.name.clone().or_else(|| {
        let LinkKind::Physical { selector } = &link.kind else { return None };
        let seen = Links::open().and_then(|links| links.all()).unwrap_or_default();
        seen.into_iter().find(|seen| seen.is_physical() && seen.fits(selector)).map(|seen| seen.name)
    });
    ScopedAddress { address, interface: name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_name_is_one_that_a_node_can_have() {
        for good in ["w1", "W1.example.org", "10-0-2-15", "keel-525400123456", "1a"] {
            assert!(is_host_name(good), "{good}");
        }
        let long = "a".repeat(65);
        for bad in
            ["", "-a", "a-", "a..b", "a_b", "10.0.2.15", "localhost", "localhost.localdomain", "(none)", "a b", &long]
        {
            assert!(!is_host_name(bad), "{bad}");
        }
    }
}
