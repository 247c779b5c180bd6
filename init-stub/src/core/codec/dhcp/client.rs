//! The client of one interface as RFC 2131 draws it (figure 5), without sockets or clocks: what happens goes in with
//! its time, operations come out. Whether another machine has an address already is asked only where it is wanted, because it costs two
//! seconds, and of a new address only.

use super::lease::Lease;
use super::message::{DhcpReply, Kind, Query, option};
use crate::core::backoff::{EARLY, doubled, eager};
use std::net::Ipv4Addr;

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the sentence of a variant names its fields")]
pub enum Operation {
    /// Send this to everybody on the link.
    Broadcast { from: Ipv4Addr, message: Vec<u8> },
    /// Send this to the server of the lease.
    Unicast { from: Ipv4Addr, server: Ipv4Addr, message: Vec<u8> },
    /// Find out whether another machine on the link has this address, and say so by [`Client::probed`].
    Probe { address: Ipv4Addr },
    /// The interface has this lease from now on, or goes on having it.
    Bind(Lease),
    /// The lease is gone.
    Unbind(Loss),
}

/// Why a lease is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Its time is over, and no server renewed it.
    Expired,
    /// A server took it back.
    Refused,
    /// Its interface is not there any more.
    Gone,
    /// Another machine on the link has the address (DHCPv6).
    Declined,
}

/// Where the client is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Nobody is at the other end of the cable.
    Idle,
    /// A server says no again and again, or gives addresses that others have: it gets a pause.
    Pausing,
    /// Who has an address for us?
    Selecting {
        tries: u32,
    },
    /// We take that one.
    Requesting {
        tries: u32,
        server: Ipv4Addr,
        address: Ipv4Addr,
    },
    /// May we keep the address that we had?
    Rebooting {
        tries: u32,
        address: Ipv4Addr,
    },
    /// Does another machine have this address?
    Probing(BoundLease),
    Bound,
    Renewing,
    Rebinding,
}

/// A lease and the time since when it counts, in milliseconds: that of its request.
#[derive(Debug, Clone, PartialEq, Eq)]
struct BoundLease {
    lease: Lease,
    since: u64,
}

impl BoundLease {
    fn at(&self, seconds: u32) -> u64 {
        self.since + u64::from(seconds) * 1000
    }

    fn ends(&self) -> u64 {
        self.lease.seconds.map_or(u64::MAX, |seconds| self.at(seconds))
    }
}

/// First wait for an answer in milliseconds; doubled up to [`LONGEST_WAIT`], each a second more or less by chance.
const FIRST_WAIT: u64 = 4000;
const LONGEST_WAIT: u64 = 64_000;
const SHORTEST_RENEWAL_WAIT: u64 = 60_000;
/// Requests without an answer before the client looks for another server.
const MOST_REQUESTS: u32 = 4;
/// As many more as there are early ones.
const MOST_REBOOTS: u32 = 4;
/// The pause after an address that another machine has (RFC 2131, 3.1.5), and the one after many of them (RFC 5227, 2.1.1), in
/// milliseconds.
const CONFLICT_PAUSE: u64 = 10_000;
const LONG_CONFLICT_PAUSE: u64 = 60_000;
const MANY_CONFLICTS: u32 = 10;

/// What a client reports about itself and asks for.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// By which servers know it: option 61.
    pub identity: Vec<u8>,
    /// The host name that it sends.
    pub hostname: Option<String>,
    /// What kind of client it is: option 60.
    pub vendor_class: Option<String>,
    /// Options that it does not ask for.
    pub unwanted: Vec<u8>,
    /// Whether a new address is probed before it is used.
    pub has_probe: bool,
}

/// The client of one interface. Times are milliseconds of one clock.
#[derive(Debug)]
pub struct Client {
    /// The hardware address to which servers answer.
    mac: [u8; 6],
    profile: Profile,
    random: fn() -> u32,
    state: State,
    transaction: u32,
    /// When this round of asking began.
    began: u64,
    /// When the last discover was sent.
    discovered: u64,
    /// When the last request was sent.
    asked: u64,
    due: Option<u64>,
    held: Option<BoundLease>,
    /// An address from an earlier life that no server has confirmed in this one.
    remembered: Option<Ipv4Addr>,
    refusals: u32,
    /// Addresses in a row that other machines had.
    conflicts: u32,
}

