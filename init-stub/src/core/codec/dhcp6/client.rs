//! The client of one interface (RFC 8415, 18.2), without sockets or clocks: what happens goes in with its time, operations come out.
//! It has one address at most. Deliberately missing: the random delay before the first solicit, which would cost each boot up to a
//! second and which systemd-networkd leaves out as well; reconfiguration by servers; the server-unicast option, which RFC 9915 has
//! removed; and giving a lease back when the machine halts, because it asks for the same address when it boots again.

mod bound;
mod informer;

use super::exchange::{Exchange, Pace, varied};
use super::lease::{Grant, Information, Lease6, seconds_of};
use super::message::{Dhcp6Reply, Kind, Query, option, status};
use crate::core::backoff::doubled;
use crate::core::codec::dhcp::client::Loss;
use bound::BoundLease;
use informer::Informer;
use std::net::Ipv6Addr;

/// What a router or the config wants of DHCPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// An address and information: flag M of an advertisement.
    Stateful,
    /// Information only: flag O.
    Stateless,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the sentence of a variant names its fields")]
pub enum Operation6 {
    /// Send this message to all servers and relays on the link: `ff02::1:2`, port 547.
    Send { message: Vec<u8> },
    /// The interface has this lease from now on, or goes on having it.
    Bind(Lease6),
    /// Servers have this information, which counts until the next one comes.
    Inform(Information),
    /// The interface must not have this address any more.
    Unbind { address: Ipv6Addr, why: Loss },
}

/// Where the client is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Nobody is at the other end of the cable, or no address is wanted. A lease counts on.
    Idle,
    /// A server says no again and again, or gives addresses that others have: it gets a pause.
    Pausing,
    /// Who has an address for us? Within the first wait the best offer is looked for.
    Soliciting {
        best: Option<Offer>,
    },
    /// We take that one.
    Requesting(Offer),
    /// Is our address one of this link?
    Confirming,
    Bound,
    Renewing,
    /// Who gives us more time? Also for a confirmed address from an earlier life.
    Rebinding,
    /// Another machine has the address that this server gave.
    Declining(Offer),
}

/// An address at a server.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Offer {
    server: Vec<u8>,
    address: Ipv6Addr,
    preference: u8,
}

/// Constants of RFC 8415, 7.6, in milliseconds.
const SOLICIT: Pace = Pace { is_full: true, ..Pace::new(1000, 3_600_000) };
/// The longest wait for a server that has given an address before: without it the node has none until the next solicit.
const LONGEST_SOLICIT_AGAIN: u64 = 600_000;
const REQUEST: Pace = Pace { most: 10, ..Pace::new(1000, 30_000) };
const CONFIRM: Pace = Pace::new(1000, 4000);
const LONGEST_CONFIRM: u64 = 10_000;
const RENEW: Pace = Pace::new(10_000, 600_000);
const DECLINE: Pace = Pace { most: 4, ..Pace::new(1000, u64::MAX) };
/// Solicits without an offer after which information is asked for as well, where routers send to servers: those may have no addresses.
const FIRST_SOLICITS: u32 = 2;
/// What servers may make the longest waits of solicits and information requests, in seconds (RFC 8415, 21.24).
const LONGEST_WAITS: std::ops::RangeInclusive<u32> = 60..=86_400;
const BEST_PREFERENCE: u8 = 255;
/// A pause in milliseconds; doubled up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: u64 = 5000;
const LONGEST_PAUSE: u64 = 80_000;

/// The client of one interface. Times are milliseconds of one clock.
#[derive(Debug)]
pub struct Client6 {
    duid: Vec<u8>,
    iaid: u32,
    hostname: Option<String>,
    random: fn() -> u32,
    mode: Option<Mode>,
    has_carrier: bool,
    /// Whether the carrier is new since the address was last known to be right.
    is_new_link: bool,
    state: State,
    exchange: Exchange,
    due: Option<u64>,
    held: Option<BoundLease>,
    /// An address from an earlier life that no server has given in this one.
    remembered: Option<Ipv6Addr>,
    /// Whether servers have given an address, in this life or an earlier one.
    has_served: bool,
    refusals: u32,
    longest_solicit: u64,
    /// Whether routers send to servers.
    routers_send: bool,
    informer: Informer,
}

