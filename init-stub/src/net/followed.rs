//! Whose links the machine follows, and what is taken back of those of the search for the config.

use crate::core::config::{LinkKind, MachineConfig, Network, NetworkLink};
use crate::core::error::{Code, Result, Step};
use crate::core::plan::network::SeenLink;
use crate::sys::netdev::Links;
use std::collections::BTreeMap;
use std::io;
use std::ops::Deref;
use std::rc::Rc;

/// Whose links the machine follows.
#[derive(Clone)]
pub enum Followed {
    /// Those of the config.
    Config(Rc<MachineConfig>),
    /// Those of `keel.network=`, in the search for the config.
    Search(Rc<Network>),
}

impl Deref for Followed {
    type Target = Network;

    fn deref(&self) -> &Network {
        match self {
            Self::Config(config) => &config.network,
            Self::Search(network) => network,
        }
    }
}

/// MTUs of interfaces before they got those of the search, by their numbers.
pub type Mtus = BTreeMap<u32, u32>;

/// Those that interfaces have now.
pub fn mtus(links: &Links) -> Mtus {
    links.all().unwrap_or_default().iter().map(|link| (link.index, link.mtu)).collect()
}

/// Takes back links, addresses, routes and MTUs of the network `before` that `next` does not have.
pub fn take_back(links: &Links, before: &Network, next: &Network, mtus: &Mtus) -> Result<()> {
    let seen = links.all().step(Code::KernelRefused, "list", "network interfaces")?;
    for link in before.links().iter().rev().filter(|link| !next.links().contains(link)) {
        for one in seen.iter().filter(|one| is_of(one, link)) {
            let left = match &link.kind {
                LinkKind::Physical { .. } => clear(links, one, link, mtus),
                // What is on it goes with it, so it may have gone.
                _ => links.delete(one.index).or_else(|e| if is_gone(&e) { Ok(()) } else { Err(e) }),
            };
            left.step(Code::NetworkRefused, "take back what keel.network= has made of", &one.name)?;
        }
    }
    Ok(())
}

fn is_gone(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ENODEV)
}

fn is_of(seen: &SeenLink, link: &NetworkLink) -> bool {
    match &link.kind {
        LinkKind::Physical { selector } => seen.fits_or_all(selector),
        _ => link.name.as_ref() == Some(&seen.name) && !seen.is_physical(),
    }
}

/// Without its addresses of IPv4, which the kernel keeps; routes and addresses of IPv6 go when it goes down.
fn clear(links: &Links, seen: &SeenLink, link: &NetworkLink, mtus: &Mtus) -> io::Result<()> {
    for address in &link.addresses {
        links.remove_address(seen.index, address.address, address.prefix_length)?;
    }
    links.down(seen.index)?;
    former_mtu(seen, link, mtus).map_or(Ok(()), |bytes| links.set_mtu(seen.index, bytes))
}

/// The MTU that an interface gets back; None: it has it, or has not got another one from the link.
fn former_mtu(seen: &SeenLink, link: &NetworkLink, mtus: &Mtus) -> Option<u32> {
    mtus.get(&seen.index).copied().filter(|bytes| link.mtu_bytes.is_some() && *bytes != seen.mtu)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::codec::dracut::network_of_words;

    #[test]
    fn an_interface_gets_its_mtu_back_where_the_search_has_changed_it() {
        let former = |words: &str, now: u32| {
            let network = network_of_words(words).unwrap();
            let seen = SeenLink { index: 2, mtu: now, ..SeenLink::default() };
            former_mtu(&seen, network.links.first().unwrap(), &[(2, 1500)].into())
        };
        assert_eq!(former("ip=eth0:none:1400", 1400), Some(1500));
        assert_eq!(former("ip=eth0:none:1500", 1500), None);
        assert_eq!(former("ip=eth0:dhcp", 1400), None, "that of a lease is the client's");
    }
}
