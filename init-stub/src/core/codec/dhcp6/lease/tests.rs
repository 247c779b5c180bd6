use super::super::message::tests::{IAID, answer, identity, identity_with, packed_option, status_option};
use super::super::message::{Kind, status};
use super::*;

const SERVER: &[u8] = &[0, 3, 0, 1, 0xaa, 0xbb];
const ADDRESS: &str = "2001:db8::5";
const TIMES: [u32; 4] = [0, 0, 3600, 7200];

fn reply(more: &[&[u8]]) -> Dhcp6Reply {
    Dhcp6Reply::read(&answer(Kind::Reply, SERVER, more)).unwrap()
}

fn grant(more: &[&[u8]]) -> Grant {
    Grant::of(&reply(more), IAID, None)
}

fn leased(more: &[&[u8]]) -> Lease6 {
    let Grant::Lease(lease) = grant(more) else { panic!() };
    lease
}

fn addresses(all: &[&str]) -> Vec<u8> {
    all.iter().flat_map(|address| address.parse::<Ipv6Addr>().unwrap().octets()).collect()
}

#[test]
fn a_lease_has_address_server_names_and_times() {
    let ntp = |address: &str| packed_option(option::NTP_SERVER, &packed_option(1, &addresses(&[address])));
    let lease = leased(&[
        &identity(ADDRESS, TIMES),
        &packed_option(option::NAME_SERVERS, &addresses(&["2001:db8::53", "::", "ff02::1", "fe80::53"])),
        &packed_option(option::SEARCH, b"\x07example\x03org\x00\x03a b\x00"),
        &packed_option(option::FQDN, b"\x01\x02w1\x07example\x03org\x00"),
        &packed_option(option::SNTP_SERVERS, &addresses(&["2001:db8::9"])),
        &ntp("2001:db8::7b"),
        &packed_option(option::NTP_SERVER, &packed_option(2, &addresses(&["ff02::101"]))),
        &packed_option(option::NTP_SERVER, &packed_option(3, b"\x03ntp\x00")),
        &ntp("2001:db8::7c"),
    ]);
    assert_eq!((lease.address.to_string().as_str(), lease.server.as_str()), (ADDRESS, "00030001aabb"));
    assert_eq!(lease.nameservers, ["2001:db8::53", "fe80::53"].map(|it| it.parse::<Ipv6Addr>().unwrap()));
    assert_eq!((lease.search, lease.hostname.as_deref()), (vec!["example.org".into()], Some("w1.example.org")));
    assert_eq!(lease.ntp_servers, ["2001:db8::7b", "2001:db8::7c"].map(|it| it.parse::<Ipv6Addr>().unwrap()));
    assert_eq!((lease.preferred_seconds, lease.seconds), (Some(3600), Some(7200)));
    assert_eq!((lease.renew_seconds, lease.rebind_seconds), (1800, 2880));
}

#[test]
fn the_older_option_counts_without_a_newer_one_and_a_part_of_a_name_is_a_name() {
    let sntp = packed_option(option::SNTP_SERVERS, &addresses(&["2001:db8::9"]));
    let lease = leased(&[&identity(ADDRESS, TIMES), &sntp, &packed_option(option::FQDN, b"\x00\x02w1")]);
    assert_eq!(lease.ntp_servers, ["2001:db8::9".parse::<Ipv6Addr>().unwrap()]);
    assert_eq!(lease.hostname.as_deref(), Some("w1"));
}

#[test]
fn times_out_of_order_are_replaced() {
    let of = |times| {
        let lease = leased(&[&identity(ADDRESS, times)]);
        (lease.preferred_seconds, lease.seconds, lease.renew_seconds, lease.rebind_seconds)
    };
    assert_eq!(of([20, 40, 50, 60]), (Some(50), Some(60), 20, 40));
    assert_eq!(of([40, 40, 50, 60]), (Some(50), Some(60), 40, 40));
    assert_eq!(of([20, 0, 50, 60]), (Some(50), Some(60), 20, 40), "only T2 is the client's choice");
    assert_eq!(of([0, 10, 50, 60]), (Some(50), Some(60), 10, 10));
    assert_eq!(of([20, 60, 50, 60]), (Some(50), Some(60), 20, 40), "T2 at the end");
    assert_eq!(of([0, 0, 0, 60]), (Some(0), Some(60), 30, 48), "not preferred any more");
    assert_eq!(of([0, 0, 1, 1]), (Some(1), Some(4), 2, 3), "absurdly short");
    let forever = u32::MAX;
    assert_eq!(of([0, 0, 100, forever]), (Some(100), None, 50, 80));
    assert_eq!(of([0, 0, forever, forever]), (None, None, forever, forever));
    assert_eq!(of([10, 20, forever, forever]), (None, None, 10, 20));
    assert_eq!(of([forever, forever, 100, 200]), (Some(100), Some(200), 50, 80), "a lease with an end is renewed");
}

