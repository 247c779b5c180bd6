//! The kernel's values of an interface, which it forgets with it: they are set again when it has another number.

use crate::core::config::Sysctl;
use crate::core::error::Result;
use crate::sys::kernel::Sys;
use crate::sys::sysctl;
use std::collections::BTreeMap;

/// The number that an interface had when its values were set, by its name.
#[derive(Default)]
pub struct LinkSysctls(BTreeMap<String, u32>);

impl LinkSysctls {
    /// Says which interfaces have their values: the stage before the network has set those of all that are there.
    pub fn of_boot(indexes: &BTreeMap<String, u32>) -> Self {
        Self(indexes.clone())
    }

    /// Sets the values of interfaces that were not there, each once; the first that the kernel refuses is the failure.
    pub fn set(&mut self, sys: &dyn Sys, sysctls: &[Sysctl], indexes: &BTreeMap<String, u32>) -> Result<()> {
        let mut result = Ok(());
        let of_links = |one: &Sysctl| sysctl::interface_of(&one.name).and_then(|name| indexes.get_key_value(&name));
        let before = self.0.clone();
        for (at, one) in sysctls.iter().enumerate() {
            if let Some((name, index)) = of_links(one).filter(|(name, index)| before.get(*name) != Some(*index)) {
                result = result.and(sysctl::set(sys, at, one));
                self.0.insert(name.clone(), *index);
            }
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::kernel::recorder::Recorder;

    #[test]
    fn values_of_an_interface_are_set_when_it_appears_and_when_it_has_another_number() {
        let one = |name: &str| Sysctl { name: name.into(), value: "2".into() };
        let sysctls =
            ["net.ipv4.conf.eth0.rp_filter", "net.ipv4.conf.br0.arp_announce", "net.ipv4.ip_forward"].map(one);
        let indexes = |all: &[(&str, u32)]| all.iter().map(|(name, index)| ((*name).to_owned(), *index)).collect();
        let mut values = LinkSysctls::of_boot(&indexes(&[("eth0", 2), ("eth1", 3)]));
        let mut set = |all: &[(&str, u32)]| {
            let sys = Recorder::default();
            values.set(&sys, &sysctls, &indexes(all)).unwrap();
            sys.calls.into_inner().iter().map(|call| call.trim().to_owned()).collect::<Vec<_>>()
        };
        let (eth0, br0) =
            ("poke /proc/sys/net/ipv4/conf/eth0/rp_filter 2", "poke /proc/sys/net/ipv4/conf/br0/arp_announce 2");
        assert_eq!(set(&[("eth0", 2), ("br0", 4)]), [br0]);
        assert_eq!(set(&[("br0", 4)]), [""; 0]);
        assert_eq!(set(&[("eth0", 9), ("br0", 4)]), [eth0]);
        assert_eq!(set(&[("eth0", 9), ("br0", 10)]), [br0]);
    }

    #[test]
    fn a_value_that_the_kernel_refuses_is_tried_once() {
        let sysctls = [Sysctl { name: "net.ipv4.conf.eth0.rp_filter".into(), value: "x".into() }];
        let sys = Recorder { refuse: Some("poke"), ..Recorder::default() };
        let (mut values, indexes) = (LinkSysctls::default(), [("eth0".to_owned(), 2)].into());
        let error = values.set(&sys, &sysctls, &indexes).unwrap_err();
        assert_eq!(error.pointer.as_deref(), Some("/kernel/sysctl/0"));
        assert!(values.set(&sys, &sysctls, &indexes).is_ok());
    }
}