impl Client6 {
    /// A client that has seen no carrier yet, and of which nothing is wanted. `duid` identifies the machine, `iaid` its interface; both
    /// must be the same at each boot. `remembered` is an address to ask for first.
    pub fn new(
        duid: Vec<u8>,
        iaid: u32,
        hostname: Option<String>,
        remembered: Option<Ipv6Addr>,
        random: fn() -> u32,
    ) -> Self {
        Self {
            duid,
            iaid,
            hostname,
            random,
            mode: None,
            has_carrier: false,
            is_new_link: false,
            state: State::Idle,
            exchange: Exchange::default(),
            due: None,
            held: None,
            remembered,
            has_served: remembered.is_some(),
            refusals: 0,
            longest_solicit: SOLICIT.longest,
            routers_send: false,
            informer: Informer::new(),
        }
    }

    /// The lease that counts now.
    pub fn lease(&self) -> Option<&Lease6> {
        self.held.as_ref().map(|held| &held.lease)
    }

    /// Whether it asks for a lease and has none. A client that asks for information only does not look for a lease.
    pub fn is_looking(&self) -> bool {
        self.held.is_none() && self.state != State::Idle
    }

    /// When [`Self::tick`] has something to do.
    pub fn due(&self) -> Option<u64> {
        let end = self.held.as_ref().map(BoundLease::ends);
        self.due.into_iter().chain(end).chain(self.informer.due()).min().filter(|at| *at != u64::MAX)
    }

    /// What is wanted from now on. The same as before changes nothing. With a lease in force, [`Mode::Stateless`] counts when the
    /// lease is gone, and is renewed until then; with `None` the client asks for nothing, and a lease lasts until its end. Information
    /// is never taken back.
    ///
    /// The first solicit goes out at once. An information request has a delay of a second at most, because the advertisement that
    /// causes it reaches all machines on the link at the same time. Without an offer, information is asked for in addition to an address.
    pub fn ask(&mut self, now: u64, mode: Option<Mode>) -> Vec<Operation6> {
        let before = std::mem::replace(&mut self.mode, mode);
        let is_kept = self.held.is_some() && before.is_some() && mode.is_some();
        match before == mode || is_kept {
            true => Vec::new(),
            false => self.start(now),
        }
    }

    /// Whether routers send to servers, which may have addresses or not.
    pub fn hear_routers(&mut self, send_to_servers: bool) {
        self.routers_send = send_to_servers;
    }

    /// The interface has another hardware address, and so another number. With a lease the old one stays, by which its server knows it.
    pub fn identify(&mut self, iaid: u32) {
        if self.held.is_none() {
            self.iaid = iaid;
        }
    }

    /// The carrier came or went. With a new one the network may be another, so servers are asked whether the old address is right.
    pub fn carrier(&mut self, now: u64, present: bool) -> Vec<Operation6> {
        self.has_carrier = present;
        self.is_new_link |= present;
        self.refusals = 0;
        self.informer.forget();
        self.start(now)
    }

    /// Time has passed.
    pub fn tick(&mut self, now: u64) -> Vec<Operation6> {
        let message = self.informer.tick(now, &self.duid, self.random);
        let mut operations: Vec<Operation6> = message.map(|message| Operation6::Send { message }).into_iter().collect();
        operations.extend(self.tick_lease(now));
        operations
    }

    fn tick_lease(&mut self, now: u64) -> Vec<Operation6> {
        if let Some(ended) = self.held.take_if(|held| held.ends() <= now) {
            let mut operations = vec![Operation6::Unbind { address: ended.lease.address, why: Loss::Expired }];
            // A request goes on: its server may give the same address again.
            if !matches!(self.state, State::Requesting(_)) {
                operations.extend(self.start(now));
            }
            return operations;
        }
        if self.due.is_none_or(|due| due > now) {
            return Vec::new();
        }
        let is_over = self.exchange.is_over(now, &self.pace());
        match self.state.clone() {
            State::Idle => self.rest(State::Idle, None),
            State::Pausing => self.start(now),
            State::Soliciting { best: Some(offer) } => self.enter(now, State::Requesting(offer)),
            State::Soliciting { best: None } if self.exchange.sent >= FIRST_SOLICITS && self.routers_send => {
                self.informer.start(now, self.random);
                self.transmit(now)
            }
            State::Requesting(_) if is_over && self.held.is_some() => self.extend(now),
            State::Requesting(_) if is_over => self.start(now),
            // Nobody has answered: a lease stays in use, and an address without one is only asked for.
            State::Confirming if is_over => self.go_on(now),
            State::Bound => self.extend(now),
            State::Renewing if is_over => self.extend(now),
            State::Rebinding if is_over => self.start(now),
            State::Declining(_) if is_over => self.pause(now),
            _ => self.transmit(now),
        }
    }

