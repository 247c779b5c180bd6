use super::*;
use crate::core::config::LinkSelector;
use crate::net::wanted::{Remembered6, Selector};

const MAC: [u8; 6] = [2, 0, 0, 0, 0, 7];

fn link(vlan: Option<u16>) -> SeenLink {
    SeenLink { index: 9_999_999, name: "c0".into(), vlan, ..SeenLink::default() }
}

/// An interface of which an earlier child has left an address.
fn interface(address: Ipv6Addr) -> Interface6 {
    let selector = Selector { name: None, facts: LinkSelector::default() };
    let one = DhcpInterface { selector, mtu: None, dhcp4: false, dhcp6: true, slaac: false };
    let remembered6 = vec![Remembered6 { interface: "c0".into(), address }];
    Interface6::new(&link(None), MAC, &one, &Wanted { remembered6, ..Wanted::default() }, || 1)
}

#[test]
fn a_vlan_is_another_interface_for_servers_than_the_one_that_it_is_on() {
    assert_eq!(identity(&link(None), MAC), 7);
    assert_ne!(identity(&link(Some(40)), MAC), identity(&link(None), MAC));
    assert_ne!(identity(&link(Some(40)), MAC), identity(&link(Some(41)), MAC));
}

#[test]
fn an_address_of_an_earlier_child_that_the_kernel_has_taken_away_is_lost() {
    let address: Ipv6Addr = "2001:db8::7".parse().unwrap();
    let mut interface = interface(address);
    let there = Ipv6Change {
        index: 9_999_999,
        address,
        prefix_length: 128,
        is_from_router: false,
        is_usable: true,
        is_duplicate: false,
        lifetime_s: Some(60),
        is_gone: false,
    };
    let links = Links::open().unwrap();
    let mut look = |addresses: Vec<Ipv6Change>| {
        interface.look(&links, 0, &link(None), &Seen6 { flags: BTreeMap::new(), addresses })
    };
    assert_eq!(look(vec![there]), []);
    assert_eq!(look(vec![]), [DhcpEvent::Lost6 { interface: "c0".into(), why: Loss::Expired }]);
    assert_eq!(look(vec![]), []);
}

#[test]
fn routers_are_asked_again_where_the_kernel_has_heard_one_over_an_earlier_carrier() {
    assert_eq!(Solicitation::begin(5, false).least, 1);
    assert_eq!(Solicitation::begin(5, true).least, ASKED_AGAIN);
}