impl Client {
    /// A client that has seen no carrier yet. `remembered` is an address to ask for first.
    pub fn new(mac: [u8; 6], profile: Profile, remembered: Option<Ipv4Addr>, random: fn() -> u32) -> Self {
        Self {
            mac,
            profile,
            random,
            state: State::Idle,
            transaction: 0,
            began: 0,
            discovered: 0,
            asked: 0,
            due: None,
            held: None,
            remembered,
            refusals: 0,
            conflicts: 0,
        }
    }

    /// The hardware address is another one, as that of a bond whose members change. To servers the client stays who it is, for as long as
    /// it has a lease.
    pub fn set_mac(&mut self, mac: [u8; 6], identity: Vec<u8>) {
        self.mac = mac;
        if self.held.is_none() && self.remembered.is_none() {
            self.profile.identity = identity;
        }
    }

    /// The hardware address to which servers answer.
    pub fn mac(&self) -> [u8; 6] {
        self.mac
    }

    /// The lease that counts now.
    pub fn lease(&self) -> Option<&Lease> {
        self.held.as_ref().map(|held| &held.lease)
    }

    /// Whether it asks for a lease and has none.
    pub fn is_looking(&self) -> bool {
        self.held.is_none() && self.state != State::Idle
    }

    /// When [`Self::tick`] has something to do.
    pub fn due(&self) -> Option<u64> {
        let end = self.held.as_ref().map(BoundLease::ends).filter(|end| *end != u64::MAX);
        self.due.into_iter().chain(end).min()
    }

