//! The options of bonds and bridges, by the names that the kernel's drivers, ifupdown and netplan give them.

use super::left_out::LeftOut;
use super::section::{flag_of, words_of};
use crate::core::config::{Bond, Bridge};
use Form::{Addresses, Flag, Number, Seconds, Word};
use serde_json::{Map, Value as Json, json};
use std::net::Ipv4Addr;

/// What the value of an option looks like.
enum Form {
    /// One of these, or its place among them, which is the kernel's number.
    Word(&'static [&'static str]),
    /// From the first to the second; a time is in milliseconds, or has its unit.
    Number([u32; 2]),
    /// Of the same bounds in milliseconds, and written in seconds, or with its unit.
    Seconds([u32; 2]),
    Flag,
    Addresses,
}

/// An option: its names elsewhere, its key in the machine config, its form, and the modes of a bond in which the driver takes it,
/// one bit each.
type Row = ([&'static str; 2], &'static str, Form, u8);

const MODES: [&str; 7] =
    ["balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"];
const ANY: u8 = 0x7f;
const TIME: Form = Number([0, 2_147_483_647]);

/// Members, the mode and the primary member are not among them.
const BOND: [Row; 18] = [
    (["miimon", "mii-monitor-interval"], "miiMonitorIntervalMs", TIME, ANY),
    (["updelay", "up-delay"], "upDelayMs", TIME, ANY),
    (["downdelay", "down-delay"], "downDelayMs", TIME, ANY),
    (["arp-interval", "arp-interval"], "arpIntervalMs", TIME, 0b000_1111),
    (["arp-ip-target", "arp-ip-targets"], "arpIpTargets", Addresses, 0b000_1111),
    (["arp-validate", "arp-validate"], "arpValidate", Word(&["none", "active", "backup", "all"]), 0b000_1111),
    (["arp-all-targets", "arp-all-targets"], "arpAllTargets", Word(&["any", "all"]), 0b000_0010),
    (
        ["primary-reselect", "primary-reselect-policy"],
        "primaryReselectPolicy",
        Word(&["always", "better", "failure"]),
        0b110_0010,
    ),
    (["fail-over-mac", "fail-over-mac-policy"], "failOverMacPolicy", Word(&["none", "active", "follow"]), 0b000_0010),
    (
        ["xmit-hash-policy", "transmit-hash-policy"],
        "transmitHashPolicy",
        Word(&["layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"]),
        0b011_0100,
    ),
    (["lacp-rate", "lacp-rate"], "lacpRate", Word(&["slow", "fast"]), 0b001_0000),
    (["ad-select", "ad-select"], "adSelect", Word(&["stable", "bandwidth", "count"]), 0b001_0000),
    (["min-links", "min-links"], "minLinks", Number([0, 64]), 0b001_0000),
    (["all-slaves-active", "all-members-active"], "allMembersActive", Flag, ANY),
    (["num-grat-arp", "gratuitous-arp"], "gratuitousArp", Number([0, 255]), 0b000_0010),
    (["packets-per-slave", "packets-per-member"], "packetsPerMember", Number([0, 65535]), 0b000_0001),
    (["resend-igmp", "resend-igmp"], "resendIgmp", Number([0, 255]), 0b110_0011),
    (["lp-interval", "learn-packet-interval"], "learnPacketIntervalMs", Seconds([1000, 2_147_483_000]), 0b110_0000),
];
/// What asks ARP targets.
const ARP: [&str; 4] = ["arpIntervalMs", "arpIpTargets", "arpValidate", "arpAllTargets"];

const BRIDGE: [Row; 6] = [
    (["stp", "stp"], "stp", Flag, ANY),
    (["bridgeprio", "priority"], "priority", Number([0, 65535]), ANY),
    (["fd", "forward-delay"], "forwardDelayMs", Seconds([2000, 30_000]), ANY),
    (["hello", "hello-time"], "helloTimeMs", Seconds([1000, 10_000]), ANY),
    (["maxage", "max-age"], "maxAgeMs", Seconds([6000, 40_000]), ANY),
    (["ageing", "ageing-time"], "ageingTimeMs", Seconds([0, 1_000_000_000]), ANY),
];
/// What only a spanning tree uses.
const TREE: [&str; 4] = ["priority", "forwardDelayMs", "helloTimeMs", "maxAgeMs"];

/// Options of a link as they are found, and the keys that the machine config has for them.
#[derive(Default)]
struct Options(Map<String, Json>);

impl Options {
    fn of<'a>(rows: &[Row], id: &str, given: impl Iterator<Item = Given<'a>>, out: &mut LeftOut) -> Self {
        let mut all = Self::default();
        for (name, values) in given {
            let plain = name.replace('_', "-");
            let row = rows.iter().find(|(names, ..)| names.contains(&plain.as_str()));
            match row.and_then(|(_, key, form, _)| Some((*key, form.read(&values)?))) {
                Some((key, value)) => drop(all.0.insert(key.into(), value)),
                None => out.add(id, name),
            }
        }
        all
    }

    fn number(&self, key: &str) -> u64 {
        self.0.get(key).and_then(Json::as_u64).unwrap_or(0)
    }

    fn leave_out(&mut self, keys: &[&str], id: &str, out: &mut LeftOut) {
        for key in keys {
            if self.0.remove(*key).is_some() {
                out.add(id, key);
            }
        }
    }

    /// As a value of the machine config, by the one way to read that.
    fn whole<T: serde::de::DeserializeOwned>(self) -> Option<T> {
        serde_json::from_slice(&serde_json::to_vec(&Json::Object(self.0)).ok()?).ok()
    }
}

