//! Which interfaces get their address by DHCP: the job of the DHCP client, as PID 1 gives it.

use crate::sys::netdev::Link;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// Names one interface, or all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Selector {
    /// Every Ethernet interface of the machine that nothing else names.
    All,
    /// The kernel's name.
    Name(String),
    /// The hardware address, in lower case.
    Mac(String),
}

impl Selector {
    /// Whether it names this interface. Interfaces that software makes, such as those of pods, must be called by name.
    pub fn fits(&self, link: &Link) -> bool {
        match self {
            Self::All => link.physical && link.mac.is_some(),
            Self::Name(name) => *name == link.name,
            Self::Mac(mac) => link.physical && *mac == link.mac_text(),
        }
    }
}

/// An interface that is to have DHCP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DhcpInterface {
    /// Which one.
    pub selector: Selector,
    /// The MTU that the config gives it; None: that of the lease.
    pub mtu: Option<u32>,
}

/// A lease of an earlier child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remembered {
    /// The interface that has the address still.
    pub interface: String,
    /// The address.
    pub address: Ipv4Addr,
    /// Length of its prefix in bits.
    pub prefix_length: u8,
    /// Metric of its routes.
    pub metric: u32,
}

/// Everything that the child must know.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wanted {
    /// Interfaces with DHCP; the first that fits counts.
    pub interfaces: Vec<DhcpInterface>,
    /// Interfaces that `all` does not mean.
    pub not: Vec<Selector>,
    /// The host name to tell servers.
    pub hostname: Option<String>,
    /// What an earlier child left behind.
    pub remembered: Vec<Remembered>,
}

impl Wanted {
    /// The one that an interface fits.
    pub fn interface(&self, link: &Link) -> Option<&DhcpInterface> {
        let by_name = |one: &&DhcpInterface| one.selector != Selector::All && one.selector.fits(link);
        self.interfaces.iter().find(by_name).or_else(|| {
            let excluded = self.not.iter().any(|selector| selector.fits(link));
            self.interfaces.iter().find(|one| one.selector == Selector::All && one.selector.fits(link) && !excluded)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(name: &str, last: u8, physical: bool) -> Link {
        Link {
            index: 2,
            name: name.into(),
            mac: Some([2, 0, 0, 0, 0, last]),
            physical,
            carrier: true,
            changes: 0,
            mtu: 1500,
        }
    }

    #[test]
    fn a_job_is_read_as_it_was_written() {
        let name = Selector::Name("eth0".into());
        let wanted = Wanted {
            interfaces: vec![
                DhcpInterface { selector: name.clone(), mtu: Some(9000) },
                DhcpInterface { selector: Selector::All, mtu: None },
            ],
            not: vec![Selector::Mac("02:00:00:00:00:07".into())],
            hostname: Some("w1".into()),
            remembered: vec![Remembered {
                interface: "eth0".into(),
                address: Ipv4Addr::new(10, 0, 2, 15),
                prefix_length: 24,
                metric: 100,
            }],
        };
        let line = serde_json::to_vec(&wanted).unwrap();
        assert_eq!(serde_json::from_slice::<Wanted>(&line).unwrap(), wanted);
    }

    #[test]
    fn an_own_entry_wins_over_all_and_all_means_hardware() {
        let name = |name: &str| Selector::Name(name.into());
        let one = |selector, mtu| DhcpInterface { selector, mtu };
        let interfaces = vec![one(Selector::All, None), one(name("eth1"), Some(9000))];
        let wanted = Wanted { interfaces, not: vec![name("eth2")], ..Wanted::default() };
        assert_eq!(wanted.interface(&link("eth0", 1, true)).unwrap().mtu, None);
        assert_eq!(wanted.interface(&link("eth1", 2, true)).unwrap().mtu, Some(9000));
        assert_eq!(wanted.interface(&link("eth2", 3, true)), None);
        assert_eq!(wanted.interface(&link("veth9", 4, false)), None);
    }
}
