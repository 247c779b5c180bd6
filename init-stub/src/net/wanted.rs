//! Which interfaces get their address by DHCP: the job of the DHCP client, as PID 1 gives it.

use crate::core::codec::dhcp::lease::Hop;
use crate::core::config::{Dhcp4Overrides, LinkSelector};
use crate::core::plan::network::SeenLink;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Names one interface, several, or all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selector {
    /// The name that it has or gets.
    pub name: Option<String>,
    /// By what it is found.
    pub facts: LinkSelector,
}

impl Selector {
    /// Every Ethernet interface of the machine that nothing else names.
    pub fn all() -> Self {
        Self { name: None, facts: LinkSelector { all: Some(true), ..LinkSelector::default() } }
    }

    /// Whether it names this interface. `all` means hardware, but for members of another interface.
    pub fn fits(&self, link: &SeenLink) -> bool {
        if self.facts.is_all() {
            return link.is_physical() && link.master.is_none();
        }
        self.name.as_ref() == Some(&link.name) || link.fits(&self.facts)
    }
}

/// An interface whose addresses others give.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DhcpInterface {
    /// Which one.
    pub selector: Selector,
    /// The MTU that the config gives it; None: that of the lease.
    pub mtu: Option<u32>,
    /// Whether it asks for a lease of IPv4.
    pub dhcp4: bool,
    /// Whether it asks for a lease of IPv6, whatever routers say.
    pub dhcp6: bool,
    /// Whether it does what routers say: the kernel makes addresses from their advertisements, and there may be DHCPv6.
    pub slaac: bool,
    /// What of a lease of IPv4 is used, and what is sent to its servers.
    #[serde(default)]
    pub overrides: Dhcp4Overrides,
}

impl DhcpInterface {
    /// Whether routers are asked for their advertisements.
    pub fn has_ipv6(&self) -> bool {
        self.dhcp6 || self.slaac
    }

    /// Whether servers get the machine's name on it.
    pub fn sends_hostname(&self) -> bool {
        self.has_ipv6() || (self.dhcp4 && self.overrides.sends_hostname())
    }
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
    /// Its routes, which the interface has still.
    #[serde(default)]
    pub routes: Vec<Hop>,
    /// The MTU in bytes that the interface had before it got that of the lease; None: it has not got any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu_before: Option<u32>,
}

/// A lease of DHCPv6 of an earlier child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remembered6 {
    /// The interface that has the address still.
    pub interface: String,
    /// The address.
    pub address: Ipv6Addr,
    /// Whether the child has put it on the interface without an end.
    #[serde(default)]
    pub endless: bool,
}

/// Everything that the child must know.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wanted {
    /// Interfaces whose addresses others give; the first that fits counts.
    pub interfaces: Vec<DhcpInterface>,
    /// Interfaces that `all` does not mean.
    pub not: Vec<Selector>,
    /// The host name to tell servers.
    pub hostname: Option<String>,
    /// By which servers of DHCPv6 know the machine: its DUID.
    pub duid: Vec<u8>,
    /// What an earlier child left behind.
    pub remembered: Vec<Remembered>,
    /// The same of DHCPv6.
    pub remembered6: Vec<Remembered6>,
}

impl Wanted {
    /// The same with the name that the machine has found; None: nothing changes for servers.
    pub fn with_hostname(&self, name: &str) -> Option<Self> {
        let is_new = self.hostname.as_deref() != Some(name);
        let is_sent = self.interfaces.iter().any(DhcpInterface::sends_hostname);
        (is_new && is_sent).then(|| Self { hostname: Some(name.into()), ..self.clone() })
    }

    /// The one that an interface fits, once it has the name that the config gives it.
    pub fn interface(&self, link: &SeenLink) -> Option<&DhcpInterface> {
        let found = self.means(link)?;
        let name = found.selector.name.as_ref();
        name.is_none_or(|name| *name == link.name).then_some(found)
    }

