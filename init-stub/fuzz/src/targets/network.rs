//! What comes over a cable.

use keel_init::core::codec::arp::{self, ArpPacket, Claim};
use keel_init::core::codec::dhcp::client::{Client, Operation, Profile};
use keel_init::core::codec::dhcp::frame::{unwrap, wrap};
use keel_init::core::codec::dhcp::lease::Lease;
use keel_init::core::codec::dhcp::message::{DhcpReply, client_of_mac};
use keel_init::core::codec::{dns, sntp};
use std::net::Ipv4Addr;

const MAC: [u8; 6] = [0x52, 0x54, 0, 0x12, 0x34, 0x56];
const TRANSACTION: u32 = 7;
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);

/// A server's message as it came.
pub fn dhcp_message(bytes: &[u8]) {
    if let Some(reply) = DhcpReply::read(bytes) {
        assert!(reply.options.values().map(Vec::len).sum::<usize>() <= bytes.len());
        if let Some(lease) = Lease::of(&reply, Some(SERVER)) {
            check(&lease);
        }
    }
}

/// The options of an acknowledged lease: its address, then the options.
pub fn dhcp_lease(bytes: &[u8]) {
    let Some((address, options)) = bytes.split_first_chunk::<4>() else { return };
    let Some(reply) = DhcpReply::read(&server_message(5, TRANSACTION, *address, options)) else { return };
    if let Some(lease) = Lease::of(&reply, Some(SERVER)) {
        check(&lease);
    }
}

fn server_message(kind: u8, transaction: u32, address: [u8; 4], options: &[u8]) -> Vec<u8> {
    let mut bytes = vec![2, 1, 6, 0];
    bytes.extend(transaction.to_be_bytes());
    bytes.extend([0; 8]);
    bytes.extend(address);
    bytes.extend([0; 8]);
    bytes.extend(MAC);
    bytes.resize(236, 0);
    bytes.extend([99, 130, 83, 99, 53, 1, kind]);
    bytes.extend(options);
    bytes
}

/// What holds of every lease, whatever a server sends.
fn check(lease: &Lease) {
    let covers = |network: Ipv4Addr, length: u8, address: Ipv4Addr| {
        (u64::from(u32::from(network) ^ u32::from(address)) << length) & 0xffff_ffff_0000_0000 == 0 || length == 0
    };
    let host_bits = |network: Ipv4Addr, length: u8| (u64::from(u32::from(network)) << length) & 0xffff_ffff != 0;
    assert!((1..=32).contains(&lease.prefix_length));
    assert!(!lease.address.is_loopback() && !lease.address.is_multicast() && !lease.address.is_unspecified());
    for (i, hop) in lease.routes.iter().enumerate() {
        assert!(hop.prefix_length <= 32 && !host_bits(hop.destination, hop.prefix_length), "{hop:?}");
        let before = lease.routes.iter().take(i).filter(|other| other.gateway.is_none());
        let is_reached = |gateway: Ipv4Addr| {
            covers(lease.address, lease.prefix_length, gateway)
                || before.clone().any(|other| covers(other.destination, other.prefix_length, gateway))
        };
        assert!(hop.gateway.is_none_or(is_reached), "{hop:?} cannot be added in its turn");
    }
    assert!(lease.mtu.is_none_or(|mtu| mtu >= 576));
    assert!(lease.nameservers.len() <= 3 && lease.ntp_servers.len() <= 4 && lease.search.len() <= 6);
    let is_plain = |name: &String| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    assert!(lease.search.iter().all(is_plain));
    assert!(0 < lease.renew_seconds && lease.renew_seconds < lease.rebind_seconds);
    assert!(lease.seconds.is_none_or(|seconds| lease.rebind_seconds < seconds));
    let text = serde_json::to_string(lease).unwrap_or_default();
    assert_eq!(serde_json::from_str::<Lease>(&text).ok().as_ref(), Some(lease), "{text}");
}

/// A life of the client: each step is a byte, an answer has its options behind it. One that begins with 127 probes new addresses.
pub fn dhcp_client(bytes: &[u8]) {
    let has_probe = bytes.first() == Some(&127);
    let profile = Profile { identity: client_of_mac(MAC), hostname: Some("n".into()), has_probe, ..Profile::default() };
    let (mut client, mut now, mut rest) = (Client::new(MAC, profile, None, || TRANSACTION), 0, bytes);
    while let Some((step, after)) = rest.split_first() {
        rest = after;
        let operations = match step {
            0 | 1 => client.carrier(now, *step == 0),
            2 => {
                now = client.due().unwrap_or(now).max(now);
                client.tick(now)
            }
            3 | 4 => client.probed(now, Ipv4Addr::new(10, 0, 2, 15), *step == 3),
            5..128 => {
                now += u64::from(*step) * 997;
                client.tick(now)
            }
            _ => {
                let (options, after) = rest.split_at_checked(usize::from(step & 31)).unwrap_or((rest, &[]));
                rest = after;
                let kind = [2, 5, 6, 5].into_iter().cycle().nth(usize::from(step >> 5 & 3)).unwrap_or(5);
                let reply = server_message(kind, TRANSACTION, [10, 0, 2, 15], options);
                DhcpReply::read(&reply).map(|reply| client.heard(now, &reply)).unwrap_or_default()
            }
        };
        follow(&client, &operations);
        // Whatever is due now is done by ticking twice; then the client sleeps.
        client.tick(now);
        client.tick(now);
        assert!(client.due().is_none_or(|due| due > now), "it never sleeps");
    }
}

