use super::*;
use crate::config::parse;

fn words(interfaces: &str) -> Vec<String> {
    let text = format!(
        r#"{{"apiVersion":"keel/v1","kind":"MachineConfig","hostname":{{"type":"fixed","name":"w1"}},"kernel":{{"modules":[],"sysctl":[]}},
        "network":{{"interfaces":[{interfaces}],"nameservers":[],"routeTimeoutMs":60000}},"time":{{"servers":[],"timeoutMs":10000}},
        "storage":{{"disks":[],"filesystems":[],"persist":[],"directories":[],"files":[],"links":[]}},
        "kubernetes":{{"role":"none"}},"onFailure":{{"action":"halt"}}}}"#
    );
    wanted(&parse(text.as_bytes()).unwrap()).words()
}

const STATIC: &str = r#"{"selector":{"type":"mac","mac":"52:54:00:12:34:56"},"ipv4":{"type":"static","address":"10.0.2.15","prefixLength":24}}"#;
const DYNAMIC: &str = r#"{"selector":{"type":"name","name":"eth1"},"ipv4":{"type":"dhcp"},"mtuBytes":9000}"#;
const ALL: &str = r#"{"selector":{"type":"all"},"ipv4":{"type":"dhcp"}}"#;

#[test]
fn static_addresses_alone_need_no_dhcp() {
    assert!(words("").is_empty());
    assert!(wanted_nothing(&words(STATIC)));
}

fn wanted_nothing(words: &[String]) -> bool {
    Wanted::read(words).unwrap().wishes.is_empty()
}

#[test]
fn what_has_a_static_address_is_not_for_all() {
    assert_eq!(
        words(&format!("{STATIC},{DYNAMIC},{ALL}")),
        ["name=eth1,mtu=9000", "all", "not=mac=52:54:00:12:34:56", "hostname=w1"]
    );
}
