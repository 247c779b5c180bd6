//! The links of the machine follow those of the config: what the plan asks for is done when the network begins, and again whenever
//! the kernel announces a change.

use super::followed::{Followed, Mtus, mtus, take_back};
use super::link_changes::LinkChanges;
use super::link_operations::{
    Done, Indexes, Queue, carry_out, finish, indexes, must_wait, place_of, refused, request_of,
};
use super::link_sysctls::LinkSysctls;
use super::{state, wireguard};
use crate::core::backoff::doubled;
use crate::core::config::Network;
use crate::core::error::{Code, Error, Result, Step};
use crate::core::event::{Body, Method};
use crate::core::plan::network::{LinkAction, LinkOperation, Missing, SeenNetwork, Taken, meant, network};
use crate::pid1::event_loop::Token;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::pid1::wait;
use crate::sys::clock::mono_ms;
use crate::sys::kernel::Kernel;
use crate::sys::netdev::Links;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The first wait after an announcement, so that one look answers many of them, and the longest, in milliseconds: a link that never
/// becomes what it is to be must not keep the node busy.
const LOOKS: (u64, u64) = (50, 30_000);

/// Whose links are followed. The config is the node's alone: a join changes it.
#[derive(Clone)]
enum Of {
    Config,
    Search(Rc<Network>),
}

