//! The address of a server together with the interface that leads to it, which an address of the link itself needs (RFC 4007).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// An address; shown as resolv.conf, musl, glibc and Go spell it: `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopedAddress {
    /// The address.
    pub address: IpAddr,
    /// Name or number of the interface of a link-local address; None for every other address.
    pub interface: Option<String>,
}

impl ScopedAddress {
    /// An address as a server or a router on this interface has announced it.
    pub fn on(interface: &str, address: IpAddr) -> Self {
        Self { address, interface: is_link_local(address).then(|| interface.to_owned()) }
    }
}

impl From<IpAddr> for ScopedAddress {
    fn from(address: IpAddr) -> Self {
        Self { address, interface: None }
    }
}

impl FromStr for ScopedAddress {
    type Err = std::net::AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('%').filter(|(_, interface)| !interface.is_empty()) {
            Some((address, interface)) => Ok(Self::on(interface, address.parse()?)),
            None => Ok(text.parse::<IpAddr>()?.into()),
        }
    }
}

impl fmt::Display for ScopedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.interface {
            Some(interface) => write!(f, "{}%{interface}", self.address),
            None => self.address.fmt(f),
        }
    }
}

/// Whether the address is one of the link itself, which says nothing without the link.
pub fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(ip) if ip.is_unicast_link_local())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_as_it_is_read() {
        for text in ["192.0.2.1", "2001:db8::1", "fe80::1%eth0", "fe80::1%2", "fe80::1"] {
            assert_eq!(text.parse::<ScopedAddress>().unwrap().to_string(), text);
        }
        for text in ["", "fe80::1%", "%eth0", "ntp.example", "fe80::1 %eth0"] {
            assert!(text.parse::<ScopedAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_an_address_of_the_link_itself_names_the_link() {
        let shown = |address: &str| ScopedAddress::on("eth0", address.parse().unwrap()).to_string();
        assert_eq!(shown("fe80::1"), "fe80::1%eth0");
        assert_eq!(shown("fd00::1"), "fd00::1");
        assert_eq!(shown("169.254.0.1"), "169.254.0.1");
    }
}
