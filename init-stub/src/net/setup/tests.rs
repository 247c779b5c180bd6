use super::*;
use crate::core::config::{Dhcp4Overrides, parse};
use crate::core::plan::network::{Missing, SeenLink};

fn config(links: &str) -> Network {
    let text = format!(
        r#"{{"apiVersion":"keel/v1.4","kind":"MachineConfig","hostname":{{"type":"fixed","name":"w1"}},"kernel":{{"modules":[],"sysctl":[]}},
        "network":{{"links":[{links}],"nameservers":[],"routeTimeoutMs":60000}},"time":{{"servers":[],"timeoutMs":10000}},
        "storage":{{"disks":[],"filesystems":[],"persist":[],"directories":[],"files":[],"links":[]}},
        "kubernetes":{{"role":"none"}},"onFailure":{{"action":"halt"}}}}"#
    );
    parse(text.as_bytes()).unwrap().network
}

fn of(interfaces: &str) -> Wanted {
    wanted(&config(interfaces), Some("w1".into()))
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
            DhcpInterface { selector: eth1, mtu: Some(9000), dhcp4: true, ..DhcpInterface::default() },
            DhcpInterface { selector: Selector::all(), dhcp4: true, slaac: true, ..DhcpInterface::default() },
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
fn a_link_has_the_overrides_of_the_config() {
    let overrides = Dhcp4Overrides { route_metric: Some(7), ..Dhcp4Overrides::default() };
    let mut config = config(&format!("{DYNAMIC},{ALL}"));
    let first = config.links.as_mut().and_then(|links| links.first_mut()).unwrap();
    first.dhcp4_overrides = Some(overrides.clone());
    let of_interfaces: Vec<_> = wanted(&config, None).interfaces.into_iter().map(|one| one.overrides).collect();
    assert_eq!(of_interfaces, [overrides, Dhcp4Overrides::default()]);
}

#[test]
fn a_name_that_servers_do_not_get_replaces_no_client() {
    let mut config = config(DYNAMIC);
    let not = Dhcp4Overrides { send_hostname: Some(false), ..Dhcp4Overrides::default() };
    for link in config.links.iter_mut().flatten() {
        link.dhcp4_overrides = Some(not.clone());
    }
    assert_eq!(wanted(&config, Some("w1".into())).hostname, None);
}

#[test]
fn servers_get_a_name_where_there_are_servers() {
    let name = |config: &Network| wanted(config, Some("w1".into())).hostname;
    assert_eq!(name(&config(DYNAMIC)).as_deref(), Some("w1"));
    assert_eq!(name(&config(STATIC)), None);
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
fn a_default_route_of_ipv6_counts_for_what_others_give_the_link() {
    let route = |of: &str, metric: &str| {
        of.replace(
            "\"routes\":[]",
            &format!(r#""routes":[{{"destination":"::","prefixLength":0,"gateway":"fe80::1"{metric}}}]"#),
        )
    };
    let all = config(&route(ALL, r#","metric":7"#));
    let (routes6, wanted) = (routes6(&all), Some(wanted(&all, None)));
    let network = crate::net::state::Network { routes6, wanted, ..Default::default() };
    let link = SeenLink { name: "eth0".into(), mac: Some("52:54:00:12:34:56".into()), ..SeenLink::default() };
    assert_eq!(network.static_metric6(&link), Some(7));
    assert_eq!(network.static_metric6(&SeenLink { kind: Some("bridge".into()), ..link }), None, "it is another link");
    assert_eq!(routes6_metrics(&route(STATIC, "")), [1024]);
    assert!(routes6_metrics(STATIC).is_empty());
}

fn routes6_metrics(links: &str) -> Vec<u32> {
    routes6(&config(links)).into_iter().map(|(_, metric)| metric).collect()
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

#[test]
fn what_a_platform_asks_for_and_the_machine_does_not_take_ends_no_boot() {
    let left = || Left {
        missing: vec![Missing { pointer: "/network/links/1".into(), what: "interface eth1".into(), needed: true }],
        error: Some(Error::new(Code::NetworkRefused, "set MTU of", "eth0")),
        ..Left::default()
    };
    let codes = |must| {
        let (warnings, end) = classify(left(), must, |what| Error::new(Code::InterfaceNotFound, "find", what));
        (warnings.iter().map(|one| one.code).collect::<Vec<_>>(), end.map(|one| one.code))
    };
    assert_eq!(codes(false), (vec![Code::NetworkRefused, Code::InterfaceNotFound], None));
    assert_eq!(codes(true), (Vec::new(), Some(Code::NetworkRefused)));
}
