//! IPv6 addresses that the kernel makes from router advertisements (SLAAC). The kernel does all of it; this part lets it do so
//! on an interface that init brings up, and reports each address as an event.

use super::STAGE;
use crate::error::{Code, Result, Step};
use crate::event::{Body, Method};
use crate::node::Node;
use crate::sys::netdev::{AddressAnnouncements, Ipv6Change, Links};
use crate::wakes::Source;
use std::collections::BTreeSet;
use std::io;
use std::net::Ipv6Addr;

const PROC: &str = "/proc/sys/net/ipv6/conf";

/// The addresses that were reported.
#[derive(Default)]
pub struct Slaac {
    announcements: Option<AddressAnnouncements>,
    reported: BTreeSet<(u32, Ipv6Addr)>,
}

/// Lets an interface take router advertisements also on a node that forwards packets, as every node with a kubelet does: the
/// kernel's own value 1 means "unless the node forwards", 2 means "always". Only 1 is changed, so that a value which the config
/// sets stays. It must be done before the interface comes up: the kernel asks for routers at once and not again.
///
/// It is not done by `net.ipv6.conf.default`, from which the interfaces of pods are made: a pod could then advertise itself
/// as the node's router.
pub fn accept_advertisements(interface: &str) -> io::Result<()> {
    accept_in(PROC, interface)
}

fn accept_in(folder: &str, interface: &str) -> io::Result<()> {
    let path = format!("{folder}/{interface}/accept_ra");
    match std::fs::read_to_string(&path) {
        Ok(value) if value.trim() == "1" => std::fs::write(&path, "2\n"),
        Ok(_) => Ok(()),
        // The kernel has no IPv6, or not on this interface.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Reports the addresses that are there, and from now on each new one.
pub fn watch(node: &mut Node, links: &Links) -> Result<()> {
    if node.network.slaac.announcements.is_some() {
        return Ok(());
    }
    let open = || -> io::Result<AddressAnnouncements> {
        let announcements = AddressAnnouncements::open()?;
        node.wakes.watch(&announcements, Source::Addresses)?;
        Ok(announcements)
    };
    node.network.slaac.announcements = Some(open().step(Code::KernelRefused, STAGE, "listen for", "IPv6 addresses")?);
    take(node, links, links.ipv6_addresses().step(Code::KernelRefused, STAGE, "list", "IPv6 addresses")?);
    Ok(())
}

/// Reads what the kernel announces.
pub fn hear(node: &mut Node) {
    let Some(announcements) = &node.network.slaac.announcements else { return };
    let (changes, missed) = announcements.read();
    let Ok(links) = Links::open() else { return };
    take(node, &links, changes);
    if missed {
        take(node, &links, links.ipv6_addresses().unwrap_or_default());
    }
}

/// An address is reported once it is known that nobody else on the link has it.
fn take(node: &mut Node, links: &Links, changes: Vec<Ipv6Change>) {
    for change in changes {
        let key = (change.index, change.address);
        if change.is_gone {
            node.network.slaac.reported.remove(&key);
            continue;
        }
        if !change.is_from_router || !change.is_usable || node.network.slaac.reported.contains(&key) {
            continue;
        }
        let present = links.all().unwrap_or_default();
        let Some(link) = present.into_iter().find(|link| link.index == change.index && link.physical) else { continue };
        node.network.slaac.reported.insert(key);
        let gateway = links.ipv6_gateway(change.index).ok().flatten();
        node.emit(Body::LinkConfigured {
            interface: link.name,
            method: Method::Slaac,
            address: format!("{}/{}", change.address, change.prefix_length),
            gateway: gateway.map(|gateway| gateway.to_string()),
            nameservers: Vec::new(),
            lease_ms: change.lifetime_s.map(|seconds| u64::from(seconds) * 1000),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_kernels_own_value_is_changed() {
        let folder = crate::scratch::Scratch::new("accept-ra");
        let root = folder.join("conf").display().to_string();
        for (interface, before, after) in
            [("eth0", "1\n", "2\n"), ("enp1s0.40", "1", "2\n"), ("eth1", "0\n", "0\n"), ("eth2", "2\n", "2\n")]
        {
            let path = format!("{root}/{interface}/accept_ra");
            std::fs::create_dir_all(format!("{root}/{interface}")).unwrap();
            std::fs::write(&path, before).unwrap();
            accept_in(&root, interface).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after, "{interface}");
        }
        accept_in(&root, "without-ipv6").unwrap();
    }
}
