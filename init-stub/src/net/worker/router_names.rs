//! Name servers and domains that the routers on a link advertise (RFC 8106), each for as long as its router says.

use crate::core::codec::router::{Names, RouterOption};
use std::net::Ipv6Addr;

/// Of all routers of a link together, as many of each as a node uses; more is malice.
const MOST: usize = 8;

/// Changes within this time are reported together, in milliseconds: a router that names others all the time must not keep PID 1 busy.
const PAUSE: u64 = 1000;

/// After this time in milliseconds all is reported once, also where nothing has changed: what an earlier child has reported may have ended
/// while nobody looked. Routers have been asked several times by then.
const FIRST_REPORT: u64 = 60_000;

/// What routers on a link have advertised and is valid still, in the order in which it came.
#[derive(Debug, Default)]
pub struct RouterNames {
    servers: Vec<Entry<Ipv6Addr>>,
    domains: Vec<Entry<String>>,
    /// When all is reported for the first time, whatever changes.
    check_at: Option<u64>,
    /// When a change is to be reported.
    report_at: Option<u64>,
    /// When the last one was.
    reported: Option<u64>,
}

/// One server or domain.
#[derive(Debug)]
struct Entry<T> {
    what: T,
    /// When it ends in milliseconds; None: never.
    until: Option<u64>,
}

impl RouterNames {
    /// None yet.
    pub fn new(now: u64) -> Self {
        Self { check_at: Some(now + FIRST_REPORT), ..Self::default() }
    }

    /// Takes in what a router says.
    pub fn take(&mut self, now: u64, option: RouterOption) {
        let until = option.lifetime_seconds.map(|seconds| now + u64::from(seconds) * 1000);
        let has_changed = match option.what {
            Names::Servers(servers) => renew(&mut self.servers, servers, now, until),
            Names::Domains(domains) => renew(&mut self.domains, domains, now, until),
        };
        self.note(now, has_changed);
    }

    /// Lets go of what has ended; the servers and the domains, if it is time to report a change of them.
    pub fn turn(&mut self, now: u64) -> Option<(Vec<Ipv6Addr>, Vec<String>)> {
        let before = self.servers.len() + self.domains.len();
        self.servers.retain(|entry| entry.is_valid(now));
        self.domains.retain(|entry| entry.is_valid(now));
        let is_check = self.check_at.take_if(|at| *at <= now).is_some();
        self.note(now, is_check || before != self.servers.len() + self.domains.len());
        self.report_at.take_if(|at| *at <= now)?;
        self.reported = Some(now);
        Some(self.lists())
    }

    fn note(&mut self, now: u64, has_changed: bool) {
        if has_changed {
            let soonest = self.reported.map_or(now, |reported| now.max(reported + PAUSE));
            self.report_at.get_or_insert(soonest);
        }
    }

    /// When [`Self::turn`] has something to do.
    pub fn due(&self) -> Option<u64> {
        let servers = self.servers.iter().filter_map(|entry| entry.until);
        let ends = servers.chain(self.domains.iter().filter_map(|entry| entry.until));
        ends.chain(self.report_at).chain(self.check_at).min()
    }

    fn lists(&self) -> (Vec<Ipv6Addr>, Vec<String>) {
        let servers = self.servers.iter().map(|entry| entry.what).collect();
        (servers, self.domains.iter().map(|entry| entry.what.clone()).collect())
    }
}

impl<T> Entry<T> {
    fn is_valid(&self, now: u64) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}

fn renew<T: PartialEq>(list: &mut Vec<Entry<T>>, new: Vec<T>, now: u64, until: Option<u64>) -> bool {
    let mut has_changed = false;
    for what in new {
        let entry = Entry { what, until };
        if let Some(old) = list.iter_mut().find(|old| old.what == entry.what) {
            *old = entry;
        } else if list.len() < MOST && entry.is_valid(now) {
            list.push(entry);
            has_changed = true;
        }
    }
    let before = list.len();
    list.retain(|entry| entry.is_valid(now));
    has_changed || list.len() != before
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(addresses: &[&str], lifetime_seconds: Option<u32>) -> RouterOption {
        let servers = addresses.iter().map(|text| text.parse().unwrap()).collect();
        RouterOption { index: 3, router: "fe80::1".parse().unwrap(), lifetime_seconds, what: Names::Servers(servers) }
    }

    fn domains(names: &[&str], lifetime_seconds: Option<u32>) -> RouterOption {
        let what = Names::Domains(names.iter().map(|name| (*name).to_owned()).collect());
        RouterOption { what, ..servers(&[], lifetime_seconds) }
    }

    fn texts(names: &RouterNames) -> Vec<String> {
        let (servers, domains) = names.lists();
        servers.iter().map(ToString::to_string).chain(domains).collect()
    }

    #[test]
    fn what_a_router_names_lasts_as_long_as_it_says() {
        let mut names = RouterNames::default();
        names.take(1000, servers(&["2001:db8::53", "fe80::53"], Some(60)));
        names.take(1000, domains(&["example.org"], None));
        assert!(names.turn(1000).is_some());
        names.take(2000, servers(&["2001:db8::53"], Some(600)));
        assert_eq!(names.turn(2000), None, "the same again changes nothing");
        assert_eq!(texts(&names), ["2001:db8::53", "fe80::53", "example.org"]);
        assert_eq!(names.due(), Some(61_000));
        assert_eq!(names.turn(60_999), None);
        assert!(names.turn(61_000).is_some());
        assert_eq!(texts(&names), ["2001:db8::53", "example.org"]);
        assert!(names.turn(602_000).is_some());
        assert_eq!((texts(&names), names.due()), (vec!["example.org".to_owned()], None));
    }

    #[test]
    fn a_lifetime_of_zero_takes_back_what_was_named() {
        let mut names = RouterNames::default();
        names.take(0, servers(&["2001:db8::53"], None));
        names.turn(0);
        names.take(5000, servers(&["2001:db8::53", "2001:db8::54"], Some(0)));
        assert_eq!(names.turn(5000), Some((Vec::new(), Vec::new())));
    }

    #[test]
    fn a_router_that_names_others_all_the_time_is_reported_once_a_second() {
        let mut names = RouterNames::default();
        let mut reports = 0;
        for now in 0..10_000 {
            names.take(now, servers(&["2001:db8::53"], Some(u32::from(now % 2 == 0))));
            reports += usize::from(names.turn(now).is_some());
            assert!(names.due().is_none_or(|due| due > now), "it is not due all the time");
        }
        assert_eq!(reports, 10);
    }

    #[test]
    fn after_a_minute_all_is_reported_once_although_nothing_has_changed() {
        let mut names = RouterNames::new(5000);
        assert_eq!((names.turn(5000), names.due()), (None, Some(65_000)));
        assert_eq!(names.turn(65_000), Some((Vec::new(), Vec::new())));
        assert_eq!((names.turn(130_000), names.due()), (None, None));
        let mut names = RouterNames::new(5000);
        names.take(6000, servers(&["2001:db8::53"], None));
        assert!(names.turn(6000).is_some(), "a change does not wait");
        assert_eq!(names.turn(65_000), Some((vec!["2001:db8::53".parse().unwrap()], Vec::new())));
    }

    #[test]
    fn routers_cannot_fill_the_memory() {
        let mut names = RouterNames::default();
        for number in 0..10_000 {
            names.take(0, domains(&[&format!("d{number}.example")], None));
        }
        assert_eq!(texts(&names).len(), MOST);
    }
}
