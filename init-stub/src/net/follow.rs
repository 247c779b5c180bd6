//! The links of the machine follow those of the config: what the plan asks for is done when the network begins, and again whenever
//! the kernel announces a change.

use super::{advertisements, state};
use crate::core::backoff::doubled;
use crate::core::config::{MAIN_TABLE, Network, RouteTo};
use crate::core::error::{Code, Error, Result, Step};
use crate::core::event::{Body, Method};
use crate::core::plan::network::{LinkAction, LinkOperation, MadeKind, Missing, SeenNetwork, Taken, network};
use crate::pid1::event_loop::Token;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::pid1::wait;
use crate::sys::clock::mono_ms;
use crate::sys::netdev::{Address, Links, Route};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// The first wait after an announcement, so that one look answers many of them, and the longest, in milliseconds: a link that never
/// becomes what it is to be must not keep the node busy.
const LOOKS: (u64, u64) = (50, 30_000);

/// What is kept from one look to the next.
#[derive(Default)]
struct Following {
    /// Of the next look.
    timer: Option<Token>,
    is_due: bool,
    /// Looks in a row after which something was left to do, and when the last one was.
    busy: u32,
    looked: u64,
    /// What the last look has left.
    left: Left,
    /// Whether what is left is for others to report.
    is_silent: bool,
    /// What was reported last.
    reported: Option<Error>,
    /// Addresses of which it was reported that another machine has them.
    taken: BTreeSet<String>,
    /// Addresses of IPv6 that a link got, and that cannot be used until the kernel knows that no other machine has them.
    unproven: Vec<LinkAction>,
}

/// What a look could not do.
#[derive(Debug, Clone, Default)]
pub struct Left {
    /// What the machine does not have.
    pub missing: Vec<Missing>,
    /// The first thing that the kernel refused, or why there is no plan.
    pub error: Option<Error>,
    /// Whether there is more that the kernel would not take yet.
    pub has_more: bool,
}

impl Left {
    /// Whether waiting cannot help: all is done, or the kernel has refused what it will refuse again.
    fn is_final(&self) -> bool {
        match &self.error {
            Some(error) => !error.errno.is_some_and(|errno| TRANSIENT.contains(&errno)),
            None => self.missing.is_empty() && !self.has_more,
        }
    }
}

/// The kernel's refusals that end by themselves: the interface has gone meanwhile, or something else is at work on it.
const TRANSIENT: [i32; 4] = [libc::ENODEV, libc::EBUSY, libc::EAGAIN, libc::ENETDOWN];

/// Does what the plan asks for as far as it can be done, and from now on again whenever the kernel announces a change.
pub fn begin(node: &mut Node, config: &Network) -> Result<()> {
    let timer = node.events.token();
    let links = Links::open().step(Code::NetworkRefused, "open", "socket")?;
    *node.state::<Following>() = Following { timer: Some(timer), is_silent: true, ..Following::default() };
    look(node, &links, config);
    Ok(())
}

/// Waits until all of it is done, but no longer than `limit` milliseconds. What is left then is the caller's to report, and what happens
/// later is reported here.
pub fn settle(node: &mut Node, limit: u64) -> std::result::Result<Left, Interrupt> {
    wait::until(node, limit, |node| node.state::<Following>().left.is_final())?;
    let following = node.state::<Following>();
    following.is_silent = false;
    following.reported.clone_from(&following.left.error);
    Ok(following.left.clone())
}

/// Does what the plan asks for. Links that the kernel refuses something of do not keep the others from what is theirs.
fn look(node: &mut Node, links: &Links, config: &Network) {
    let planned = links.seen().step(Code::KernelRefused, "list", "network interfaces");
    let planned = planned.and_then(|seen| Ok((network(config, &seen)?, seen)));
    let (mut left, mut was_idle) = (Left::default(), false);
    match planned {
        Ok((plan, seen)) => {
            let mut indexes = indexes(&seen);
            report_proven(node, config, &seen);
            was_idle = plan.operations.is_empty() && !plan.has_more;
            (left.missing, left.has_more) = (plan.missing, plan.has_more);
            report_taken(node, &plan.taken);
            let mut failed = BTreeSet::new();
            for action in &plan.operations {
                let place = place_of(&action.pointer);
                if failed.contains(&place) {
                    continue;
                }
                match carry_out(links, &mut indexes, action) {
                    Ok(()) if action.adds_ipv6() => {
                        left.has_more = true;
                        node.state::<Following>().unproven.push(action.clone());
                    }
                    Ok(()) => done(node, config, action),
                    Err(error) => {
                        failed.insert(place);
                        left.error.get_or_insert_with(|| refused(action, &error));
                    }
                }
            }
        }
        Err(error) => left.error = Some(error),
    }
    let (now, following) = (mono_ms(), node.state::<Following>());
    if now.saturating_sub(following.looked) > LOOKS.1 {
        following.busy = 0;
    }
    following.looked = now;
    following.busy = if was_idle { 0 } else { following.busy.saturating_add(1) };
    let goes_on = left.has_more || left.error.is_some();
    following.left = left;
    if goes_on {
        look_later(node);
    }
}

/// Reports each address of IPv6 once the kernel knows that no other machine has it.
fn report_proven(node: &mut Node, config: &Network, seen: &SeenNetwork) {
    let unproven = std::mem::take(&mut node.state::<Following>().unproven);
    let (waiting, rest): (Vec<_>, Vec<_>) = unproven.into_iter().partition(|action| {
        let link = seen.link(&action.link);
        link.zip(action.address()).is_some_and(|(link, address)| link.may_be_anothers(address))
    });
    node.state::<Following>().unproven = waiting;
    for action in rest {
        let link = seen.link(&action.link);
        if link.zip(action.address()).is_some_and(|(link, address)| link.can_use(address)) {
            done(node, config, &action);
        }
    }
}

