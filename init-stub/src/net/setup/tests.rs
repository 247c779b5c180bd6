use super::*;
use crate::core::config::parse;

fn of(interfaces: &str) -> Wanted {
    let text = format!(
        r#"{{"apiVersion":"keel/v1","kind":"MachineConfig","hostname":{{"type":"fixed","name":"w1"}},"kernel":{{"modules":[],"sysctl":[]}},
        "network":{{"interfaces":[{interfaces}],"nameservers":[],"routeTimeoutMs":60000}},"time":{{"servers":[],"timeoutMs":10000}},
        "storage":{{"disks":[],"filesystems":[],"persist":[],"directories":[],"files":[],"links":[]}},
        "kubernetes":{{"role":"none"}},"onFailure":{{"action":"halt"}}}}"#
    );
    wanted(&parse(text.as_bytes()).unwrap())
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