    /// A server has answered; what is not for us is passed over.
    pub fn heard(&mut self, now: u64, reply: &Dhcp6Reply) -> Vec<Operation6> {
        let is_of_lease = self.exchange.sent > 0 && reply.transaction == self.exchange.transaction;
        let is_information = self.informer.has_asked(reply);
        let is_ours = (is_of_lease || is_information) && reply.get(option::CLIENT) == Some(self.duid.as_slice());
        let Some(server) = reply.server().filter(|_| is_ours) else { return Vec::new() };
        self.limit_waits(reply);
        let operations = if is_of_lease { self.heard_of_lease(now, reply, server) } else { Vec::new() };
        match operations.is_empty() && is_information {
            true => self.informer.heard(now, reply).map(Operation6::Inform).into_iter().collect(),
            false => operations,
        }
    }

    fn heard_of_lease(&mut self, now: u64, reply: &Dhcp6Reply, server: &[u8]) -> Vec<Operation6> {
        match (&self.state, reply.kind) {
            (State::Soliciting { .. }, Kind::Advertise) => self.offered(now, reply, server),
            (State::Soliciting { .. }, Kind::Reply) => match self.grant(reply) {
                Grant::Lease(lease) if reply.get(option::RAPID_COMMIT).is_some() => self.bind(now, lease, server),
                _ => Vec::new(),
            },
            (State::Requesting(offer), Kind::Reply) if offer.server == server => match self.grant(reply) {
                Grant::Lease(lease) => self.bind(now, lease, server),
                Grant::Withdrawn => self.refused(now),
                Grant::Refused(status::NO_ADDRESSES) => {
                    self.informer.start(now, self.random);
                    self.refused(now)
                }
                Grant::Refused(status::NO_BINDING | status::NOT_ON_LINK) => self.refused(now),
                _ => Vec::new(),
            },
            (State::Confirming, Kind::Reply) => match reply.status() {
                status::SUCCESS => self.confirmed(now),
                status::NOT_ON_LINK => self.refused(now),
                _ => Vec::new(),
            },
            (State::Renewing, Kind::Reply) if self.held.as_ref().is_none_or(|held| held.server != server) => Vec::new(),
            (State::Renewing | State::Rebinding, Kind::Reply) => self.extended(now, reply, server),
            (State::Declining(offer), Kind::Reply) if offer.server == server => self.pause(now),
            _ => Vec::new(),
        }
    }

    /// The kernel has found that another machine on the link has the address: its server learns of it, and after a pause servers are
    /// asked for another one.
    pub fn taken(&mut self, now: u64, address: Ipv6Addr) -> Vec<Operation6> {
        if self.address() != Some(address) {
            return Vec::new();
        }
        self.remembered = None;
        self.refusals = self.refusals.saturating_add(1);
        let mut operations = match (self.held.take(), self.is_active()) {
            (Some(held), true) => {
                self.enter(now, State::Declining(Offer { server: held.server, address, preference: 0 }))
            }
            (None, true) if matches!(self.state, State::Confirming | State::Rebinding) => self.pause(now),
            // Without a lease it is only an address that the client would like to have.
            _ => Vec::new(),
        };
        operations.push(Operation6::Unbind { address, why: Loss::Declined });
        operations
    }

    /// The address that the client has or would like to have.
    fn address(&self) -> Option<Ipv6Addr> {
        self.lease().map(|lease| lease.address).or(self.remembered)
    }

    fn grant(&self, reply: &Dhcp6Reply) -> Grant {
        Grant::of(reply, self.iaid, self.address())
    }