fn follow(client: &Client, operations: &[Operation]) {
    for operation in operations {
        match operation {
            Operation::Broadcast { message, .. } | Operation::Unicast { message, .. } => {
                assert!((300..1472).contains(&message.len()));
            }
            Operation::Bind(lease) => {
                check(lease);
                assert_eq!(client.lease(), Some(lease));
            }
            Operation::Probe { address } => assert!(client.lease().is_none_or(|lease| lease.address != *address)),
            Operation::Unbind(_) => assert_eq!(client.lease(), None),
        }
    }
}

/// A packet from a raw socket; and a message that is wrapped comes out again.
pub fn dhcp_frame(bytes: &[u8]) {
    if let Some(message) = unwrap(bytes) {
        assert!(message.len() + 28 <= bytes.len());
    }
    let message = bytes.get(..1472).unwrap_or(bytes);
    let mut packet = wrap(SERVER, message);
    packet.splice(20..24, [0, 67, 0, 68]);
    assert_eq!(unwrap(&packet), Some(message));
}

/// A packet of ARP as it came; and what is read can be sent.
pub fn arp_packet(bytes: &[u8]) {
    let Some(packet) = ArpPacket::read(bytes) else { return };
    assert!(bytes.len() >= arp::PACKET);
    assert_eq!(ArpPacket::read(&packet.request()), Some(packet));
    assert!(!packet.conflicts_with(packet.sender_ip, packet.sender));
    let claim = Claim::new(0, packet.sender_ip, MAC, || TRANSACTION);
    assert_eq!(claim.is_lost_by(&packet), packet.sender != MAC);
}

/// An answer of a name server; the first byte says whether it begins with the question, as every true one does, and of which kind that
/// is.
pub fn dns_answer(bytes: &[u8]) {
    let Some((form, rest)) = bytes.split_first() else { return };
    let (record, shortest) = if form & 2 == 0 { (dns::Record::A, 15) } else { (dns::Record::Aaaa, 27) };
    let Some(question) = dns::question(TRANSACTION as u16, "w1.example.org", record) else { return };
    let answer = if form & 1 == 0 { rest.to_vec() } else { reply(&question, rest) };
    if let dns::DnsReply::Addresses(addresses) = dns::answer(&question, &answer) {
        assert!(addresses.len() * shortest <= answer.len());
        assert!(addresses.iter().all(|address| address.is_ipv4() == (record == dns::Record::A)));
    }
    let name = String::from_utf8_lossy(rest);
    if let Some(asked) = dns::question(1, &name, record) {
        assert!(asked.len() <= 271);
        assert_eq!(dns::answer(&asked, &asked), dns::DnsReply::Stray);
        assert_eq!(dns::answer(&asked, &reply(&asked, &[0, 0])), dns::DnsReply::Addresses(Vec::new()));
    }
}

/// The question with the flags of an answer; the first two bytes of the rest are the number of records.
fn reply(question: &[u8], rest: &[u8]) -> Vec<u8> {
    let (count, records) = rest.split_at_checked(2).unwrap_or((&[0, 1], rest));
    let mut bytes = question.to_vec();
    bytes.splice(2..4, [0x81, 0x80]);
    bytes.splice(6..8, count.iter().copied());
    bytes.extend(records);
    bytes
}

/// An answer of a time server, after our times of question and answer.
pub fn sntp_answer(bytes: &[u8]) {
    let Some(([a, b, c, d, way @ .., form], answer)) = bytes.split_first_chunk::<9>() else { return };
    let sent = i64::from(u32::from_be_bytes([*a, *b, *c, *d])) * 1_000_000_000;
    let received = sent.saturating_add(i64::from(u32::from_be_bytes(*way)));
    let token = *b"8 random";
    let mut answer = answer.to_vec();
    if form & 1 == 1 && answer.len() >= 32 {
        answer.splice(24..32, token);
    }
    if let Ok(offset) = sntp::offset(&answer, token, sent, received) {
        // 1968 to 2104 is what 32 bits of seconds can say.
        let year = (sent + offset) / (365 * 86_400 * 1_000_000_000) + 1970;
        assert!((1967..2106).contains(&year), "{year}");
        assert!(answer.len() >= sntp::PACKET);
    }
}
