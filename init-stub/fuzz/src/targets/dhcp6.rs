//! What comes over a cable about IPv6.

use keel_init::core::codec::dhcp6::client::{Client6, Mode, Operation6};
use keel_init::core::codec::dhcp6::lease::{Grant, Information, Lease6};
use keel_init::core::codec::dhcp6::message::{Dhcp6Reply, duid_ll, options};
use keel_init::core::codec::router::{self, Names};
use std::net::Ipv6Addr;

const IAID: u32 = 7;
const TRANSACTION: u32 = 7;
const ADDRESS: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 5);

fn duid() -> Vec<u8> {
    duid_ll([0x52, 0x54, 0, 0x12, 0x34, 0x56])
}

/// A server's message as it came.
pub fn dhcp6_message(bytes: &[u8]) {
    let Some(reply) = Dhcp6Reply::read(bytes) else { return };
    assert!(options(&reply.options).map(|(_, value)| value.len() + 4).sum::<usize>() <= reply.options.len());
    for held in [None, Some(ADDRESS)] {
        if let Grant::Lease(lease) = Grant::of(&reply, IAID, held) {
            check(&lease);
        }
    }
    let Information { nameservers, search, ntp_servers, refresh_seconds } = Information::of(&reply);
    check_names(&nameservers, &search, &ntp_servers);
    assert!(refresh_seconds >= 600);
}

/// What holds of every lease, whatever a server sends.
fn check(lease: &Lease6) {
    let address = lease.address;
    assert!(!address.is_unicast_link_local() && address.to_ipv4_mapped().is_none());
    assert!(!address.is_loopback() && !address.is_multicast() && !address.is_unspecified());
    check_names(&lease.nameservers, &lease.search, &lease.ntp_servers);
    assert!((2..=260).contains(&lease.server.len()));
    assert!(lease.hostname.as_ref().is_none_or(|name| (1..=253).contains(&name.len())));
    assert!(0 < lease.renew_seconds && lease.renew_seconds <= lease.rebind_seconds);
    let valid = lease.seconds.unwrap_or(u32::MAX);
    assert!(lease.seconds.is_none_or(|seconds| lease.rebind_seconds < seconds));
    assert!(lease.preferred_seconds.unwrap_or(u32::MAX) <= valid);
    let text = serde_json::to_string(lease).unwrap_or_default();
    assert_eq!(serde_json::from_str::<Lease6>(&text).ok().as_ref(), Some(lease), "{text}");
}

fn check_names(nameservers: &[Ipv6Addr], search: &[String], ntp_servers: &[Ipv6Addr]) {
    assert!(nameservers.len() <= 3 && ntp_servers.len() <= 4 && search.len() <= 6);
    let is_server = |it: &Ipv6Addr| !it.is_multicast() && !it.is_unspecified() && !it.is_loopback();
    assert!(nameservers.iter().chain(ntp_servers).all(is_server));
    let is_plain = |name: &String| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    assert!(search.iter().all(|name| !name.is_empty() && is_plain(name)));
}

/// A life of the client: each step is a byte, an answer has its options behind it.
pub fn dhcp6_client(bytes: &[u8]) {
    let Some((first, mut rest)) = bytes.split_first() else { return };
    let remembered = (first & 1 == 1).then_some(ADDRESS);
    let (mut client, mut now) = (Client6::new(duid(), IAID, Some("n".into()), remembered, || TRANSACTION), 0);
    while let Some((step, after)) = rest.split_first() {
        rest = after;
        let operations = match step {
            0 | 1 => client.carrier(now, *step == 0),
            2 => {
                now = client.due().unwrap_or(now).max(now);
                client.tick(now)
            }
            3 => client.ask(now, None),
            4 => client.ask(now, Some(Mode::Stateless)),
            5 => {
                client.hear_routers(true);
                client.ask(now, Some(Mode::Stateful))
            }
            6 => client.taken(now, client.lease().map_or(ADDRESS, |lease| lease.address)),
            7..128 => {
                now += u64::from(*step) * 997;
                client.tick(now)
            }
            _ => {
                let (options, after) = rest.split_at_checked(usize::from(step & 63)).unwrap_or((rest, &[]));
                rest = after;
                let reply = server_message(if step & 64 == 0 { 2 } else { 7 }, options);
                Dhcp6Reply::read(&reply).map(|reply| client.heard(now, &reply)).unwrap_or_default()
            }
        };
        follow(&client, &operations);
        // Whatever is due now is done by ticking three times; then the client sleeps.
        for _ in 0..3 {
            let operations = client.tick(now);
            follow(&client, &operations);
        }
        assert!(client.due().is_none_or(|due| due > now), "it never sleeps");
    }
}

fn server_message(kind: u8, options: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind, 0, 0, 7, 0, 1, 0, 10];
    bytes.extend(duid());
    bytes.extend(options);
    // Where the options name no server, this is it.
    bytes.extend([0, 2, 0, 3, b's', b'r', b'v']);
    bytes
}

fn follow(client: &Client6, operations: &[Operation6]) {
    for (at, operation) in operations.iter().enumerate() {
        match operation {
            Operation6::Send { message } => {
                assert!((24..1280).contains(&message.len()));
                let read: usize = options(message.get(4..).unwrap_or_default()).map(|(_, it)| it.len() + 4).sum();
                assert_eq!(read + 4, message.len());
            }
            Operation6::Bind(lease) => {
                check(lease);
                assert_eq!(client.lease(), Some(lease));
            }
            Operation6::Inform(information) => assert!(information.refresh_seconds >= 600),
            Operation6::Unbind { address, .. } => {
                let is_bound = operations.iter().skip(at).any(|it| matches!(it, Operation6::Bind(_)));
                assert!(client.lease().is_none_or(|lease| lease.address != *address && is_bound));
            }
        }
    }
}

/// The body of a message RTM_NEWNDUSEROPT.
pub fn router_option(bytes: &[u8]) {
    let Some(option) = router::read(bytes) else { return };
    assert!(option.index > 0 && option.lifetime_seconds != Some(u32::MAX));
    match option.what {
        Names::Servers(all) => {
            assert!(!all.is_empty());
            check_names(&all, &[], &[]);
        }
        Names::Domains(all) => {
            assert!(!all.is_empty());
            check_names(&[], &all, &[]);
        }
    }
}