    fn is_active(&self) -> bool {
        self.has_carrier && self.mode.is_some()
    }

    /// Begins with what is wanted.
    fn start(&mut self, now: u64) -> Vec<Operation6> {
        let has_address = self.held.is_some() || (self.remembered.is_some() && self.mode == Some(Mode::Stateful));
        if !self.is_active() || self.held.is_some() {
            self.informer.stop();
        }
        match self.mode {
            _ if !self.is_active() => self.rest(State::Idle, None),
            _ if has_address && self.is_new_link => self.enter(now, State::Confirming),
            _ if self.held.is_some() => self.go_on(now),
            Some(Mode::Stateless) => {
                self.informer.start(now, self.random);
                self.rest(State::Idle, None)
            }
            _ => self.enter(now, State::Soliciting { best: None }),
        }
    }

    /// Waits for something other than an answer.
    fn rest(&mut self, state: State, due: Option<u64>) -> Vec<Operation6> {
        self.state = state;
        self.due = due;
        Vec::new()
    }

    /// The address is right as far as anybody knows: a lease is used until it is time to renew it.
    fn go_on(&mut self, now: u64) -> Vec<Operation6> {
        self.is_new_link = false;
        match &self.held {
            Some(held) => {
                let renew_at = held.at(held.lease.renew_seconds).max(now + 1);
                self.rest(State::Bound, Some(renew_at))
            }
            None => self.start(now),
        }
    }

    /// A confirmed address without a lease has unknown times, which a rebind finds out.
    fn confirmed(&mut self, now: u64) -> Vec<Operation6> {
        match self.held.is_some() {
            true => self.go_on(now),
            false => {
                self.is_new_link = false;
                self.enter(now, State::Rebinding)
            }
        }
    }

    /// The best server is that with the highest preference, and of the same preference the first. After the first wait any is good.
    fn offered(&mut self, now: u64, reply: &Dhcp6Reply, server: &[u8]) -> Vec<Operation6> {
        let address = match self.grant(reply) {
            Grant::Lease(lease) => lease.address,
            Grant::Refused(status::NO_ADDRESSES) => {
                self.informer.start(now, self.random);
                return Vec::new();
            }
            _ => return Vec::new(),
        };
        let preference = match reply.get(option::PREFERENCE) {
            Some([preference]) => *preference,
            _ => 0,
        };
        let offer = Offer { server: server.to_vec(), address, preference };
        if preference == BEST_PREFERENCE || self.exchange.sent > 1 {
            return self.enter(now, State::Requesting(offer));
        }
        if let State::Soliciting { best } = &mut self.state {
            if best.as_ref().is_none_or(|best| best.preference < preference) {
                *best = Some(offer);
            }
        }
        Vec::new()
    }

    fn bind(&mut self, now: u64, lease: Lease6, server: &[u8]) -> Vec<Operation6> {
        let old = self.address().filter(|old| *old != lease.address);
        let since = self.exchange.asked;
        // A new address may be another machine's, which the kernel has yet to find out.
        if self.lease().is_some_and(|held| held.address == lease.address) {
            self.refusals = 0;
        }
        self.held = Some(BoundLease { lease: lease.clone(), server: server.to_vec(), since });
        (self.remembered, self.has_served) = (None, true);
        self.informer.stop();
        self.go_on(now);
        let lost = old.map(|address| Operation6::Unbind { address, why: Loss::Refused });
        lost.into_iter().chain([Operation6::Bind(lease)]).collect()
    }

    /// An answer to a renew or rebind. A server that only has not more time to give leaves the lease as it is.
    fn extended(&mut self, now: u64, reply: &Dhcp6Reply, server: &[u8]) -> Vec<Operation6> {
        match (self.grant(reply), self.address()) {
            (Grant::Lease(lease), _) => self.bind(now, lease, server),
            (Grant::Withdrawn | Grant::Refused(status::NOT_ON_LINK), _) => self.refused(now),
            (Grant::Refused(status::NO_BINDING), Some(address)) => {
                self.enter(now, State::Requesting(Offer { server: server.to_vec(), address, preference: 0 }))
            }
            _ => Vec::new(),
        }
    }

