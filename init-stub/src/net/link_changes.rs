//! What has become of the links that the config means, as events. It is pure: it compares what is there with what was reported.

use crate::core::event::{Body, LinkChange};
use crate::core::pace::Pace;
use crate::core::plan::network::MeantLink;
use std::collections::{BTreeMap, BTreeSet};

/// Reports of one interface: this many at once, and on average one in so many milliseconds. A bad cable is reported twice a second.
const BURST: u64 = 4;
/// See [`BURST`].
const PACE: u64 = 500;
/// How long a link may be without its first carrier until that is reported, in milliseconds: a switch may take as long to start.
const FIRST_CARRIER: u64 = 15_000;

/// What is known of the links.
#[derive(Default)]
pub struct LinkChanges {
    /// By their numbers.
    links: BTreeMap<u32, Watched>,
    /// By their names: an interface that is plugged in again has another number.
    reports: BTreeMap<String, Reports>,
}

/// What was reported of an interface.
#[derive(Default)]
struct Reports {
    pace: Pace,
    /// Times that it came and went since then.
    left_out: u64,
}

/// The state of a link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Known {
    is_there: bool,
    /// The link that it is a member of.
    of: Option<String>,
    carrier: bool,
    /// How often the carrier came and went.
    count: u32,
}

#[derive(Default)]
struct Watched {
    name: String,
    /// Links that software makes are made again without an event: their addresses have some.
    is_hardware: bool,
    /// Whether it is reported where it has never got a carrier. A bridge with a spanning tree has none for long.
    needs_carrier: bool,
    reported: Known,
    now: Known,
    /// Since when it has waited for its first carrier. It waits again where init itself has taken it down.
    waits: Option<u64>,
    /// Whether it is there in place of one of its name, of which nobody has said that it is gone.
    is_other: bool,
}

/// What is to be reported, of which link it is a member, and what has no event of its own.
type Change = (LinkChange, Option<String>, u64);

impl LinkChanges {
    /// Takes in all links that the config means. What comes and joins at a boot is not reported. True when there is an interface of the
    /// machine that was not there.
    pub fn take(&mut self, now: u64, meant: &[MeantLink], is_boot: bool) -> bool {
        let mut gone: BTreeSet<u32> = self.links.keys().copied().collect();
        let mut has_new = false;
        for one in meant.iter().filter(|one| counts(one)) {
            gone.remove(&one.seen.index);
            has_new |= self.take_one(now, one, is_boot);
        }
        for (_, watched) in self.links.iter_mut().filter(|(index, _)| gone.contains(index)) {
            watched.now = Known::default();
            if !watched.is_hardware {
                watched.reported = Known::default();
            }
        }
        self.drop_replaced();
        has_new
    }

    fn take_one(&mut self, now: u64, MeantLink { name, of, seen }: &MeantLink, is_boot: bool) -> bool {
        let watched = self.links.entry(seen.index).or_default();
        let is_new = !watched.now.is_there;
        watched.name.clone_from(name);
        watched.is_hardware = seen.kind.is_none();
        watched.needs_carrier = matches!(seen.kind.as_deref(), None | Some("bond"));
        watched.now = Known { is_there: true, of: of.clone(), carrier: seen.carrier, count: seen.changes };
        if is_new {
            watched.waits = Some(now);
        }
        if watched.now.carrier && watched.waits.take().is_some() {
            (watched.reported.carrier, watched.reported.count) = (true, seen.changes);
        }
        watched.reported.is_there |= is_boot || !watched.is_hardware;
        if is_boot {
            watched.reported.of.clone_from(of);
        }
        is_new && watched.is_hardware
    }

    /// An interface that is there again under its name makes it needless to say that it was gone.
    fn drop_replaced(&mut self) {
        let gone = self.links.iter().filter(|(_, one)| !one.now.is_there);
        let gone: Vec<(u32, String)> = gone.map(|(index, one)| (*index, one.name.clone())).collect();
        for (index, name) in gone {
            let other =
                self.links.iter().find(|(_, one)| one.now.is_there && one.name == name).map(|(other, _)| *other);
            let Some(other) = other else { continue };
            let old = self.links.remove(&index).unwrap_or_default();
            if let Some(new) = self.links.get_mut(&other).filter(|_| old.is_hardware) {
                new.is_other |= old.reported.is_there;
                self.reports.entry(name).or_default().left_out += if old.reported.is_there { 1 } else { 2 };
            }
        }
    }

