use super::*;
use crate::core::plan::network::SeenLink;

/// A machine with one interface of its own and a bond of two.
struct Machine {
    changes: LinkChanges,
    links: Vec<(SeenLink, Option<String>)>,
}

fn link(index: u32, name: &str, kind: Option<&str>) -> SeenLink {
    SeenLink { index, name: name.into(), kind: kind.map(str::to_owned), ..SeenLink::default() }
}

impl Machine {
    /// After a boot that took a second.
    fn booted() -> Self {
        let bond = || Some("bond0".to_owned());
        let links = vec![
            (link(2, "eth0", None), None),
            (link(3, "eth1", None), bond()),
            (link(4, "eth2", None), bond()),
            (link(5, "bond0", Some("bond")), None),
            (link(6, "bond0.40", Some("vlan")), None),
        ];
        let mut machine = Self { changes: LinkChanges::default(), links };
        machine.take(0, true);
        for index in [2, 3, 4, 5, 6] {
            machine.carrier(index, true);
        }
        machine.take(1000, true);
        assert_eq!(machine.at(1000), NOTHING);
        machine
    }

    fn take(&mut self, now: u64, is_boot: bool) -> bool {
        let of = |(seen, of): &'static (SeenLink, Option<String>)| MeantLink {
            name: seen.name.clone(),
            of: of.clone(),
            seen,
        };
        let links: &'static [_] = Box::leak(self.links.clone().into_boxed_slice());
        self.changes.take(now, &links.iter().map(of).collect::<Vec<_>>(), is_boot)
    }

    fn carrier(&mut self, index: u32, carrier: bool) {
        let one = self.links.iter_mut().find(|(link, _)| link.index == index).unwrap();
        one.0.carrier = carrier;
        one.0.changes += 1;
    }

    fn unplug(&mut self, index: u32) {
        self.links.retain(|(link, _)| link.index != index);
    }

    /// The events after a look, in short.
    fn at(&mut self, now: u64) -> Vec<String> {
        self.take(now, false);
        let words = |event: &Body| {
            let event = serde_json::to_value(event).unwrap();
            let part = |key: &str| event.get(key).map(|value| format!(" {value}").replace('"', "")).unwrap_or_default();
            let left_out = event.get("leftOut").map(|count| format!(" -{count}")).unwrap_or_default();
            format!("{}{}{}{left_out}", event["interface"].as_str().unwrap(), part("change"), part("of"))
        };
        self.changes.report(now).iter().map(words).collect()
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_carrier_that_goes_and_comes_is_reported_once_each_and_that_of_a_vlan_is_that_of_its_link() {
    let mut machine = Machine::booted();
    machine.carrier(2, false);
    assert_eq!(machine.at(2000), ["eth0 carrier-lost"]);
    assert_eq!(machine.at(2001), NOTHING);
    machine.carrier(2, true);
    assert_eq!(machine.at(9000), ["eth0 carrier-found"]);
    for index in [3, 4, 5, 6] {
        machine.carrier(index, false);
    }
    assert_eq!(machine.at(10_000), ["eth1 carrier-lost bond0", "eth2 carrier-lost bond0", "bond0 carrier-lost"]);
    assert_eq!(machine.changes.due(10_000), None);
}

#[test]
fn a_carrier_that_nobody_saw_go_is_counted() {
    let mut machine = Machine::booted();
    machine.carrier(2, false);
    machine.carrier(2, true);
    assert_eq!(machine.at(2000), ["eth0 carrier-found -1"]);
    // The kernel counts before it lets the link send.
    machine.links[0].0.changes += 1;
    assert_eq!(machine.at(3000), NOTHING);
}

#[test]
fn a_bad_cable_is_reported_twice_a_second_and_how_it_ends_in_any_case() {
    let mut machine = Machine::booted();
    let mut events = Vec::new();
    for at in 0..1000 {
        machine.carrier(2, at % 2 == 1);
        events.extend(machine.at(10_000 + at * 10));
    }
    // Four at once, and two in each of the ten seconds.
    assert!((22..=25).contains(&events.len()), "{events:?}");
    machine.carrier(2, false);
    events.extend(machine.at(19_991));
    let due = machine.changes.due(19_991).unwrap();
    assert!(due <= 20_500, "{due}");
    events.extend(machine.at(due));
    assert_eq!(machine.changes.due(due), None);
    let last = events.last().unwrap();
    assert!(last.starts_with("eth0 carrier-lost"), "{last}");
    let left_out: usize = events.iter().filter_map(|event| event.split_once(" -")?.1.parse::<usize>().ok()).sum();
    assert_eq!(events.len() + left_out, 1001, "each change is an event, or counted");
}

#[test]
fn the_first_carrier_is_not_reported_unless_it_is_late() {
    let mut machine = Machine { changes: LinkChanges::default(), links: vec![(link(2, "eth0", None), None)] };
    machine.links.push((link(7, "br0", Some("bridge")), None));
    machine.take(0, true);
    assert_eq!(machine.at(14_999), NOTHING);
    assert_eq!(machine.changes.due(14_999), Some(15_000));
    assert_eq!(machine.at(15_000), ["eth0 carrier-missing"]);
    assert_eq!((machine.at(60_000), machine.changes.due(60_000)), (vec![], None));
    machine.carrier(2, true);
    machine.carrier(7, true);
    assert_eq!(machine.at(90_000), ["eth0 carrier-found"], "a bridge learns for long");
}

#[test]
fn a_link_that_init_takes_down_has_its_first_carrier_again() {
    let mut machine = Machine::booted();
    machine.changes.interrupted(3, 2000);
    machine.carrier(3, false);
    assert_eq!(machine.at(2000), NOTHING);
    machine.carrier(3, true);
    assert_eq!(machine.at(4000), NOTHING);
    machine.changes.interrupted(3, 5000);
    machine.carrier(3, false);
    machine.changes.interrupted(3, 19_000);
    assert_eq!(machine.at(20_000), ["eth1 carrier-missing bond0"], "the first time counts");
    // One that was lost before is found, also after init has tried to help.
    machine.changes.interrupted(3, 21_000);
    machine.carrier(3, true);
    assert_eq!(machine.at(22_000), ["eth1 carrier-found bond0"]);
}

#[test]
fn what_is_unplugged_and_plugged_in_again_is_gone_appears_and_joins() {
    let mut machine = Machine::booted();
    machine.unplug(3);
    assert_eq!(machine.at(2000), ["eth1 gone bond0"]);
    machine.links.push((link(9, "eth1", None), None));
    assert!(machine.take(5000, false), "it is new");
    assert_eq!(machine.at(5000), ["eth1 appeared"]);
    machine.links.last_mut().unwrap().1 = Some("bond0".into());
    machine.carrier(9, true);
    assert!(!machine.take(6000, false));
    assert_eq!(machine.at(6000), ["eth1 joined bond0"]);
    machine.links.last_mut().unwrap().1 = None;
    assert_eq!(machine.at(9000), ["eth1 left bond0"]);
}

#[test]
fn an_interface_that_is_there_again_before_anybody_looks_appears_and_what_is_left_out_is_counted() {
    let mut machine = Machine::booted();
    machine.unplug(2);
    machine.links.push((link(9, "eth0", None), None));
    assert_eq!(machine.at(2000), ["eth0 appeared -1"]);
    let mut events = Vec::new();
    for at in 0..100u32 {
        machine.unplug(9 + at);
        events.extend(machine.at(3000 + u64::from(at)));
        machine.links.push((link(10 + at, "eth0", None), None));
        events.extend(machine.at(3000 + u64::from(at)));
    }
    assert!(events.len() <= 4, "{events:?}");
    assert_eq!(machine.changes.links.len(), 4, "nothing grows");
    let due = machine.changes.due(3100).unwrap();
    assert!(machine.at(due).last().unwrap().starts_with("eth0 appeared -"));
    machine.unplug(109);
    machine.at(60_000);
    machine.at(120_000);
    assert_eq!((machine.changes.links.len(), machine.changes.reports.len()), (3, 0));
}

#[test]
fn what_joins_at_the_boot_and_what_software_makes_again_is_not_reported() {
    let mut machine = Machine { changes: LinkChanges::default(), links: vec![(link(3, "eth1", None), None)] };
    machine.take(0, true);
    machine.changes.joined_at_boot(3, "bond0");
    let bond = || Some("bond0".to_owned());
    machine.links = vec![(link(3, "eth1", None), bond()), (link(5, "bond0", Some("bond")), None)];
    assert_eq!(machine.at(100), NOTHING);
    machine.unplug(5);
    machine.links.push((link(6, "bond0", Some("bond")), None));
    assert_eq!(machine.at(2000), NOTHING);
}
