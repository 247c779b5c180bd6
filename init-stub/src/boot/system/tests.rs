use super::*;
use crate::sys::kernel::recorder::Recorder;

#[test]
fn sysctl_names_become_paths_below_proc_sys_only() {
    assert_eq!(sysctl_path("net.ipv4.conf.eth0/100.rp_filter").unwrap(), "/proc/sys/net/ipv4/conf/eth0.100/rp_filter");
    assert_eq!(sysctl_path("a.//.b"), None);
    assert_eq!(sysctl_path("a..b"), None);
}

#[test]
fn a_refused_sysctl_names_its_place() {
    let sys = Recorder { refuse: Some("poke /proc/sys/net"), ..Recorder::default() };
    let forward = Sysctl { name: "net.ipv4.ip_forward".into(), value: "1".into() };
    let error = set_sysctls(&sys, &[forward]).unwrap_err();
    assert_eq!((error.code, error.pointer.as_deref()), (Code::SysctlRefused, Some("/kernel/sysctl/0")));
}