    /// Init itself takes a link down, or resets its device: the next carrier is the first one.
    pub fn interrupted(&mut self, index: u32, now: u64) {
        if let Some(watched) = self.links.get_mut(&index).filter(|one| one.reported.carrier) {
            watched.waits.get_or_insert(now);
        }
    }

    /// A link has become a member at a boot.
    pub fn joined_at_boot(&mut self, index: u32, of: &str) {
        self.links.entry(index).or_default().reported.of = Some(of.into());
    }

    /// What is to be reported now. What comes too fast is left out, but for how it ends.
    pub fn report(&mut self, now: u64) -> Vec<Body> {
        let mut events = Vec::new();
        for watched in self.links.values_mut() {
            let changes = watched.changes(now);
            let reports = self.reports.entry(watched.name.clone()).or_default();
            if !changes.is_empty() && reports.pace.allow(now, PACE, BURST) {
                watched.is_reported(now);
                events.extend(changes.into_iter().map(|(change, of, left_out)| Body::LinkChanged {
                    interface: watched.name.clone(),
                    change,
                    of,
                    left_out: Some(left_out + std::mem::take(&mut reports.left_out)).filter(|count| *count > 0),
                }));
            } else if watched.came_and_went() {
                reports.left_out += 2;
            }
        }
        self.links.retain(|_, one| one.now.is_there || one.reported != Known::default());
        self.reports.retain(|_, one| one.left_out > 0 || one.pace.next(PACE, 1) > now);
        events
    }

    /// When there is something to report next, if nothing else changes.
    pub fn due(&self, now: u64) -> Option<u64> {
        let due = |one: &Watched| match one.changes(now).is_empty() {
            true => one.end_of_wait(),
            false => Some(self.reports.get(&one.name).map_or(now, |one| one.pace.next(PACE, BURST))),
        };
        self.links.values().filter_map(due).min()
    }
}

/// A VLAN has the carrier of the link that it is on, and a dummy or a tunnel has always one.
fn counts(one: &MeantLink) -> bool {
    one.of.is_some() || matches!(one.seen.kind.as_deref(), None | Some("bond" | "bridge"))
}

impl Watched {
    fn changes(&self, now: u64) -> Vec<Change> {
        let (before, is) = (&self.reported, &self.now);
        if !is.is_there {
            let gone = before.is_there.then(|| (LinkChange::Gone, before.of.clone(), 0));
            return gone.into_iter().collect();
        }
        let mut all = Vec::new();
        if !before.is_there || self.is_other {
            all.push((LinkChange::Appeared, is.of.clone(), 0));
        }
        if before.of != is.of {
            all.extend(before.of.clone().map(|of| (LinkChange::Left, Some(of), 0)));
            all.extend(is.of.clone().map(|of| (LinkChange::Joined, Some(of), 0)));
        }
        all.extend(self.carrier_change(now).map(|(change, left_out)| (change, is.of.clone(), left_out)));
        all
    }

    /// The kernel counts a change before it says that the link can send.
    fn carrier_change(&self, now: u64) -> Option<(LinkChange, u64)> {
        if self.waits.is_some() {
            return self.end_of_wait().filter(|end| *end <= now).map(|_| (LinkChange::CarrierMissing, 0));
        }
        let count = self.now.count.wrapping_sub(self.reported.count);
        let is_other = self.now.carrier != self.reported.carrier || count > 1;
        let change = if self.now.carrier { LinkChange::CarrierFound } else { LinkChange::CarrierLost };
        is_other.then(|| (change, u64::from(count.saturating_sub(1))))
    }

    /// Whether it has gone before anybody could say that it had appeared.
    fn came_and_went(&self) -> bool {
        self.is_hardware && !self.now.is_there && self.reported == Known::default()
    }

    fn end_of_wait(&self) -> Option<u64> {
        self.waits.filter(|_| self.needs_carrier).map(|since| since + FIRST_CARRIER)
    }

    fn is_reported(&mut self, now: u64) {
        let is_missing = self.end_of_wait().is_some_and(|end| end <= now);
        let before = std::mem::replace(&mut self.reported, self.now.clone());
        if is_missing || !self.now.is_there {
            self.waits = None;
        }
        if self.waits.is_some() {
            (self.reported.carrier, self.reported.count) = (before.carrier, before.count);
        }
        self.is_other = false;
    }
}

#[cfg(test)]
mod tests;