    fn refused(&mut self, now: u64) -> Vec<Operation6> {
        // An address from an earlier life is still on the interface, too.
        let lost = self.address().map(|address| Operation6::Unbind { address, why: Loss::Refused });
        self.held = None;
        self.remembered = None;
        self.refusals = self.refusals.saturating_add(1);
        let next = if self.refusals == 1 { self.start(now) } else { self.pause(now) };
        lost.into_iter().chain(next).collect()
    }

    fn pause(&mut self, now: u64) -> Vec<Operation6> {
        let pause = varied(doubled(FIRST_PAUSE, LONGEST_PAUSE, self.refusals), (self.random)());
        self.rest(State::Pausing, Some(now + pause))
    }

    /// Asks the lease's server until T2, then everybody.
    fn extend(&mut self, now: u64) -> Vec<Operation6> {
        let is_late = self.held.as_ref().is_some_and(|held| held.rebind_at() <= now);
        self.enter(now, if is_late { State::Rebinding } else { State::Renewing })
    }

    fn limit_waits(&mut self, reply: &Dhcp6Reply) {
        let milliseconds =
            |number| seconds_of(reply, number).filter(|it| LONGEST_WAITS.contains(it)).map(|it| u64::from(it) * 1000);
        self.longest_solicit = milliseconds(option::SOL_MAX_RT).unwrap_or(self.longest_solicit);
        self.informer.limit(milliseconds(option::INF_MAX_RT));
    }

    /// Sends a new question.
    fn enter(&mut self, now: u64, state: State) -> Vec<Operation6> {
        self.state = state;
        self.exchange = Exchange::new((self.random)());
        self.transmit(now)
    }

    /// Sends the question of the state, once more or for the first time.
    fn transmit(&mut self, now: u64) -> Vec<Operation6> {
        self.exchange.send(now);
        let pace = self.pace();
        self.due = Some(self.exchange.again(&pace, (self.random)()));
        self.message(now).map(|message| Operation6::Send { message }).into_iter().collect()
    }

    fn pace(&self) -> Pace {
        let confirm = Pace { until: self.exchange.began + LONGEST_CONFIRM, ..CONFIRM };
        match (&self.state, &self.held) {
            (State::Requesting(_), _) => REQUEST,
            (State::Renewing, Some(held)) => Pace { until: held.rebind_at(), ..RENEW },
            (State::Rebinding, Some(held)) => Pace { until: held.ends(), ..RENEW },
            (State::Confirming | State::Renewing | State::Rebinding, _) => confirm,
            (State::Declining(_), _) => DECLINE,
            _ if self.has_served => Pace { longest: self.longest_solicit.min(LONGEST_SOLICIT_AGAIN), ..SOLICIT },
            _ => Pace { longest: self.longest_solicit, ..SOLICIT },
        }
    }

    /// The question of the state; None: it asks for nothing.
    fn message(&self, now: u64) -> Option<Vec<u8>> {
        let (kind, server, address) = match (&self.state, &self.held) {
            (State::Soliciting { .. }, _) => (Kind::Solicit, None, self.address()),
            (State::Requesting(offer), _) => (Kind::Request, Some(&offer.server), Some(offer.address)),
            (State::Confirming, _) => (Kind::Confirm, None, self.address()),
            (State::Renewing, Some(held)) => (Kind::Renew, Some(&held.server), self.address()),
            (State::Renewing | State::Rebinding, _) => (Kind::Rebind, None, self.address()),
            (State::Declining(offer), _) => (Kind::Decline, Some(&offer.server), Some(offer.address)),
            (State::Idle | State::Pausing | State::Bound, _) => return None,
        };
        let elapsed = now.saturating_sub(self.exchange.began);
        let mut query = Query::new(kind, self.exchange.transaction, &self.duid, elapsed);
        if let Some(server) = server {
            query = query.with(option::SERVER, server);
        }
        let query = match kind {
            Kind::Confirm | Kind::Decline => query.with_address(self.iaid, address),
            _ => query.with_address(self.iaid, address).with_questions(self.hostname.as_deref()),
        };
        Some(if kind == Kind::Solicit { query.with(option::RAPID_COMMIT, &[]) } else { query }.done())
    }
}

#[cfg(test)]
mod tests;
