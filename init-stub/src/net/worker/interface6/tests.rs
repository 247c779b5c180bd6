use super::*;
use crate::core::config::LinkSelector;
use crate::net::wanted::{Remembered6, Selector};

const MAC: [u8; 6] = [2, 0, 0, 0, 0, 7];

fn link() -> SeenLink {
    SeenLink { index: 9_999_999, name: "c0".into(), ..SeenLink::default() }
}

/// An interface of which an earlier child has left an address.
fn interface(address: Ipv6Addr) -> Interface6 {
    let selector = Selector { name: None, facts: LinkSelector::default() };
    let one =
        DhcpInterface { selector, mtu: None, dhcp4: false, dhcp6: true, slaac: false, ..DhcpInterface::default() };
    let remembered6 = vec![Remembered6 { interface: "c0".into(), address, endless: false }];
    Interface6::new(0, (&link(), MAC), &one, &Wanted { remembered6, ..Wanted::default() }, || 1)
}

fn there(address: Ipv6Addr, lifetime_s: Option<u32>) -> Ipv6Change {
    Ipv6Change {
        index: 9_999_999,
        address,
        prefix_length: 128,
        is_from_router: false,
        is_usable: true,
        is_duplicate: false,
        is_deprecated: false,
        lifetime_s,
        is_gone: false,
    }
}

#[test]
fn an_address_that_the_config_gives_is_neither_put_on_the_interface_nor_taken_away() {
    let address: Ipv6Addr = "2001:db8::7".parse().unwrap();
    let lease = |seconds: Option<u32>| {
        let lease = serde_json::json!({
            "address": address, "server": "00", "nameservers": [], "search": [], "ntpServers": [],
            "seconds": seconds, "renewSeconds": 1, "rebindSeconds": 2,
        });
        serde_json::from_value::<Lease6>(lease).unwrap()
    };
    let links = Links::open().unwrap();
    // There is no such interface, so the kernel refuses whatever is done to it.
    let is_touched = |before: Option<u32>, seconds: Option<u32>| {
        let mut interface = interface(Ipv6Addr::LOCALHOST);
        let put = interface.put_with(&links, &[there(address, before)], &lease(seconds)).is_err();
        let after = if put { seconds } else { before };
        [put, interface.withdraw_from(&links, &[there(address, after)]).is_some()]
    };
    assert_eq!(is_touched(None, Some(60)), [false; 2]);
    assert_eq!(is_touched(None, None), [false; 2]);
    assert_eq!(is_touched(Some(50), Some(60)), [true; 2]);
    assert_eq!(is_touched(Some(50), None), [true; 2], "without an end by the lease");
    // The config gives it after the lease has.
    let mut interface = interface(address);
    assert!(interface.put_with(&links, &[there(address, Some(9))], &lease(Some(60))).is_err());
    assert!(interface.put_with(&links, &[there(address, None)], &lease(Some(60))).is_ok());
    assert_eq!(interface.withdraw_from(&links, &[there(address, None)]), None);
}

#[test]
fn an_address_of_an_earlier_child_that_the_kernel_has_taken_away_is_lost() {
    let address: Ipv6Addr = "2001:db8::7".parse().unwrap();
    let mut interface = interface(address);
    let there = there(address, Some(60));
    let links = Links::open().unwrap();
    let mut look =
        |addresses: Vec<Ipv6Change>| interface.look(&links, 0, &link(), &Seen6 { flags: BTreeMap::new(), addresses });
    assert_eq!(look(vec![there]), []);
    assert_eq!(look(vec![]), [DhcpEvent::Lost6 { interface: "c0".into(), why: Loss::Expired }]);
    assert_eq!(look(vec![]), []);
}

#[test]
fn routers_are_asked_again_where_the_kernel_has_heard_one_over_an_earlier_carrier() {
    assert_eq!(Solicitation::begin(5, false).least, 1);
    assert_eq!(Solicitation::begin(5, true).least, ASKED_AGAIN);
}

#[test]
fn what_one_of_two_routers_says_about_dhcpv6_stays_until_the_carrier_changes() {
    let flags = |is_managed, has_other| RouterFlags { is_heard: true, is_managed, has_other };
    let none = RouterFlags::default();
    let mut heard = Heard::of_new_carrier(none);
    assert_eq!(heard.take(none), none);
    let answers = [(true, false), (false, false), (false, true), (false, false)].map(|(m, o)| heard.take(flags(m, o)));
    assert_eq!(answers, [flags(true, false), flags(true, false), flags(true, true), flags(true, true)]);
    // The kernel keeps the flags of the last network until a router of the new one advertises others.
    let mut heard = Heard::of_new_carrier(flags(true, false));
    assert_eq!(heard.take(flags(true, false)), flags(true, false));
    assert_eq!(heard.take(flags(false, false)), flags(false, false));
    assert_eq!([true, false].map(|m| heard.take(flags(m, false))), [flags(true, false); 2]);
}
