use super::*;
use crate::core::config::parse;
use crate::core::plan::network::SeenLink;

fn config(links: &str) -> MachineConfig {
    let text = format!(
        r#"{{"apiVersion":"keel/v1.4","kind":"MachineConfig","hostname":{{"type":"fixed","name":"w1"}},"kernel":{{"modules":[],"sysctl":[]}},
        "network":{{"links":[{links}],"nameservers":[],"routeTimeoutMs":60000}},"time":{{"servers":[],"timeoutMs":10000}},
        "storage":{{"disks":[],"filesystems":[],"persist":[],"directories":[],"files":[],"links":[]}},
        "kubernetes":{{"role":"none"}},"onFailure":{{"action":"halt"}}}}"#
    );
    parse(text.as_bytes()).unwrap()
}

fn of(interfaces: &str) -> Wanted {
    wanted(&config(interfaces))
}

const STATIC: &str = r#"{"kind":{"type":"physical","selector":{"mac":"52:54:00:12:34:56"}},"addresses":[{"address":"10.0.2.15","prefixLength":24}],"routes":[]}"#;
const DYNAMIC: &str = r#"{"name":"eth1","kind":{"type":"physical","selector":{"name":"eth1"}},"mtuBytes":9000,"dhcp4":true,"addresses":[],"routes":[]}"#;
const ALL: &str = r#"{"kind":{"type":"physical","selector":{"all":true}},"dhcp4":true,"addresses":[],"routes":[]}"#;

#[test]
fn static_addresses_alone_need_no_dhcp() {
    assert_eq!(of(""), Wanted::default());
    assert!(of(STATIC).interfaces.is_empty());
}

#[test]
fn what_has_a_static_address_is_not_for_all() {
    let named = |name: &str| LinkSelector { name: Some(name.into()), ..LinkSelector::default() };
    let eth1 = Selector { name: Some("eth1".into()), facts: named("eth1") };
    let mac = LinkSelector { mac: Some("52:54:00:12:34:56".into()), ..LinkSelector::default() };
    let wanted = Wanted {
        interfaces: vec![
            DhcpInterface { selector: eth1, mtu: Some(9000), dhcp4: true, dhcp6: false, slaac: false },
            DhcpInterface { selector: Selector::all(), mtu: None, dhcp4: true, dhcp6: false, slaac: true },
        ],
        not: vec![Selector { name: None, facts: mac }],
        hostname: Some("w1".into()),
        ..Wanted::default()
    };
    assert_eq!(
        of(&format!("{STATIC},{DYNAMIC},{}", ALL.replace("true,\"addresses", "true,\"slaac\":true,\"addresses"))),
        wanted
    );
}

#[test]
fn members_of_a_bond_have_no_dhcp_of_their_own() {
    let bond = r#"{"name":"bond0","kind":{"type":"bond","mode":"802.3ad","members":[{"name":"eth2"}]},"dhcp4":true,"addresses":[],"routes":[]}"#;
    let wanted = of(&format!("{bond},{ALL}"));
    let names = |selectors: &mut dyn Iterator<Item = &Selector>| {
        selectors.map(|one| one.facts.name.clone().unwrap_or_default()).collect::<Vec<_>>()
    };
    assert_eq!(names(&mut wanted.interfaces.iter().map(|one| &one.selector)), ["bond0", ""]);
    assert_eq!(names(&mut wanted.not.iter()), ["eth2"]);
}

#[test]
fn static_addresses_are_taken_with_the_metrics_of_their_default_routes() {
    let route = r#""routes":[{"destination":"0.0.0.0","prefixLength":0,"gateway":"10.0.2.2","metric":7,"table":254},{"destination":"0.0.0.0","prefixLength":0,"gateway":"10.0.2.3","table":100},{"destination":"::","prefixLength":0,"gateway":"fe80::1"}]"#;
    let routed = STATIC.replace("\"routes\":[]", route);
    let v6 = routed.replace("10.0.2.15", "2001:db8::15");
    let found: Vec<Option<u32>> =
        statics(&config(&format!("{STATIC},{DYNAMIC},{routed},{v6}"))).iter().map(|fixed| fixed.metric).collect();
    assert_eq!(found, [None, Some(7), Some(1024)]);
}

#[test]
fn a_machine_without_a_route_says_which_interface_has_no_carrier() {
    let link = |name: &str, carrier, kind: Option<&str>| SeenLink {
        name: name.into(),
        mac: Some("52:54:00:12:34:56".into()),
        kind: kind.map(str::to_owned),
        carrier,
        ..SeenLink::default()
    };
    let links = vec![link("eth0", false, None), link("eth1", true, None), link("cni0", true, Some("bridge"))];
    let error = crate::net::no_route(&Ok(links));
    assert_eq!((error.code, error.detail.as_deref()), (Code::DhcpTimeout, Some("eth0 (no carrier), eth1 (no answer)")));
}
