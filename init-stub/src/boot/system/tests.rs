use super::*;
use crate::core::error::Code;
use crate::sys::kernel::recorder::Recorder;
use serde_json::json;

fn network() -> Network {
    let bond = json!({ "type": "bond", "mode": "802.3ad", "members": [{ "name": "eth0" }] });
    let links = json!([{ "name": "bond0.7", "kind": bond, "addresses": [], "routes": [] }]);
    serde_json::from_value(json!({ "links": links, "nameservers": [], "routeTimeoutMs": 1000 })).unwrap()
}

fn set(name: &str, errno: i32) -> Result<()> {
    let sys = Recorder { refuse: Some("poke /proc/sys/net"), errno: Some(errno), ..Recorder::default() };
    set_sysctls(&sys, &[Sysctl { name: name.into(), value: "1".into() }], &network())
}

#[test]
fn a_refused_sysctl_names_its_place() {
    let error = set("net.ipv4.ip_forward", libc::EINVAL).unwrap_err();
    assert_eq!((error.code, error.pointer.as_deref()), (Code::SysctlRefused, Some("/kernel/sysctl/0")));
}

#[test]
fn a_value_of_a_link_that_is_not_there_yet_is_left_to_the_network() {
    assert!(set("net.ipv4.conf.bond0/7.rp_filter", libc::ENOENT).is_ok());
    assert!(set("net.ipv4.conf.bond0/7.rp_filter", libc::EINVAL).is_err());
    assert!(set("net.ipv4.conf.eth7.rp_filter", libc::ENOENT).is_err());
    assert!(set("net.ipv4.conf.all.rp_filter", libc::ENOENT).is_err());
}