/// What is kept from one look to the next.
#[derive(Default)]
struct Following {
    /// Whose links these are.
    of: Option<Of>,
    /// Of the interfaces when it began.
    mtus: Mtus,
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
    /// What was reported of links and their carriers.
    changes: LinkChanges,
    /// Of which interfaces the kernel has the values of the config; None: nobody has looked yet.
    sysctls: Option<LinkSysctls>,
    /// Why one of those values was refused. It is tried once, and the boot asks for it later.
    refused: Option<Error>,
    /// Of the next look at them alone, and when it is due.
    notice: Option<Token>,
    notice_at: Option<u64>,
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
    /// What that is: the part of the config, and what it asks for.
    pub waits: Vec<(String, String)>,
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

impl Following {
    /// The refusal of this look; at a boot that of an earlier one counts until the boot has seen it.
    fn keep_refused(&mut self, refused: Option<Error>) -> Option<Error> {
        let before = self.refused.take().filter(|_| self.is_silent);
        self.refused = refused.or(before);
        self.refused.clone()
    }
}

/// The kernel's refusals that end by themselves: the interface has gone meanwhile, or something else is at work on it.
const TRANSIENT: [i32; 4] = [libc::ENODEV, libc::EBUSY, libc::EAGAIN, libc::ENETDOWN];

/// Does what the plan asks for as far as it can be done, and from now on again whenever the kernel announces a change.
pub fn begin(node: &mut Node, links: &Links, followed: &Followed) {
    let (timer, notice) = (Some(node.events.token()), Some(node.events.token()));
    let of = Some(match followed {
        Followed::Config(_) => Of::Config,
        Followed::Search(network) => Of::Search(network.clone()),
    });
    *node.state() = Following { of, mtus: mtus(links), timer, notice, is_silent: true, ..Following::default() };
    look(node, links, followed);
    wireguard::endpoints::watch(node, followed);
}

/// Whose links the machine follows now; None: it has not begun.
pub fn followed(node: &mut Node) -> Option<Followed> {
    match node.state::<Following>().of.clone()? {
        Of::Config => node.config.clone().map(Followed::Config),
        Of::Search(network) => Some(Followed::Search(network)),
    }
}

/// Takes back what the search for the config has made of links that `next` does not have.
pub fn leave(node: &mut Node, links: &Links, next: &Network) -> Result<()> {
    if let Some(Followed::Search(before)) = followed(node) {
        let Following { mtus, .. } = std::mem::take(node.state::<Following>());
        take_back(links, &before, next, &mtus)?;
    }
    Ok(())
}

/// Waits until all of it is done, but no longer than `limit` milliseconds. What is left then is the caller's to report, and what happens
/// later is reported here.
pub fn settle(node: &mut Node, limit: u64) -> std::result::Result<Left, Interrupt> {
    wait::until(node, limit, |node| node.state::<Following>().left.is_final())?;
    let following = node.state::<Following>();
    following.is_silent = false;
    following.reported.clone_from(&following.left.error);
    let left = following.left.clone();
    report_changes(node);
    Ok(left)
}

/// Does what the plan asks for. Links that the kernel refuses something of do not keep the others from what is theirs.
fn look(node: &mut Node, links: &Links, config: &Network) {
    node.reporter.hold();
    look_quietly(node, links, config);
    node.reporter.release();
}

fn look_quietly(node: &mut Node, links: &Links, config: &Network) {
    let planned = links.seen().step(Code::KernelRefused, "list", "network interfaces");
    let planned = planned.and_then(|seen| Ok((network(config, &seen)?, seen)));
    let (mut left, mut was_idle) = (Left::default(), false);
    match planned {
        Ok((plan, seen)) => {
            let mut indexes = indexes(&seen);
            notice(node, config, &seen);
            report_proven(node, config, &seen);
            was_idle = plan.operations.is_empty() && !plan.has_more;
            (left.missing, left.has_more, left.waits) = (plan.missing, plan.has_more, plan.waits);
            report_taken(node, &plan.taken);
            wireguard::report_own(node, &plan.own_peers);
            carry_out_all(node, links, config, (&plan.operations, &mut indexes), &mut left);
            let refused = set_sysctls(node, &seen, &indexes).err();
            left.error = left.error.or(node.state::<Following>().keep_refused(refused));
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

/// Links that were made or named have the values of the config now, and so have interfaces that were plugged in again.
fn set_sysctls(node: &mut Node, seen: &SeenNetwork, now: &Indexes) -> Result<()> {
    let Some(config) = node.config.clone() else { return Ok(()) };
    let sysctls = &mut node.state::<Following>().sysctls;
    let sysctls = sysctls.get_or_insert_with(|| LinkSysctls::of_boot(&indexes(seen)));
    sysctls.set(&Kernel, &config.kernel.sysctl, now)
}

/// Compares the links with what was reported of them, and reports what has changed. True when the machine has another interface.
fn notice(node: &mut Node, config: &Network, seen: &SeenNetwork) -> bool {
    // What has no plan is reported as such.
    let Ok(meant) = meant(config, seen) else { return false };
    let following = node.state::<Following>();
    let has_new = following.changes.take(mono_ms(), &meant, following.is_silent);
    report_changes(node);
    has_new
}

fn report_changes(node: &mut Node) {
    let (now, following) = (mono_ms(), node.state::<Following>());
    if following.is_silent {
        return;
    }
    for event in following.changes.report(now) {
        node.emit(event);
    }
    if let Some(due) = node.state::<Following>().changes.due(now) {
        notice_by(node, due);
    }
}

/// Looks at the links by then, or before.
fn notice_by(node: &mut Node, at: u64) {
    let (now, following) = (mono_ms(), node.state::<Following>());
    let Some(timer) = following.notice.filter(|_| following.notice_at.is_none_or(|before| at < before)) else { return };
    following.notice_at = Some(at);
    node.events.set_timer(timer, at.saturating_sub(now));
}

/// A carrier that goes because of this says nothing about the cable.
fn interrupt(node: &mut Node, indexes: &Indexes, action: &LinkAction) {
    let interrupts = matches!(
        action.operation,
        LinkOperation::BringDown | LinkOperation::SetMtu { .. } | LinkOperation::Join { .. }
    );
    if let Some(index) = indexes.get(&action.link).filter(|_| interrupts) {
        node.state::<Following>().changes.interrupted(*index, mono_ms());
    }
}

/// Members of the boot join without an event; later ones have one when they are seen to have joined.
fn joined(node: &mut Node, indexes: &Indexes, action: &LinkAction) {
    let following = node.state::<Following>();
    if let (LinkOperation::Join { of }, Some(index), true) =
        (&action.operation, indexes.get(&action.link), following.is_silent)
    {
        following.changes.joined_at_boot(*index, of);
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
        LinkOperation::SetKey { .. } => wireguard::report_key(node, &action.link),
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
                left_out: None,
            });
        }
        _ => {}
    }
}

/// The kernel has announced a change: a look follows.
pub fn announced(node: &mut Node) {
    look_later(node);
    // That look may be far away.
    if node.state::<Following>().busy > 0 {
        notice_by(node, mono_ms() + LOOKS.0);
    }
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
    let following = node.state::<Following>();
    let is_notice = following.notice == Some(token);
    if following.timer != Some(token) && !is_notice {
        return;
    }
    let Some(followed) = followed(node) else { return };
    if is_notice {
        return notice_now(node, &followed);
    }
    node.state::<Following>().is_due = false;
    match Links::open().step(Code::NetworkRefused, "open", "socket") {
        Ok(links) => look(node, &links, &followed),
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

/// An interface that was plugged in does not wait for what keeps the others.
fn notice_now(node: &mut Node, config: &Network) {
    node.state::<Following>().notice_at = None;
    // What the kernel does not say now it says at the next look.
    let Ok(links) = Links::open().and_then(|links| links.all()) else { return };
    if notice(node, config, &SeenNetwork { links, ..SeenNetwork::default() }) {
        let following = node.state::<Following>();
        (following.is_due, following.busy) = (false, 0);
        look_later(node);
    }
}

/// Carries out operations in their order. Those that need no look at what the kernel has made of them go to it several at once.
fn carry_out_all(
    node: &mut Node,
    links: &Links,
    config: &Network,
    (operations, indexes): (&[LinkAction], &mut Indexes),
    left: &mut Left,
) {
    let mut failed = BTreeSet::new();
    let mut queue = Queue::default();
    for action in operations {
        if failed.contains(&place_of(&action.pointer)) {
            continue;
        }
        interrupt(node, indexes, action);
        let done = match request_of(indexes, action) {
            Ok(Some(request)) => {
                queue.push((action, request));
                continue;
            }
            Ok(None) if must_wait(&queue, action) => {
                let mut all = finish(links, &mut queue);
                all.push((action, carry_out(links, config, indexes, action)));
                all
            }
            Ok(None) => vec![(action, carry_out(links, config, indexes, action))],
            Err(error) => vec![(action, Err(error))],
        };
        take_in(node, config, indexes, (done, &mut failed), left);
    }
    let done = finish(links, &mut queue);
    take_in(node, config, indexes, (done, &mut failed), left);
}

/// What follows from operations that were carried out, or refused.
fn take_in(
    node: &mut Node,
    config: &Network,
    indexes: &Indexes,
    (all, failed): (Done, &mut BTreeSet<Option<usize>>),
    left: &mut Left,
) {
    for (action, result) in all {
        match result {
            Ok(()) if action.adds_ipv6() => {
                left.has_more = true;
                node.state::<Following>().unproven.push(action.clone());
            }
            Ok(()) => {
                joined(node, indexes, action);
                done(node, config, action);
            }
            Err(error) => {
                failed.insert(place_of(&action.pointer));
                left.error.get_or_insert_with(|| refused(action, &error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_refused_at_a_boot_is_kept_until_the_boot_has_seen_it() {
        let mut following = Following { is_silent: true, ..Following::default() };
        let error = Error::new(Code::SysctlRefused, "set", "net.ipv4.conf.br0.rp_filter");
        assert_eq!(following.keep_refused(Some(error.clone())), Some(error.clone()));
        assert_eq!(following.keep_refused(None), Some(error));
        following.is_silent = false;
        assert_eq!(following.keep_refused(None), None);
    }

    #[test]
    fn an_address_that_another_machine_has_is_reported_with_its_link_and_its_place() {
        let (address, pointer) = ("2001:db8::7".parse().unwrap(), "/network/links/0/addresses/0");
        let error = state::another_has("eth0", address).with_pointer(pointer);
        assert_eq!((error.code, error.object.as_str()), (Code::AddressTaken, "eth0: 2001:db8::7"));
        assert_eq!(error.pointer.as_deref(), Some(pointer));
    }
}
