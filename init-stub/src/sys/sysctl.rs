//! Values of the kernel by their names, as `net.ipv4.ip_forward`.

use super::kernel::Sys;
use crate::core::config::Sysctl;
use crate::core::error::{Code, Error, Result, Step};

/// Sets one value; `at` is its place in the machine config.
pub fn set(sys: &dyn Sys, at: usize, sysctl: &Sysctl) -> Result<()> {
    let refused = |error: Error| error.with_pointer(format!("/kernel/sysctl/{at}"));
    let path = path_of(&sysctl.name).ok_or_else(|| {
        refused(Error::new(Code::SysctlRefused, "set", &sysctl.name).with_detail("this is not the name of a sysctl"))
    })?;
    // The newline makes an empty value a value, too.
    sys.poke(&path, &format!("{}\n", sysctl.value)).step(Code::SysctlRefused, "set", &sysctl.name).map_err(refused)
}

/// Dots separate, and a slash stands for a dot inside a part, as in `net.ipv4.conf.eth0/100.rp_filter`.
fn path_of(name: &str) -> Option<String> {
    let parts: Vec<String> = name.split('.').map(|part| part.replace('/', ".")).collect();
    let fit = parts.iter().all(|part| !matches!(part.as_str(), "" | "." | ".."));
    fit.then(|| format!("/proc/sys/{}", parts.join("/")))
}

/// The interface that a value is about. The kernel forgets the value with it.
pub fn interface_of(name: &str) -> Option<String> {
    let parts: Vec<&str> = name.split('.').collect();
    match parts[..] {
        ["net", "ipv4" | "ipv6", "conf" | "neigh", interface, _] if !matches!(interface, "all" | "default") => {
            Some(interface.replace('/', "."))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sysctl_names_become_paths_below_proc_sys_only() {
        assert_eq!(path_of("net.ipv4.conf.eth0/100.rp_filter").unwrap(), "/proc/sys/net/ipv4/conf/eth0.100/rp_filter");
        assert_eq!(path_of("a.//.b"), None);
        assert_eq!(path_of("a..b"), None);
    }

    #[test]
    fn a_value_of_an_interface_names_it() {
        assert_eq!(interface_of("net.ipv4.conf.eth0/100.rp_filter").as_deref(), Some("eth0.100"));
        assert_eq!(interface_of("net.ipv6.neigh.bond0.ucast_solicit").as_deref(), Some("bond0"));
        for other in [
            "net.ipv4.conf.all.rp_filter",
            "net.ipv6.conf.default.autoconf",
            "net.ipv4.ip_forward",
            "net.core.conf.a.b",
        ] {
            assert_eq!(interface_of(other), None, "{other}");
        }
    }
}
