//! IPv6 addresses that the kernel makes from router advertisements (SLAAC). The kernel does all of it; this part lets it do so
//! on an interface that init brings up, and reports each address as an event.

use crate::core::error::{Code, Result, Step};
use crate::core::event::{Body, Method};
use crate::pid1::event_loop::Token;
use crate::pid1::node::Node;
use crate::sys::netdev::{AddressAnnouncements, Ipv6Change, Links};
use std::collections::BTreeSet;
use std::io;
use std::net::Ipv6Addr;

const PROC: &str = "/proc/sys/net/ipv6/conf";

/// The addresses that were reported.
#[derive(Default)]
struct Slaac {
    announcements: Option<(AddressAnnouncements, Token)>,
    reported: BTreeSet<(u32, Ipv6Addr)>,
}

/// Says whether the kernel takes router advertisements on an interface: 0 never, 2 always, also on a node that forwards packets, as
/// every node with a kubelet does. It must be done before the interface comes up: the kernel asks for routers at once and not
/// again.
///
/// It is not done by `net.ipv6.conf.default`, from which the interfaces of pods are made: a pod could then advertise itself
/// as the node's router.
pub fn set_accept_ra(interface: &str, value: u32) -> io::Result<()> {
    set_in(PROC, interface, |_| true, value)
}

/// Has the kernel ask for routers on an interface that is up already, which it does when IPv6 begins on it. Its addresses of IPv6 go
/// meanwhile, and those of the config come back with the next look.
pub fn ask_for_routers(interface: &str) -> io::Result<()> {
    let is_up =
        |flags: String| u32::from_str_radix(flags.trim().trim_start_matches("0x"), 16).is_ok_and(|all| all & 1 == 1);
    if std::fs::read_to_string(format!("/sys/class/net/{interface}/flags")).is_ok_and(is_up) {
        for value in ["1\n", "0\n"] {
            std::fs::write(format!("{PROC}/{interface}/disable_ipv6"), value)?;
        }
    }
    Ok(())
}

/// Takes the kernel's own value away, by which an interface takes advertisements until the node forwards packets.
pub fn refuse_advertisements(interface: &str) -> io::Result<()> {
    set_in(PROC, interface, |now| now == "1", 0)
}

fn set_in(folder: &str, interface: &str, is_meant: impl Fn(&str) -> bool, value: u32) -> io::Result<()> {
    let path = format!("{folder}/{interface}/accept_ra");
    match std::fs::read_to_string(&path) {
        Ok(now) if is_meant(now.trim()) => std::fs::write(&path, format!("{value}\n")),
        Ok(_) => Ok(()),
        // The kernel has no IPv6, or not on this interface.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Reports the addresses that are there, and from now on each new one.
pub fn watch(node: &mut Node, links: &Links) -> Result<()> {
    if node.state::<Slaac>().announcements.is_some() {
        return Ok(());
    }
    let token = node.events.token();
    let open = || -> io::Result<AddressAnnouncements> {
        let announcements = AddressAnnouncements::open()?;
        node.events.watch(&announcements, token)?;
        Ok(announcements)
    };
    let announcements = open().step(Code::KernelRefused, "listen for", "IPv6 addresses")?;
    node.state::<Slaac>().announcements = Some((announcements, token));
    take(node, links, links.ipv6_addresses().step(Code::KernelRefused, "list", "IPv6 addresses")?);
    Ok(())
}

/// Reads what the kernel announces, if it was that which can be read.
pub fn hear(node: &mut Node, readable: Token) {
    let Some((announcements, token)) = &node.state::<Slaac>().announcements else { return };
    if *token != readable {
        return;
    }
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
            node.state::<Slaac>().reported.remove(&key);
            continue;
        }
        if !change.is_from_router || !change.is_usable || node.state::<Slaac>().reported.contains(&key) {
            continue;
        }
        let present = links.all().unwrap_or_default();
        let Some(link) = present.into_iter().find(|link| link.index == change.index) else { continue };
        node.state::<Slaac>().reported.insert(key);
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
    fn the_kernels_own_value_is_taken_away_and_that_of_the_config_is_written() {
        let folder = crate::scratch::Scratch::new("accept-ra");
        let root = folder.join("conf").display().to_string();
        let path = format!("{root}/enp1s0.40/accept_ra");
        std::fs::create_dir_all(format!("{root}/enp1s0.40")).unwrap();
        let value = || std::fs::read_to_string(&path).unwrap();
        for (before, after) in [("1\n", "0\n"), ("2\n", "2\n"), ("0", "0")] {
            std::fs::write(&path, before).unwrap();
            set_in(&root, "enp1s0.40", |now| now == "1", 0).unwrap();
            assert_eq!(value(), after);
        }
        set_in(&root, "enp1s0.40", |_| true, 2).unwrap();
        assert_eq!(value(), "2\n");
        set_in(&root, "without-ipv6", |_| true, 2).unwrap();
    }
}