#[test]
fn an_identity_that_makes_no_sense_is_missing() {
    assert_eq!(grant(&[&identity(ADDRESS, [41, 40, 50, 60])]), Grant::Missing, "T1 after T2");
    assert_eq!(grant(&[&identity(ADDRESS, [0, 0, 61, 60])]), Grant::Missing, "preferred for longer than valid");
    assert_eq!(grant(&[&identity_with([0, 0], b"")]), Grant::Missing);
    assert_eq!(grant(&[]), Grant::Missing);
    assert_eq!(Grant::of(&reply(&[&identity(ADDRESS, TIMES)]), IAID + 1, None), Grant::Missing, "of another interface");
    for address in ["::", "::1", "ff02::1", "fe80::1", "::ffff:10.0.2.15"] {
        assert_eq!(grant(&[&identity(address, TIMES)]), Grant::Missing, "{address}");
    }
}

#[test]
fn of_several_addresses_the_one_that_the_client_has_wins() {
    let both = [identity("2001:db8::4", TIMES), identity(ADDRESS, TIMES)].map(|it| it[16..].to_vec()).concat();
    let both = reply(&[&identity_with([0, 0], &both)]);
    let of = |held: Option<&str>| match Grant::of(&both, IAID, held.map(|it| it.parse().unwrap())) {
        Grant::Lease(lease) => lease.address.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!((of(None), of(Some(ADDRESS))), ("2001:db8::4".into(), ADDRESS.into()));
}

#[test]
fn a_lifetime_of_nothing_takes_the_address_away() {
    let zero = reply(&[&identity(ADDRESS, [0; 4])]);
    assert_eq!(Grant::of(&zero, IAID, Some(ADDRESS.parse().unwrap())), Grant::Withdrawn);
    assert_eq!(Grant::of(&zero, IAID, None), Grant::Missing, "of an address that the client does not have");
}

#[test]
fn a_refusal_counts_wherever_it_stands() {
    let no_binding = Grant::Refused(status::NO_BINDING);
    assert_eq!(grant(&[&status_option(3)]), no_binding);
    assert_eq!(grant(&[&identity(ADDRESS, TIMES), &status_option(3)]), no_binding);
    assert_eq!(grant(&[&identity_with([0, 0], &status_option(3))]), no_binding);
    let address = [&addresses(&[ADDRESS])[..], &[0; 8], &status_option(3)].concat();
    assert_eq!(grant(&[&identity_with([0, 0], &packed_option(option::ADDRESS, &address))]), no_binding);
}

#[test]
fn information_is_asked_for_again_after_a_day_or_what_the_server_says() {
    let of = |more: &[&[u8]]| Information::of(&reply(more)).refresh_seconds;
    let refresh = |seconds: u32| packed_option(option::REFRESH_TIME, &seconds.to_be_bytes());
    assert_eq!((of(&[]), of(&[&refresh(5)]), of(&[&refresh(3600)])), (86_400, 600, 3600));
    assert_eq!(of(&[&refresh(u32::MAX)]), u32::MAX);
}

#[test]
fn a_lease_is_read_as_it_was_written() {
    let lease = leased(&[&identity(ADDRESS, TIMES)]);
    let text = serde_json::to_string(&lease).unwrap();
    assert!(text.contains(r#""preferredSeconds":3600,"seconds":7200,"renewSeconds":1800"#), "{text}");
    assert_eq!(serde_json::from_slice::<Lease6>(text.as_bytes()).unwrap(), lease);
}
