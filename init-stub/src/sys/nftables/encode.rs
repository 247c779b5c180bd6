//! Chains of rules as messages of nf_tables. What a packet has is loaded into a register and compared there. Numbers are those of
//! linux/netfilter/nf_tables.h, and in attributes they are in the order of the network.

use crate::core::config::{PortRange, Prefix};
use crate::core::plan::firewall::{Chain, Condition, Hook, PacketRule, Verdict};
use crate::sys::netdev::message::{NetlinkRequest, attribute, nested};
use std::net::IpAddr;

/// One message of a batch.
pub struct Part {
    /// What it makes, for people.
    pub what: Option<String>,
    /// The message.
    pub request: NetlinkRequest,
}

/// The name of the table.
const TABLE: &str = "keel";
/// Both families at once.
const INET: u8 = 1;
const SUBSYSTEM: u16 = 10;
const BATCH_BEGIN: u16 = 16;
const BATCH_END: u16 = 17;
const NEW_TABLE: u16 = 0;
const DELETE_TABLE: u16 = 2;
const NEW_CHAIN: u16 = 3;
const NEW_RULE: u16 = 6;
/// Before the chains of others at the same hook, whose priority is 0. Destinations are translated at -100, so they are known by then.
const PRIORITY: i32 = -10;
const REGISTER: u32 = 1;
const EQUAL: u32 = 0;
const NOT_EQUAL: u32 = 1;
const NETWORK_HEADER: u32 = 1;
const TRANSPORT_HEADER: u32 = 2;
const DROP: i32 = 0;
const ACCEPT: i32 = 1;
const JUMP: i32 = -3;
const RETURN: i32 = -5;

/// The whole batch. The table is made so that it can be deleted, and made again: no packet sees what is between. The kernel answers the
/// part before the end, which changes nothing more, after all others.
pub fn batch(chains: &[Chain]) -> Vec<Part> {
    let table = |kind: u16, flags: i32| part("the table".into(), kind, flags, &[name(1, TABLE)]);
    let create = |flags: i32| table(NEW_TABLE, libc::NLM_F_CREATE | flags);
    let mut parts = vec![edge(BATCH_BEGIN), create(0), table(DELETE_TABLE, 0), create(0)];
    parts.extend(chains.iter().map(new_chain));
    parts.extend(
        chains
            .iter()
            .flat_map(|chain| chain.rules.iter().enumerate().map(|(place, rule)| new_rule(&chain.name, place, rule))),
    );
    parts.extend([create(libc::NLM_F_ACK), edge(BATCH_END)]);
    parts
}

/// nfgenmsg of the begin or the end.
fn edge(kind: u16) -> Part {
    let [high, low] = SUBSYSTEM.to_be_bytes();
    Part { what: None, request: NetlinkRequest::new(kind, 0, &[0, 0, high, low]) }
}

fn part(what: String, kind: u16, flags: i32, attributes: &[Vec<u8>]) -> Part {
    let body = [&[INET, 0, 0, 0], attributes.concat().as_slice()].concat();
    Part { what: Some(what), request: NetlinkRequest::new(SUBSYSTEM << 8 | kind, flags, &body) }
}

fn new_chain(chain: &Chain) -> Part {
    let mut attributes = vec![name(1, TABLE), name(3, &chain.name)];
    if let Some(hook) = chain.hook {
        let at: u32 = match hook {
            Hook::Input => 1,
            Hook::Forward => 2,
            Hook::Output => 3,
        };
        attributes.push(nested(4, &[number(1, at), number(2, PRIORITY.cast_unsigned())]));
        attributes.push(number(5, ACCEPT.cast_unsigned()));
        attributes.push(name(7, "filter"));
    }
    part(format!("the chain {}", chain.name), NEW_CHAIN, libc::NLM_F_CREATE, &attributes)
}

fn new_rule(chain: &str, place: usize, rule: &PacketRule) -> Part {
    let mut steps: Vec<Vec<u8>> = rule.conditions.iter().flat_map(condition).collect();
    steps.extend(verdict(&rule.verdict));
    let attributes = [name(1, TABLE), name(2, chain), nested(4, &steps)];
    let flags = libc::NLM_F_CREATE | libc::NLM_F_APPEND;
    part(format!("rule {} of the chain {chain}", place + 1), NEW_RULE, flags, &attributes)
}

fn condition(condition: &Condition) -> Vec<Vec<u8>> {
    const IIF_NAME: u32 = 6;
    const FAMILY: u32 = 15;
    const PROTOCOL: u32 = 16;
    const IS_IPV4: u8 = 2;
    const IS_IPV6: u8 = 10;
    match condition {
        Condition::CameBy(link) => {
            let mut name = link.clone().into_bytes();
            name.resize(16, 0);
            vec![meta(IIF_NAME), compare(EQUAL, &name)]
        }
        Condition::IsIpv4(is) => vec![meta(FAMILY), compare(EQUAL, &[if *is { IS_IPV4 } else { IS_IPV6 }])],
        Condition::Carries(protocol) => vec![meta(PROTOCOL), compare(EQUAL, &[*protocol])],
        Condition::IsFrom(network) => from(network),
        Condition::IsTo(IpAddr::V4(ip)) => vec![payload(NETWORK_HEADER, 16, 4), compare(EQUAL, &ip.octets())],
        Condition::IsTo(IpAddr::V6(ip)) => vec![payload(NETWORK_HEADER, 24, 16), compare(EQUAL, &ip.octets())],
        Condition::ToPorts(range) => vec![payload(TRANSPORT_HEADER, 2, 2), within(*range)],
        Condition::WasToPorts(range) => vec![original_port(), within(*range)],
        Condition::Follows => connection_has(STATE, ESTABLISHED | RELATED),
        Condition::IsInvalid => connection_has(STATE, INVALID),
        Condition::IsTranslated => connection_has(STATUS, DESTINATION_TRANSLATED),
        Condition::IsOfGroup(id) => vec![cgroup(), compare(EQUAL, &id.to_ne_bytes())],
    }
}