impl Form {
    fn read(&self, values: &[&str]) -> Option<Json> {
        let first = values.first()?;
        let within = |number: u64, [least, most]: &[u32; 2]| {
            (u64::from(*least)..=u64::from(*most)).contains(&number).then(|| number.into())
        };
        match self {
            Word(words) => {
                let at = first.parse().ok().and_then(|place: usize| words.get(place));
                at.or_else(|| words.iter().find(|word| *word == first)).map(|word| json!(word))
            }
            Number(bounds) => within(milliseconds(first, 1)?, bounds),
            Seconds(bounds) => within(milliseconds(first, 1000)?, bounds),
            Flag => match flag_of(first)? {
                flag if values.len() == 1 => Some(flag.into()),
                _ => None,
            },
            Addresses => {
                let all: Option<Vec<Ipv4Addr>> = values.iter().map(|text| text.parse().ok()).collect();
                all.filter(|all| all.len() <= 16).map(|all| json!(all))
            }
        }
    }
}

/// A number with or without a unit.
fn milliseconds(text: &str, usual: u64) -> Option<u64> {
    let (number, unit) = super::facts::number_in(text)?;
    let factor = match unit {
        "" => usual,
        "ms" => 1,
        "s" => 1000,
        _ => return None,
    };
    u64::from(number).checked_mul(factor)
}

/// An option as it stands in a document: its name, and the parts of its value.
pub type Given<'a> = (&'a str, Vec<&'a str>);

/// The bond of some options, without members, and the name of its primary one. Options that the driver does not take in its mode are
/// left out. A bond whose members nothing looks at goes on sending over a dead one, so its carriers are looked at.
pub fn bond<'a>(id: &str, given: impl Iterator<Item = Given<'a>>, out: &mut LeftOut) -> (Option<Bond>, Option<String>) {
    let (mut mode, mut primary, mut rest) = (0, None, Vec::new());
    for (name, values) in given {
        match (name, values.first()) {
            ("mode", Some(value)) => match Word(&MODES).read(&values) {
                Some(_) if value.len() == 1 => mode = value.parse().unwrap_or(0),
                Some(word) => mode = MODES.iter().position(|one| word == **one).unwrap_or(0),
                None => {
                    out.add(id, name);
                    return (None, None);
                }
            },
            ("primary", Some(value)) => primary = Some((*value).to_owned()),
            _ => rest.push((name, values)),
        }
    }
    let mut options = Options::of(&BOND, id, rest.into_iter(), out);
    let is_taken = |modes: u8| modes >> mode & 1 == 1;
    for (_, key, ..) in BOND.iter().filter(|(.., modes)| !is_taken(*modes)) {
        options.leave_out(&[key], id, out);
    }
    let has_targets = options.0.get("arpIpTargets").and_then(Json::as_array).is_some_and(|all| !all.is_empty());
    if options.number("miiMonitorIntervalMs") > 0 || options.number("arpIntervalMs") == 0 || !has_targets {
        options.leave_out(&ARP, id, out);
    }
    let has_arp = options.0.contains_key("arpIntervalMs");
    if options.number("miiMonitorIntervalMs") == 0 && !has_arp {
        options.0.insert("miiMonitorIntervalMs".into(), 100.into());
    }
    if has_arp {
        options.leave_out(&["upDelayMs", "downDelayMs"], id, out);
    }
    options.0.insert("mode".into(), MODES.get(mode).copied().into());
    options.0.insert("members".into(), Json::Array(Vec::new()));
    (options.whole(), primary.filter(|_| is_taken(0b110_0010)))
}

/// The bridge of some options, without members. What only a spanning tree uses has no effect without one.
pub fn bridge<'a>(
    id: &str,
    has_tree: bool,
    given: impl Iterator<Item = Given<'a>>,
    out: &mut LeftOut,
) -> Option<Bridge> {
    let mut given: Vec<_> = given.collect();
    let is_tree =
        |names: &[&str]| BRIDGE.iter().any(|(known, key, ..)| TREE.contains(key) && known.as_slice() == names);
    let stp = given.iter().rev().find(|(name, _)| *name == "stp").and_then(|(_, values)| flag_of(values.first()?));
    let has_tree = stp.unwrap_or(has_tree);
    let is_unused = |name: &str| BRIDGE.iter().any(|(known, ..)| known.contains(&name) && is_tree(known));
    given.retain(|(name, _)| has_tree || !is_unused(&name.replace('_', "-")));
    let mut options = Options::of(&BRIDGE, id, given.into_iter(), out);
    options.0.insert("stp".into(), has_tree.into());
    options.0.insert("members".into(), Json::Array(Vec::new()));
    options.whole()
}

/// The parts of a value that may be a list or one text.
pub fn parts(value: crate::core::codec::yaml::Value<'_>) -> Vec<&str> {
    let list = value.items().filter_map(|item| item.text());
    list.chain(value.text().into_iter().flat_map(words_of)).collect()
}
