//! Operations on links as the kernel gets them.

use super::{advertisements, wireguard};
use crate::core::config::{MAIN_TABLE, Network, RouteTo};
use crate::core::error::{Code, Error};
use crate::core::plan::network::{LinkAction, LinkOperation, MadeKind, SeenNetwork};
use crate::sys::netdev::{Address, LinkRequest, Links, Route};
use std::collections::BTreeMap;
use std::io;

/// Numbers of links by their names.
pub type Indexes = BTreeMap<String, u32>;

/// Those of the links that are there.
pub fn indexes(seen: &SeenNetwork) -> Indexes {
    seen.links.iter().map(|link| (link.name.clone(), link.index)).collect()
}

/// Operations that go to the kernel together.
pub type Queue<'a> = Vec<(&'a LinkAction, LinkRequest)>;
/// Operations with what came of them.
pub type Done<'a> = Vec<(&'a LinkAction, io::Result<()>)>;

/// Hands the queue to the kernel.
pub fn finish<'a>(links: &Links, queue: &mut Queue<'a>) -> Done<'a> {
    let (actions, requests): (Vec<_>, Vec<_>) = std::mem::take(queue).into_iter().unzip();
    actions.into_iter().zip(links.change_all(&requests)).collect()
}

/// Whether an operation needs what is in the queue: a VLAN gets the MTU that its link has when it is made, and a name must be free.
pub fn must_wait(queue: &Queue, action: &LinkAction) -> bool {
    let is_harmless = |operation: &LinkOperation| {
        matches!(operation, LinkOperation::BringUp | LinkOperation::AddAddress { .. } | LinkOperation::AddRoute { .. })
    };
    match action.operation {
        LinkOperation::SetAdvertisements { .. } => false,
        LinkOperation::MakeLink { .. } => !queue.iter().all(|(action, _)| is_harmless(&action.operation)),
        _ => true,
    }
}

/// The place of the link of the config that a pointer leads into.
pub fn place_of(pointer: &str) -> Option<usize> {
    pointer.strip_prefix("/network/links/")?.split('/').next()?.parse().ok()
}

fn known(indexes: &Indexes, name: &str) -> io::Result<u32> {
    indexes.get(name).copied().ok_or_else(|| io::Error::from_raw_os_error(libc::ENODEV))
}

/// An operation as the kernel gets it; None: [`carry_out`] does it.
pub fn request_of(indexes: &Indexes, action: &LinkAction) -> io::Result<Option<LinkRequest>> {
    let index = || known(indexes, &action.link);
    Ok(Some(match &action.operation {
        LinkOperation::MakeLink { .. }
        | LinkOperation::Rename { .. }
        | LinkOperation::SetAdvertisements { .. }
        | LinkOperation::SetKey { .. }
        | LinkOperation::SetPort { .. }
        | LinkOperation::SetMark { .. }
        | LinkOperation::AddPeer { .. } => return Ok(None),
        LinkOperation::SetMtu { bytes } => LinkRequest::set_mtu(index()?, *bytes),
        LinkOperation::BringDown => LinkRequest::down(index()?),
        LinkOperation::Join { of } => LinkRequest::join(index()?, known(indexes, of)?),
        LinkOperation::SetPrimary { member } => LinkRequest::prefer(index()?, known(indexes, member)?),
        LinkOperation::BringUp => LinkRequest::up(index()?),
        LinkOperation::AddAddress { address } => {
            let (ip, prefix_length) = (address.address, address.prefix_length);
            let address = Address { ip, prefix_length, lifetime_s: None, preferred_s: None, metric: 0 };
            LinkRequest::add_address(index()?, &address)
        }
        LinkOperation::AddRoute { route } => LinkRequest::add_route(index()?, &route_of(route)),
        LinkOperation::AddRule { rule } => LinkRequest::add_rule(rule),
    }))
}

/// Does what needs an answer, files of the kernel, or the secrets of a tunnel, which are in the config.
pub fn carry_out(links: &Links, config: &Network, indexes: &mut Indexes, action: &LinkAction) -> io::Result<()> {
    let name = action.link.as_str();
    match &action.operation {
        LinkOperation::MakeLink { kind } => {
            let on = match kind {
                MadeKind::Vlan(vlan) => Some(known(indexes, &vlan.link)?),
                _ => None,
            };
            indexes.insert(name.into(), links.make(name, kind, on)?);
        }
        LinkOperation::Rename { name: new } => {
            let index = known(indexes, name)?;
            links.rename(index, new)?;
            indexes.remove(name);
            indexes.insert(new.clone(), index);
        }
        LinkOperation::SetAdvertisements { accepted, addresses } => {
            advertisements::set_advertisements(name, *accepted, *addresses)?;
        }
        LinkOperation::SetKey { .. }
        | LinkOperation::SetPort { .. }
        | LinkOperation::SetMark { .. }
        | LinkOperation::AddPeer { .. } => {
            let link = place_of(&action.pointer).and_then(|place| config.links().get(place));
            let Some(tunnel) = link.and_then(|link| link.kind.wireguard()) else { return Ok(()) };
            let peer = action.pointer.rsplit('/').next().and_then(|place| place.parse().ok());
            wireguard::carry_out(name, tunnel, &action.operation, peer)?;
        }
        _ => {}
    }
    Ok(())
}

fn route_of(route: &RouteTo) -> Route {
    Route {
        destination: route.destination,
        prefix_length: route.prefix_length,
        gateway: route.gateway,
        source: route.source,
        metric: route.effective_metric(),
        table: route.table.unwrap_or(MAIN_TABLE),
        on_link: route.on_link == Some(true),
    }
}

/// The failure of an operation.
pub fn refused(action: &LinkAction, error: &io::Error) -> Error {
    let name = &action.link;
    let (verb, object) = match &action.operation {
        LinkOperation::MakeLink { .. } => ("make", name.clone()),
        LinkOperation::Rename { name: new } => ("rename", format!("{name} to {new}")),
        LinkOperation::SetMtu { .. } => ("set MTU of", name.clone()),
        LinkOperation::BringDown => ("bring down", name.clone()),
        LinkOperation::Join { of } => ("make a member of", format!("{of}: {name}")),
        LinkOperation::SetPrimary { member } => ("set primary member of", format!("{name}: {member}")),
        LinkOperation::SetAdvertisements { .. } => ("set accept_ra of", name.clone()),
        LinkOperation::BringUp => ("bring up", name.clone()),
        LinkOperation::SetKey { .. } => ("set private key of", name.clone()),
        LinkOperation::SetPort { port } => ("set port of", format!("{name}: {port}")),
        LinkOperation::SetMark { mark } => ("set mark of", format!("{name}: {mark}")),
        LinkOperation::AddPeer { public_key, .. } => ("add peer of", format!("{name}: {public_key}")),
        LinkOperation::AddAddress { address } => {
            ("set address of", format!("{name}: {}/{}", address.address, address.prefix_length))
        }
        LinkOperation::AddRoute { route } if route.prefix_length == 0 => ("set default route over", name.clone()),
        LinkOperation::AddRoute { route } => {
            ("add route over", format!("{name}: {}/{}", route.destination, route.prefix_length))
        }
        LinkOperation::AddRule { rule } => ("add rule for", format!("table {}", rule.table)),
    };
    let errno = error.raw_os_error();
    let detail = errno.is_none().then(|| error.to_string());
    Error { errno, detail, ..Error::new(Code::NetworkRefused, verb, object) }.with_pointer(&action.pointer)
}