    /// The carrier came or went. With a new one the network may be another, so the old lease is asked for again.
    pub fn carrier(&mut self, now: u64, present: bool) -> Vec<Operation> {
        match (present, &self.held) {
            (true, Some(held)) => {
                let address = held.lease.address;
                self.reboot(now, address)
            }
            (true, None) => match self.remembered {
                Some(address) => self.reboot(now, address),
                None => self.select(now),
            },
            (false, held) => {
                // A lease counts until its end, also while nobody is there to ask.
                self.state = if held.is_some() { State::Bound } else { State::Idle };
                self.due = None;
                Vec::new()
            }
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: u64) -> Vec<Operation> {
        if self.held.as_ref().is_some_and(|held| held.ends() <= now) {
            self.held = None;
            let mut operations = vec![Operation::Unbind(Loss::Expired)];
            match self.state {
                State::Bound if self.due.is_none() => self.state = State::Idle,
                State::Bound | State::Renewing | State::Rebinding => operations.extend(self.select(now)),
                _ => {}
            }
            return operations;
        }
        if self.due.is_none_or(|due| due > now) {
            return Vec::new();
        }
        match self.state.clone() {
            State::Idle | State::Probing(_) => Vec::new(),
            State::Pausing => self.select(now),
            State::Selecting { tries } => self.discover(now, tries + 1),
            State::Requesting { tries, .. } if tries + 1 >= MOST_REQUESTS => self.select(now),
            State::Requesting { tries, server, address } => self.request(now, tries + 1, server, address),
            State::Rebooting { tries, .. } if tries + 1 >= MOST_REBOOTS => self.give_up_remembered(now),
            State::Rebooting { tries, address } => self.ask_again(now, tries + 1, address),
            State::Bound => {
                self.begin(now);
                self.renew(now)
            }
            State::Renewing | State::Rebinding => self.renew(now),
        }
    }

    /// A server has answered; what is not for us is passed over.
    pub fn heard(&mut self, now: u64, answer: &DhcpReply) -> Vec<Operation> {
        if answer.transaction != self.transaction || answer.mac != self.mac {
            return Vec::new();
        }
        match (self.state.clone(), answer.kind) {
            (State::Selecting { .. }, Kind::Offer) => match Lease::of(answer, None) {
                Some(lease) => self.request(now, 0, lease.server, lease.address),
                None => Vec::new(),
            },
            (State::Requesting { server, .. }, Kind::Ack | Kind::Nak)
                if answer.server().is_some_and(|other| other != server) =>
            {
                Vec::new()
            }
            (State::Requesting { server, .. }, Kind::Ack) => self.bind(now, answer, Some(server)),
            (State::Rebooting { .. } | State::Renewing | State::Rebinding, Kind::Ack) => {
                self.bind(now, answer, self.lease().map(|lease| lease.server))
            }
            // Of the address that it has while it asks for another one, this says nothing.
            (State::Requesting { address, .. }, Kind::Nak) if self.lease().is_some_and(|it| it.address != address) => {
                self.begin_again(now)
            }
            (State::Requesting { .. } | State::Rebooting { .. } | State::Renewing | State::Rebinding, Kind::Nak) => {
                self.refused(now)
            }
            _ => Vec::new(),
        }
    }

    fn bind(&mut self, now: u64, answer: &DhcpReply, server: Option<Ipv4Addr>) -> Vec<Operation> {
        let Some(lease) = Lease::of(answer, server) else { return Vec::new() };
        let address = lease.address;
        let is_new = self.remembered != Some(address) && self.lease().is_none_or(|held| held.address != address);
        let held = BoundLease { lease, since: self.asked };
        if self.profile.has_probe && is_new {
            self.state = State::Probing(held);
            self.due = None;
            return vec![Operation::Probe { address }];
        }
        self.hold(now, held)
    }

    /// Whether the address of [`Operation::Probe`] is free is known.
    pub fn probed(&mut self, now: u64, address: Ipv4Addr, is_free: bool) -> Vec<Operation> {
        match self.state.clone() {
            State::Probing(held) if held.lease.address == address => {
                if is_free {
                    self.hold(now, held)
                } else {
                    self.decline(now, &held.lease)
                }
            }
            _ => Vec::new(),
        }
    }

    /// Gives an address back that another machine has, and looks for another one after a pause.
    fn decline(&mut self, now: u64, lease: &Lease) -> Vec<Operation> {
        self.conflicts = self.conflicts.saturating_add(1);
        self.state = State::Pausing;
        self.due = Some(now + if self.conflicts < MANY_CONFLICTS { CONFLICT_PAUSE } else { LONG_CONFLICT_PAUSE });
        let identity = (self.mac, self.profile.identity.as_slice());
        // RFC 2131, table 5: it asks for nothing, and says nothing else of the client.
        let message = Query::new(Kind::Decline, self.transaction, 0, identity, Ipv4Addr::UNSPECIFIED)
            .with(option::SERVER, &lease.server.octets())
            .with(option::REQUESTED_ADDRESS, &lease.address.octets());
        vec![Operation::Broadcast { from: Ipv4Addr::UNSPECIFIED, message: message.done() }]
    }

    fn hold(&mut self, now: u64, held: BoundLease) -> Vec<Operation> {
        let lease = held.lease.clone();
        self.state = State::Bound;
        self.due = lease.seconds.map(|_| held.at(lease.renew_seconds).max(now + 1));
        self.held = Some(held);
        self.remembered = None;
        (self.refusals, self.conflicts) = (0, 0);
        vec![Operation::Bind(lease)]
    }

    fn refused(&mut self, now: u64) -> Vec<Operation> {
        // An address from an earlier life is still on the interface, too.
        let was_bound = self.held.take().is_some() | self.remembered.take().is_some();
        let lost = was_bound.then_some(Operation::Unbind(Loss::Refused));
        lost.into_iter().chain(self.begin_again(now)).collect()
    }

    /// Looks for servers again; from the second refusal in a row on, after a pause.
    fn begin_again(&mut self, now: u64) -> Vec<Operation> {
        self.refusals = self.refusals.saturating_add(1);
        if self.refusals == 1 {
            return self.select(now);
        }
        self.state = State::Pausing;
        self.due = Some(now + self.wait(self.refusals));
        Vec::new()
    }

    fn select(&mut self, now: u64) -> Vec<Operation> {
        self.begin(now);
        self.discover(now, 0)
    }

    fn reboot(&mut self, now: u64, address: Ipv4Addr) -> Vec<Operation> {
        self.begin(now);
        self.ask_again(now, 0, address)
    }

    fn give_up_remembered(&mut self, now: u64) -> Vec<Operation> {
        self.remembered = None;
        self.select(now)
    }

    /// A new transaction.
    fn begin(&mut self, now: u64) {
        self.transaction = (self.random)();
        self.began = now;
    }

    fn discover(&mut self, now: u64, tries: u32) -> Vec<Operation> {
        self.state = State::Selecting { tries };
        self.discovered = now;
        self.due = Some(now + self.early_wait(tries));
        let mut query = self.query(now, Kind::Discover, Ipv4Addr::UNSPECIFIED);
        if let Some(held) = &self.held {
            query = query.with(option::REQUESTED_ADDRESS, &held.lease.address.octets());
        }
        vec![Operation::Broadcast { from: Ipv4Addr::UNSPECIFIED, message: query.done() }]
    }

    fn request(&mut self, now: u64, tries: u32, server: Ipv4Addr, address: Ipv4Addr) -> Vec<Operation> {
        self.state = State::Requesting { tries, server, address };
        self.asked = now;
        self.due = Some(now + self.wait(tries));
        // RFC 2131, 3.1: the seconds of the discover, so that relays pass both on to the same servers.
        let query = self
            .query(self.discovered, Kind::Request, Ipv4Addr::UNSPECIFIED)
            .with(option::SERVER, &server.octets())
            .with(option::REQUESTED_ADDRESS, &address.octets());
        vec![Operation::Broadcast { from: Ipv4Addr::UNSPECIFIED, message: query.done() }]
    }

    fn ask_again(&mut self, now: u64, tries: u32, address: Ipv4Addr) -> Vec<Operation> {
        self.state = State::Rebooting { tries, address };
        self.asked = now;
        self.due = Some(now + self.early_wait(tries));
        let query =
            self.query(now, Kind::Request, Ipv4Addr::UNSPECIFIED).with(option::REQUESTED_ADDRESS, &address.octets());
        vec![Operation::Broadcast { from: Ipv4Addr::UNSPECIFIED, message: query.done() }]
    }

    /// Asks the lease's server until T2, then everybody. The next time half of what is left later, at least a minute.
    fn renew(&mut self, now: u64) -> Vec<Operation> {
        let Some(held) = self.held.clone() else { return Vec::new() };
        let (address, server) = (held.lease.address, held.lease.server);
        let rebind_at = held.at(held.lease.rebind_seconds);
        let until = if now < rebind_at { rebind_at } else { held.ends() };
        self.due = Some((now + (until.saturating_sub(now) / 2).max(SHORTEST_RENEWAL_WAIT)).min(until));
        self.asked = now;
        let message = self.query(now, Kind::Request, address).done();
        if now < rebind_at {
            self.state = State::Renewing;
            vec![Operation::Unicast { from: address, server, message }]
        } else {
            self.state = State::Rebinding;
            vec![Operation::Broadcast { from: address, message }]
        }
    }

    fn query(&self, now: u64, kind: Kind, own: Ipv4Addr) -> Query {
        let seconds = u16::try_from(now.saturating_sub(self.began) / 1000).unwrap_or(u16::MAX);
        let profile = &self.profile;
        let query = Query::new(kind, self.transaction, seconds, (self.mac, &profile.identity), own);
        let texts = [(option::HOST_NAME, &profile.hostname), (option::VENDOR_CLASS, &profile.vendor_class)];
        let texts = texts.into_iter().filter_map(|(number, text)| Some((number, text.as_ref()?)));
        texts.fold(query.asking(&profile.unwanted), |query, (number, text)| query.with(number, text.as_bytes()))
    }

    /// The wait of what is asked first over a new carrier.
    fn early_wait(&self, tries: u32) -> u64 {
        let wait = eager(FIRST_WAIT, LONGEST_WAIT, tries);
        self.varied(wait, if EARLY.contains(&wait) { wait / 10 } else { 1000 })
    }

    fn wait(&self, tries: u32) -> u64 {
        self.varied(doubled(FIRST_WAIT, LONGEST_WAIT, tries), 1000)
    }

    /// So much more or less by chance, so that machines which have begun at the same time do not go on asking at the same times.
    fn varied(&self, wait: u64, by: u64) -> u64 {
        wait - by + u64::from((self.random)()) % (2 * by + 1)
    }
}

#[cfg(test)]
mod tests;