    /// The one that an interface fits, under whatever name.
    pub fn means(&self, link: &SeenLink) -> Option<&DhcpInterface> {
        let find = |all: bool| {
            self.interfaces.iter().find(|one| one.selector.facts.is_all() == all && one.selector.fits(link))
        };
        find(false).or_else(|| {
            let excluded = self.not.iter().any(|selector| selector.fits(link));
            find(true).filter(|_| !excluded)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(name: &str, last: u8, kind: Option<&str>) -> SeenLink {
        SeenLink {
            index: 2,
            name: name.into(),
            mac: Some(format!("02:00:00:00:00:{last:02x}")),
            kind: kind.map(str::to_owned),
            ..SeenLink::default()
        }
    }

    fn named(name: &str) -> Selector {
        Selector { name: None, facts: LinkSelector { name: Some(name.into()), ..LinkSelector::default() } }
    }

    fn one(selector: Selector, mtu: Option<u32>) -> DhcpInterface {
        DhcpInterface { selector, mtu, dhcp4: true, dhcp6: false, slaac: true, ..DhcpInterface::default() }
    }

    #[test]
    fn a_job_is_read_as_it_was_written() {
        let wanted = Wanted {
            interfaces: vec![
                DhcpInterface {
                    overrides: Dhcp4Overrides { use_mtu: Some(false), ..Dhcp4Overrides::default() },
                    ..one(named("eth0"), Some(9000))
                },
                one(Selector::all(), None),
            ],
            not: vec![named("eth7")],
            hostname: Some("w1".into()),
            remembered: vec![Remembered {
                interface: "eth0".into(),
                address: Ipv4Addr::new(10, 0, 2, 15),
                prefix_length: 24,
                metric: 100,
                routes: vec![Hop { destination: Ipv4Addr::UNSPECIFIED, prefix_length: 0, gateway: None }],
                mtu_before: Some(1500),
            }],
            duid: vec![0, 4, 255],
            remembered6: vec![Remembered6 {
                interface: "eth0".into(),
                address: "2001:db8::15".parse().unwrap(),
                endless: true,
            }],
        };
        let line = serde_json::to_vec(&wanted).unwrap();
        assert_eq!(serde_json::from_slice::<Wanted>(&line).unwrap(), wanted);
    }

    #[test]
    fn a_new_name_matters_where_servers_get_it() {
        let not = Dhcp4Overrides { send_hostname: Some(false), ..Dhcp4Overrides::default() };
        let silent = DhcpInterface { slaac: false, overrides: not, ..one(named("eth0"), None) };
        let of = |interfaces| Wanted { interfaces, ..Wanted::default() }.with_hostname("w1");
        assert_eq!(of(Vec::new()), None);
        assert_eq!(of(vec![silent.clone()]), None);
        let named_to = of(vec![silent.clone(), DhcpInterface { dhcp6: true, ..silent }]).unwrap();
        assert_eq!((named_to.hostname.as_deref(), named_to.interfaces.len()), (Some("w1"), 2));
        assert_eq!(named_to.with_hostname("w1"), None, "they have it");
        assert!(named_to.with_hostname("w2").is_some());
    }

    #[test]
    fn an_own_entry_wins_over_all_and_all_means_hardware() {
        let uplink = Selector {
            name: Some("uplink".into()),
            facts: LinkSelector { mac: Some("02:00:00:00:00:05".into()), ..LinkSelector::default() },
        };
        let interfaces = vec![
            one(Selector::all(), None),
            one(named("eth1"), Some(9000)),
            one(uplink, Some(1400)),
            one(named("bond0"), Some(1300)),
        ];
        let wanted = Wanted { interfaces, not: vec![named("eth2")], ..Wanted::default() };
        let mtu = |link: SeenLink| wanted.interface(&link).map(|one| one.mtu);
        assert_eq!(mtu(link("eth0", 1, None)), Some(None));
        assert_eq!(mtu(link("eth1", 2, None)), Some(Some(9000)));
        assert_eq!(mtu(link("eth2", 3, None)), None);
        assert_eq!(mtu(link("veth9", 4, Some("veth"))), None);
        // Before and after it got its name.
        assert_eq!(mtu(link("eth5", 5, None)), None);
        assert!(wanted.means(&link("eth5", 5, None)).is_some());
        assert_eq!(mtu(link("uplink", 6, None)), Some(Some(1400)));
        assert_eq!(mtu(link("bond0", 7, Some("bond"))), Some(Some(1300)));
        assert_eq!(mtu(SeenLink { master: Some(9), ..link("eth8", 8, None) }), None);
    }
}
