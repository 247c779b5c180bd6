use super::super::message::tests::answer;
use super::*;

fn lease(options: &[(u8, &[u8])]) -> Lease {
    let all = [&[(54, &[10, 0, 2, 2][..])], options].concat();
    Lease::of(&DhcpReply::read(&answer(5, 1, [10, 0, 2, 15], &all)).unwrap(), None).unwrap()
}

fn hops(lease: &Lease) -> Vec<String> {
    let over = |hop: &Hop| hop.gateway.map(|gateway| format!(" over {gateway}")).unwrap_or_default();
    lease.routes.iter().map(|hop| format!("{}/{}{}", hop.destination, hop.prefix_length, over(hop))).collect()
}

#[test]
fn a_lease_has_address_gateway_servers_and_times() {
    let lease = lease(&[
        (1, &[255, 255, 255, 0]),
        (3, &[10, 0, 2, 2, 10, 0, 2, 9]),
        (6, &[10, 0, 2, 3, 0, 0, 0, 0, 8, 8, 8, 8, 9, 9, 9, 9, 1, 1, 1, 1]),
        (12, b"w1\0"),
        (15, b"example.org"),
        (26, &1400u16.to_be_bytes()),
        (42, &[10, 0, 2, 4]),
        (51, &3600u32.to_be_bytes()),
    ]);
    assert_eq!((lease.address.to_string().as_str(), lease.prefix_length), ("10.0.2.15", 24));
    assert_eq!(hops(&lease), ["0.0.0.0/0 over 10.0.2.2"]);
    assert_eq!(lease.nameservers, [[10, 0, 2, 3], [8, 8, 8, 8], [9, 9, 9, 9]].map(Ipv4Addr::from));
    assert_eq!((lease.hostname.as_deref(), lease.mtu), (Some("w1"), Some(1400)));
    assert_eq!((lease.search, lease.ntp_servers), (vec!["example.org".into()], vec![[10, 0, 2, 4].into()]));
    assert_eq!((lease.seconds, lease.renew_seconds, lease.rebind_seconds), (Some(3600), 1800, 3150));
}

#[test]
fn classless_routes_win_over_routers_and_the_nearest_is_added_first() {
    // A default route over a gateway that another route puts on the link, as the large clouds send it.
    let classless = [&[0, 10, 128, 0, 1][..], &[32, 10, 128, 0, 1, 0, 0, 0, 0], &[14, 172, 16, 10, 128, 0, 1]].concat();
    let found = lease(&[(1, &[255; 4]), (3, &[10, 0, 2, 9]), (121, &classless)]);
    assert_eq!(hops(&found), ["10.128.0.1/32", "172.16.0.0/14 over 10.128.0.1", "0.0.0.0/0 over 10.128.0.1"]);
    let without = lease(&[(1, &[255; 4]), (3, &[10, 0, 2, 9]), (121, &[16, 192, 168, 10, 0, 2, 9])]);
    assert!(!without.has_default_route(), "the router of option 3 does not count with option 121");
}

#[test]
fn a_gateway_outside_the_prefix_is_put_on_the_link() {
    let found = lease(&[(1, &[255; 4]), (3, &[10, 0, 2, 2])]);
    assert_eq!((found.prefix_length, hops(&found)), (32, vec!["10.0.2.2/32".into(), "0.0.0.0/0 over 10.0.2.2".into()]));
}

#[test]
fn a_damaged_list_of_routes_gives_none() {
    for damaged in [&[33, 1, 2, 3, 4, 5, 10, 0, 2, 2][..], &[24, 10, 0], &[0, 10, 0, 2]] {
        assert!(lease(&[(1, &[255, 255, 255, 0]), (121, damaged)]).routes.is_empty(), "{damaged:?}");
    }
}

#[test]
fn times_out_of_order_are_replaced() {
    let of = |lease_s: u32, t1: u32, t2: u32| {
        let found = lease(&[(51, &lease_s.to_be_bytes()), (58, &t1.to_be_bytes()), (59, &t2.to_be_bytes())]);
        (found.seconds, found.renew_seconds, found.rebind_seconds)
    };
    assert_eq!(of(120, 2, 4), (Some(120), 2, 4));
    assert_eq!(of(120, 110, 10), (Some(120), 9, 10));
    assert_eq!(of(120, 0, 200), (Some(120), 60, 105));
    assert_eq!(of(0, 0, 0), (Some(4), 2, 3), "also the shortest lease is rebound before its end");
    assert_eq!(of(7, 0, 0), (Some(7), 3, 6));
    assert_eq!(of(u32::MAX, 0, 0).0, None);
}

#[test]
fn an_address_that_no_machine_can_have_is_refused() {
    for address in [[0, 0, 0, 0], [127, 0, 0, 1], [224, 0, 0, 1], [255; 4]] {
        let read = DhcpReply::read(&answer(5, 1, address, &[(54, &[10, 0, 2, 2])])).unwrap();
        assert_eq!(Lease::of(&read, None), None);
    }
}

#[test]
fn a_domain_that_could_harm_resolv_conf_is_left_out() {
    assert!(lease(&[(15, b"a nameserver 6.6.6.6")]).search.is_empty());
    assert_eq!(lease(&[(15, b"example.org"), (119, b"\x01a\x00")]).search, ["a"], "option 119 wins");
}
