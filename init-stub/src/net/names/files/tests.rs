use super::*;
use crate::core::config::parse;
use crate::sys::kernel::recorder::Recorder;

fn config(more: &str) -> MachineConfig {
    let text = format!(
        r#"{{"apiVersion":"keel/v1.4","kind":"MachineConfig","hostname":{{"type":"fixed","name":"w1.example.org"}},"kernel":{{"modules":[],"sysctl":[{{"name":"net.ipv4.ip_forward","value":"1"}}]}},
        "network":{{"links":[{{"name":"eth0","kind":{{"type":"physical","selector":{{"name":"eth0"}}}},"addresses":[{{"address":"10.0.2.15","prefixLength":24}}],"routes":[]}}],"nameservers":["10.0.2.3","1.1.1.1"],"routeTimeoutMs":60000}},
        "time":{{"servers":[],"timeoutMs":10000}},
"storage":{{"disks":[],"filesystems":[],"persist":[],"directories":[],"files":[{more}],"links":[]}},
        "kubernetes":{{"role":"none"}},"onFailure":{{"action":"halt"}}}}"#
    );
    parse(text.as_bytes()).unwrap()
}

#[test]
fn the_host_finds_its_own_name_without_dns() {
    assert_eq!(
        hosts("w1.example.org", Some([10, 0, 2, 15].into()), &[]),
        "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n10.0.2.15 w1.example.org w1\n"
    );
    assert_eq!(hosts("w1", None, &[]), "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n127.0.1.1 w1\n");
}

#[test]
fn the_resolver_gets_three_servers_and_the_search_domains() {
    let servers = [1, 2, 3, 4].map(|last| IpAddr::from([10, 0, 2, last]).into());
    let text = resolv_conf(&servers, &["example.org".into(), "b".into()]);
    assert_eq!(text, "search example.org b\nnameserver 10.0.2.1\nnameserver 10.0.2.2\nnameserver 10.0.2.3\n");
}

#[test]
fn a_server_on_the_link_itself_is_written_with_the_link() {
    let servers = ["fe80::1", "2001:db8::53"].map(|address| ScopedAddress::on("eth0", address.parse().unwrap()));
    assert_eq!(resolv_conf(&servers, &[]), "nameserver fe80::1%eth0\nnameserver 2001:db8::53\n");
}

#[test]
fn the_own_address_may_be_one_of_ipv6() {
    let text = hosts("w1.lab", Some("2001:db8::15".parse().unwrap()), &[]);
    assert!(text.ends_with("\n2001:db8::15 w1.lab w1\n"), "{text}");
}

#[test]
fn a_declared_file_is_not_overwritten() {
    let sys = Recorder::default();
    let file = r#"{"path":"/etc/hosts","mode":420,"uid":0,"gid":0,"contents":{"type":"text","text":"x"}}"#;
    let texts = [("/etc/hosts", "a".to_owned()), ("/etc/resolv.conf", "b".to_owned())];
    write(&sys, &config(file), &texts).unwrap();
    assert!(!sys.calls.borrow().iter().any(|call| call.starts_with("write /etc/hosts ")));
    assert!(sys.calls.borrow().iter().any(|call| call.starts_with("write /etc/resolv.conf ")));
}

#[test]
fn the_machine_id_is_stable_and_falls_back_to_the_name() {
    let one = machine_id(Some("4c4c4544-0044"), "a");
    assert_eq!(one, machine_id(Some("4c4c4544-0044"), "b"));
    assert_eq!(one.len(), 33);
    assert_ne!(machine_id(None, "a"), machine_id(None, "b"));
}
