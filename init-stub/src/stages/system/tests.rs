use super::*;
use crate::config::parse;
use crate::sys::kernel::recorder::Recorder;

fn config(more: &str) -> MachineConfig {
    let text = format!(
        r#"{{"apiVersion":"keel/v1","kind":"MachineConfig","hostname":{{"type":"fixed","name":"w1.example.org"}},"kernel":{{"modules":[],"sysctl":[{{"name":"net.ipv4.ip_forward","value":"1"}}]}},
        "network":{{"interfaces":[{{"selector":{{"type":"name","name":"eth0"}},"ipv4":{{"type":"static","address":"10.0.2.15","prefixLength":24}}}}],"nameservers":["10.0.2.3","1.1.1.1"],"routeTimeoutMs":60000}},
        "time":{{"servers":[],"timeoutMs":10000}},
"storage":{{"disks":[],"filesystems":[],"persist":[],"directories":[],"files":[{more}],"links":[]}},
        "kubernetes":{{"role":"none"}},"onFailure":{{"action":"halt"}}}}"#
    );
    parse(text.as_bytes()).unwrap()
}

#[test]
fn the_host_finds_its_own_name_without_dns() {
    assert_eq!(
        hosts(&config("")),
        "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n10.0.2.15 w1.example.org w1\n"
    );
    assert_eq!(resolv_conf(&config("")), "nameserver 10.0.2.3\nnameserver 1.1.1.1\n");
}

#[test]
fn a_declared_file_is_not_overwritten() {
    let sys = Recorder::default();
    let file = r#"{"path":"/etc/hosts","mode":420,"uid":0,"gid":0,"contents":{"type":"text","text":"x"}}"#;
    write_files(&sys, &config(file), "").unwrap();
    assert!(!sys.calls.borrow().iter().any(|call| call.starts_with("write /etc/hosts ")));
    assert!(sys.calls.borrow().iter().any(|call| call.starts_with("write /etc/resolv.conf ")));
}

#[test]
fn the_machine_id_is_stable_and_falls_back_to_the_name() {
    let one = machine_id("4C4C4544-0044", "a");
    assert_eq!(one, machine_id("4c4c4544-0044", "b"));
    assert_eq!(one.len(), 33);
    assert_ne!(machine_id("0000-0000", "a"), machine_id("", "b"));
}

#[test]
fn sysctl_names_become_paths_below_proc_sys_only() {
    assert_eq!(sysctl_path("net.ipv4.conf.eth0/100.rp_filter").unwrap(), "/proc/sys/net/ipv4/conf/eth0.100/rp_filter");
    assert_eq!(sysctl_path("a.//.b"), None);
    assert_eq!(sysctl_path("a..b"), None);
}

#[test]
fn a_refused_sysctl_names_its_place() {
    let sys = Recorder { refuse: Some("poke /proc/sys/net"), ..Recorder::default() };
    let error = set_sysctls(&sys, &config("")).unwrap_err();
    assert_eq!((error.code, error.pointer.as_deref()), (Code::SysctlRefused, Some("/kernel/sysctl/0")));
}
