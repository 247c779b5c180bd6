use super::*;
use crate::core::config::parse;

fn config(interfaces: &str) -> MachineConfig {
    let text = format!(
        r#"{{"apiVersion":"keel/v1","kind":"MachineConfig","hostname":{{"type":"fixed","name":"w1"}},"kernel":{{"modules":[],"sysctl":[]}},
        "network":{{"interfaces":[{interfaces}],"nameservers":[],"routeTimeoutMs":60000}},"time":{{"servers":[],"timeoutMs":10000}},
        "storage":{{"disks":[],"filesystems":[],"persist":[],"directories":[],"files":[],"links":[]}},
        "kubernetes":{{"role":"none"}},"onFailure":{{"action":"halt"}}}}"#
    );
    parse(text.as_bytes()).unwrap()
}

fn of(interfaces: &str) -> Wanted {
    wanted(&config(interfaces))
}

const STATIC: &str = r#"{"selector":{"type":"mac","mac":"52:54:00:12:34:56"},"ipv4":{"type":"static","address":"10.0.2.15","prefixLength":24}}"#;
const DYNAMIC: &str = r#"{"selector":{"type":"name","name":"eth1"},"ipv4":{"type":"dhcp"},"mtuBytes":9000}"#;
const ALL: &str = r#"{"selector":{"type":"all"},"ipv4":{"type":"dhcp"}}"#;

#[test]
fn static_addresses_alone_need_no_dhcp() {
    assert_eq!(of(""), Wanted::default());
    assert!(of(STATIC).interfaces.is_empty());
}

#[test]
fn what_has_a_static_address_is_not_for_all() {
    let named = DhcpInterface { selector: Selector::Name("eth1".into()), mtu: Some(9000) };
    let wanted = Wanted {
        interfaces: vec![named, DhcpInterface { selector: Selector::All, mtu: None }],
        not: vec![Selector::Mac("52:54:00:12:34:56".into())],
        hostname: Some("w1".into()),
        remembered: Vec::new(),
    };
    assert_eq!(of(&format!("{STATIC},{DYNAMIC},{ALL}")), wanted);
}

fn link(name: &str, last: u8, physical: bool) -> Link {
    let mac = Some([0x52, 0x54, 0, 0x12, 0x34, last]);
    Link { index: 2, name: name.into(), mac, physical, carrier: true, changes: 0, mtu: 1500 }
}

#[test]
fn an_interface_that_one_entry_names_and_another_gives_by_its_address_is_refused_with_both() {
    let both = config(&format!("{STATIC},{DYNAMIC}"));
    let error = refuse_claimed_twice(&[link("eth0", 0x55, true), link("eth1", 0x56, true)], &both).unwrap_err();
    assert_eq!((error.code, error.object.as_str()), (Code::InterfaceClaimedTwice, "eth1"));
    assert_eq!(error.pointer.as_deref(), Some("/network/interfaces/1/selector"));
    let detail = error.detail.unwrap_or_default();
    assert!(detail.contains("/network/interfaces/0") && detail.contains("/network/interfaces/1"), "{detail}");
}

#[test]
fn two_interfaces_a_copy_made_by_software_and_all_with_a_name_do_not_conflict() {
    for (links, interfaces) in [
        (vec![link("eth0", 0x56, true), link("eth1", 0x57, true)], format!("{STATIC},{DYNAMIC}")),
        // A VLAN or a bridge has the address of the card below it.
        (vec![link("eth0", 0x56, true), link("eth1", 0x56, false)], format!("{STATIC},{DYNAMIC}")),
        (vec![link("eth1", 0x56, true)], format!("{DYNAMIC},{ALL}")),
    ] {
        assert_eq!(refuse_claimed_twice(&links, &config(&interfaces)), Ok(()), "{interfaces}");
    }
}

#[test]
fn static_addresses_are_taken_with_their_gateways_in_the_order_of_the_config() {
    let routed = STATIC.replace("\"prefixLength\":24", "\"prefixLength\":24,\"gateway\":\"10.0.2.2\"");
    let found: Vec<bool> =
        statics(&config(&format!("{STATIC},{DYNAMIC},{routed}"))).iter().map(|fixed| fixed.has_gateway).collect();
    assert_eq!(found, [false, true]);
}

#[test]
fn a_machine_without_a_route_says_which_interface_has_no_carrier() {
    let links = vec![Link { carrier: false, ..link("eth0", 1, true) }, link("eth1", 2, true), link("cni0", 3, false)];
    let error = crate::net::no_route(&Ok(links));
    assert_eq!((error.code, error.detail.as_deref()), (Code::DhcpTimeout, Some("eth0 (no carrier), eth1 (no answer)")));
}