/// Reports each address that another machine has once, and again when it was free meanwhile.
fn report_taken(node: &mut Node, taken: &[Taken]) {
    let now = taken.iter().map(|one| one.pointer.clone()).collect();
    let before = std::mem::replace(&mut node.state::<Following>().taken, now);
    for Taken { link, pointer, address } in taken.iter().filter(|one| !before.contains(&one.pointer)) {
        node.warn(state::another_has(link, *address).with_pointer(pointer), None);
    }
}

/// What follows from an operation.
fn done(node: &mut Node, config: &Network, action: &LinkAction) {
    match &action.operation {
        LinkOperation::Rename { name } => state::renamed(node, &action.link, name),
        LinkOperation::AddAddress { address } => {
            let ip = address.address;
            let link = place_of(&action.pointer).and_then(|place| config.links().get(place));
            let gateway = link.and_then(|link| link.default_route(ip.is_ipv4())?.gateway);
            node.emit(Body::LinkConfigured {
                interface: action.link.clone(),
                method: Method::Static,
                address: format!("{ip}/{}", address.prefix_length),
                gateway: gateway.map(|gateway| gateway.to_string()),
                nameservers: Vec::new(),
                lease_ms: None,
            });
        }
        _ => {}
    }
}

/// The kernel has announced a change: a look follows.
pub fn announced(node: &mut Node) {
    look_later(node);
}

/// The kernel knows now whether an address can be used, which the next look may wait for.
pub fn address_settled(node: &mut Node) {
    let following = node.state::<Following>();
    if following.left.has_more {
        (following.is_due, following.busy) = (false, 0);
        look_later(node);
    }
}

fn look_later(node: &mut Node) {
    let following = node.state::<Following>();
    let Some(timer) = following.timer.filter(|_| !following.is_due) else { return };
    following.is_due = true;
    let after = doubled(LOOKS.0, LOOKS.1, following.busy);
    node.events.set_timer(timer, after);
}

/// The look, if it was its timer.
pub fn due(node: &mut Node, token: Token) {
    if node.state::<Following>().timer != Some(token) {
        return;
    }
    node.state::<Following>().is_due = false;
    let Some(config) = node.config.clone() else { return };
    match Links::open().step(Code::NetworkRefused, "open", "socket") {
        Ok(links) => look(node, &links, &config.network),
        Err(error) => node.state::<Following>().left.error = Some(error),
    }
    let following = node.state::<Following>();
    if !following.is_silent && following.reported != following.left.error {
        following.reported.clone_from(&following.left.error);
        if let Some(error) = following.reported.clone() {
            node.warn(error, None);
        }
    }
}

/// The place of the link of the config that a pointer leads into.
fn place_of(pointer: &str) -> Option<usize> {
    pointer.strip_prefix("/network/links/")?.split('/').next()?.parse().ok()
}

type Indexes = BTreeMap<String, u32>;

fn indexes(seen: &SeenNetwork) -> Indexes {
    seen.links.iter().map(|link| (link.name.clone(), link.index)).collect()
}

fn carry_out(links: &Links, indexes: &mut Indexes, action: &LinkAction) -> io::Result<()> {
    let known = |indexes: &Indexes, name: &str| {
        indexes.get(name).copied().ok_or_else(|| io::Error::from_raw_os_error(libc::ENODEV))
    };
    let name = action.link.as_str();
    let index = match &action.operation {
        LinkOperation::MakeLink { .. } | LinkOperation::AddRule { .. } => 0,
        _ => known(indexes, name)?,
    };
    match &action.operation {
        LinkOperation::MakeLink { kind } => {
            let on = match kind {
                MadeKind::Vlan(vlan) => Some(known(indexes, &vlan.link)?),
                _ => None,
            };
            links.make(name, kind, on)?;
            indexes.insert(name.into(), links.index_of(name)?);
            Ok(())
        }
        LinkOperation::Rename { name: new } => {
            links.rename(index, new)?;
            indexes.remove(name);
            indexes.insert(new.clone(), index);
            Ok(())
        }
        LinkOperation::SetMtu { bytes } => links.set_mtu(index, *bytes),
        LinkOperation::BringDown => links.down(index),
        LinkOperation::Join { of } => links.join(index, known(indexes, of)?),
        LinkOperation::SetPrimary { member } => links.prefer(index, known(indexes, member)?),
        LinkOperation::SetAdvertisements { accepted, addresses } => {
            advertisements::set_advertisements(name, *accepted, *addresses)
        }
        LinkOperation::BringUp => links.up(index),
        LinkOperation::AddAddress { address } => {
            let (ip, prefix_length) = (address.address, address.prefix_length);
            links.add_address(index, &Address { ip, prefix_length, lifetime_s: None, preferred_s: None, metric: 0 })
        }
        LinkOperation::AddRoute { route } => links.add_route(index, &route_of(route)),
        LinkOperation::AddRule { rule } => links.add_rule(rule),
    }
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

fn refused(action: &LinkAction, error: &io::Error) -> Error {
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
    Error { errno, ..Error::new(Code::NetworkRefused, verb, object) }.with_pointer(&action.pointer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_another_machine_has_is_reported_with_its_link_and_its_place() {
        let (address, pointer) = ("2001:db8::7".parse().unwrap(), "/network/links/0/addresses/0");
        let error = state::another_has("eth0", address).with_pointer(pointer);
        assert_eq!((error.code, error.object.as_str()), (Code::AddressTaken, "eth0: 2001:db8::7"));
        assert_eq!(error.pointer.as_deref(), Some(pointer));
    }
}