fn from(network: &Prefix) -> Vec<Vec<u8>> {
    let (offset, address) = match network.address {
        IpAddr::V4(ip) => (12, ip.octets().to_vec()),
        IpAddr::V6(ip) => (8, ip.octets().to_vec()),
    };
    let mask = (0..address.len()).map(|byte| {
        let bits = usize::from(network.prefix_length).saturating_sub(byte * 8).min(8);
        u8::MAX.checked_shr(u32::try_from(bits).unwrap_or(0)).map_or(u8::MAX, |rest| !rest)
    });
    let load = payload(NETWORK_HEADER, offset, u32::try_from(address.len()).unwrap_or(0));
    vec![load, masked(&mask.collect::<Vec<u8>>()), compare(EQUAL, &address)]
}

fn verdict(verdict: &Verdict) -> Vec<Vec<u8>> {
    const BOTH_FAMILIES: u32 = 2;
    const PROHIBITED: u8 = 3;
    let counter = || expression("counter", &[]);
    match verdict {
        Verdict::Accept => vec![decision(ACCEPT, None)],
        Verdict::Drop => vec![counter(), decision(DROP, None)],
        Verdict::Reject => {
            vec![counter(), expression("reject", &[number(1, BOTH_FAMILIES), attribute(2, &[PROHIBITED])])]
        }
        Verdict::Jump(chain) => vec![decision(JUMP, Some(chain))],
        Verdict::Return => vec![decision(RETURN, None)],
    }
}

fn decision(code: i32, chain: Option<&String>) -> Vec<u8> {
    const VERDICT_REGISTER: u32 = 0;
    let mut parts = vec![number(1, code.cast_unsigned())];
    parts.extend(chain.map(|chain| name(2, chain)));
    expression("immediate", &[number(1, VERDICT_REGISTER), nested(2, &[nested(2, &parts)])])
}

const STATE: u32 = 0;
const INVALID: u32 = 1;
const ESTABLISHED: u32 = 2;
const RELATED: u32 = 4;
const STATUS: u32 = 2;
const DESTINATION_TRANSLATED: u32 = 1 << 5;

/// Whether one of the bits is set; they are in the machine's order.
fn connection_has(what: u32, bits: u32) -> Vec<Vec<u8>> {
    let load = expression("ct", &[number(1, REGISTER), number(2, what)]);
    vec![load, masked(&bits.to_ne_bytes()), compare(NOT_EQUAL, &[0; 4])]
}

/// The destination's port as the sender wrote it.
fn original_port() -> Vec<u8> {
    const DESTINATION_PORT: u32 = 12;
    const ORIGINAL: u8 = 0;
    expression("ct", &[number(1, REGISTER), number(2, DESTINATION_PORT), attribute(3, &[ORIGINAL])])
}

/// The cgroup of the sender's socket, of those directly below the root.
fn cgroup() -> Vec<u8> {
    const CGROUP: u32 = 3;
    const BELOW_THE_ROOT: u32 = 1;
    expression("socket", &[number(1, CGROUP), number(2, REGISTER), number(3, BELOW_THE_ROOT)])
}

fn meta(key: u32) -> Vec<u8> {
    expression("meta", &[number(1, REGISTER), number(2, key)])
}

fn payload(base: u32, offset: u32, length: u32) -> Vec<u8> {
    expression("payload", &[number(1, REGISTER), number(2, base), number(3, offset), number(4, length)])
}

fn masked(mask: &[u8]) -> Vec<u8> {
    let length = u32::try_from(mask.len()).unwrap_or(0);
    let nothing = value(5, &vec![0; mask.len()]);
    expression("bitwise", &[number(1, REGISTER), number(2, REGISTER), number(3, length), value(4, mask), nothing])
}

fn compare(operator: u32, with: &[u8]) -> Vec<u8> {
    expression("cmp", &[number(1, REGISTER), number(2, operator), value(3, with)])
}

fn within(range: PortRange) -> Vec<u8> {
    let (first, last) = (value(3, &range.first.to_be_bytes()), value(4, &range.last.to_be_bytes()));
    expression("range", &[number(1, REGISTER), number(2, EQUAL), first, last])
}

fn expression(kind: &str, settings: &[Vec<u8>]) -> Vec<u8> {
    nested(1, &[name(1, kind), nested(2, settings)])
}

fn value(kind: u16, bytes: &[u8]) -> Vec<u8> {
    nested(kind, &[attribute(1, bytes)])
}

fn number(kind: u16, number: u32) -> Vec<u8> {
    attribute(kind, &number.to_be_bytes())
}

fn name(kind: u16, text: &str) -> Vec<u8> {
    attribute(kind, &[text.as_bytes(), &[0]].concat())
}
