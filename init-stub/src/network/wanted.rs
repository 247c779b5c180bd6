//! Which interfaces get their address by DHCP, as PID 1 tells it to its child: one word each.

use crate::sys::netdev::Link;
use std::net::Ipv4Addr;

/// Names one interface, or all.
#[derive(Debug, Clone, PartialEq, Eq)]
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

    fn word(&self) -> String {
        match self {
            Self::All => "all".into(),
            Self::Name(name) => format!("name={name}"),
            Self::Mac(mac) => format!("mac={mac}"),
        }
    }

    fn read(word: &str) -> Option<Self> {
        match word.split_once('=') {
            None if word == "all" => Some(Self::All),
            Some(("name", name)) => Some(Self::Name(name.into())),
            Some(("mac", mac)) => Some(Self::Mac(mac.into())),
            _ => None,
        }
    }
}

/// An interface that is to have DHCP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Which one.
    pub selector: Selector,
    /// The MTU that the config gives it; None: that of the lease.
    pub mtu: Option<u32>,
}

/// A lease of an earlier child.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Interfaces with DHCP; the first wish that fits counts.
    pub wishes: Vec<Wish>,
    /// Interfaces that `all` does not mean.
    pub not: Vec<Selector>,
    /// The host name to tell servers.
    pub hostname: Option<String>,
    /// What an earlier child left behind.
    pub remembered: Vec<Remembered>,
}

impl Wanted {
    /// The wish that an interface fits.
    pub fn wish(&self, link: &Link) -> Option<&Wish> {
        let by_name = |wish: &&Wish| wish.selector != Selector::All && wish.selector.fits(link);
        self.wishes.iter().find(by_name).or_else(|| {
            let excluded = self.not.iter().any(|selector| selector.fits(link));
            self.wishes.iter().find(|wish| wish.selector == Selector::All && wish.selector.fits(link) && !excluded)
        })
    }

    /// The words of the child's command line.
    pub fn words(&self) -> Vec<String> {
        let mtu = |wish: &Wish| wish.mtu.map(|bytes| format!(",mtu={bytes}")).unwrap_or_default();
        let wishes = self.wishes.iter().map(|wish| format!("{}{}", wish.selector.word(), mtu(wish)));
        let not = self.not.iter().map(|selector| format!("not={}", selector.word()));
        let remembered = self.remembered.iter().map(|lease| {
            let Remembered { interface, address, prefix_length, metric } = lease;
            format!("lease={interface},{address},{prefix_length},{metric}")
        });
        let hostname = self.hostname.iter().map(|name| format!("hostname={name}"));
        wishes.chain(not).chain(hostname).chain(remembered).collect()
    }

    /// Reads the words again; None: one of them says nothing.
    pub fn read(words: &[String]) -> Option<Self> {
        let mut wanted = Self::default();
        for word in words {
            if let Some(selector) = word.strip_prefix("not=") {
                wanted.not.push(Selector::read(selector)?);
            } else if let Some(name) = word.strip_prefix("hostname=") {
                wanted.hostname = Some(name.into());
            } else if let Some(lease) = word.strip_prefix("lease=") {
                wanted.remembered.push(remembered(lease)?);
            } else {
                let (selector, mtu) = word.split_once(",mtu=").map_or((word.as_str(), None), |(s, mtu)| (s, Some(mtu)));
                let mtu = mtu.map(str::parse).transpose().ok()?;
                wanted.wishes.push(Wish { selector: Selector::read(selector)?, mtu });
            }
        }
        Some(wanted)
    }
}

fn remembered(text: &str) -> Option<Remembered> {
    let mut parts = text.split(',');
    Some(Remembered {
        interface: parts.next()?.into(),
        address: parts.next()?.parse().ok()?,
        prefix_length: parts.next()?.parse().ok()?,
        metric: parts.next()?.parse().ok()?,
    })
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
    fn words_are_read_as_they_were_written() {
        let words =
            ["name=eth0,mtu=9000", "all", "not=mac=02:00:00:00:00:07", "hostname=w1", "lease=eth0,10.0.2.15,24,100"];
        let words: Vec<String> = words.map(str::to_owned).into();
        assert_eq!(Wanted::read(&words).unwrap().words(), words);
        for wrong in ["eth0", "all,mtu=x", "not=eth0", "lease=eth0,10.0.2.15"] {
            assert_eq!(Wanted::read(&[wrong.into()]), None, "{wrong}");
        }
    }

    #[test]
    fn an_own_entry_wins_over_all_and_all_means_hardware() {
        let words = ["all", "name=eth1,mtu=9000", "not=name=eth2"].map(str::to_owned);
        let wanted = Wanted::read(&words).unwrap();
        assert_eq!(wanted.wish(&link("eth0", 1, true)).unwrap().mtu, None);
        assert_eq!(wanted.wish(&link("eth1", 2, true)).unwrap().mtu, Some(9000));
        assert_eq!(wanted.wish(&link("eth2", 3, true)), None);
        assert_eq!(wanted.wish(&link("veth9", 4, false)), None);
    }
}
