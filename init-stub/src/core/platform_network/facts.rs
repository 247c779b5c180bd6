//! Addresses, masks and names as platforms write them.

use crate::core::config::{LinkSelector, Prefix, RouteTo, is_link_name, width};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address that an interface or a server can have.
pub fn ip(text: &str) -> Option<IpAddr> {
    let ip: IpAddr = text.trim().parse().ok()?;
    (!ip.is_unspecified() && !ip.is_multicast() && ip != IpAddr::V4(Ipv4Addr::BROADCAST)).then_some(ip)
}

/// A hardware address in the form of the machine config: six bytes, in whatever case, with colons or hyphens.
pub fn mac(text: &str) -> Option<String> {
    let mac = text.trim().to_ascii_lowercase().replace('-', ":");
    let is_byte = |byte: &str| byte.len() == 2 && byte.bytes().all(|b| b.is_ascii_hexdigit());
    (mac.split(':').count() == 6 && mac.split(':').all(is_byte)).then_some(mac)
}

/// `192.0.2.5/24`, or an address with its mask or length; without both the length that cloud-init takes.
pub fn address(text: &str, mask: Option<&str>) -> Option<Prefix> {
    let (address, length) = text.split_once('/').map_or((text, mask), |(address, length)| (address, Some(length)));
    let address = ip(address)?;
    let usual = if address.is_ipv4() { 24 } else { 64 };
    let prefix_length = length.map_or(Some(usual), |length| length_of(length, address))?;
    (prefix_length > 0).then_some(Prefix { address, prefix_length })
}

/// A network: `default`, `192.0.2.0/24`, an address with its mask, or a single address.
pub fn network(text: &str, mask: Option<&str>) -> Option<Prefix> {
    let (address, length) = text.split_once('/').map_or((text, mask), |(address, length)| (address, Some(length)));
    let address: IpAddr = address.trim().parse().ok()?;
    let prefix_length = match length {
        Some(length) => length_of(length, address)?,
        None if address.is_unspecified() => 0,
        None => width(address),
    };
    Some(Prefix { address, prefix_length }.network())
}

/// All addresses of a family.
pub fn everything(is_ipv4: bool) -> Prefix {
    let address = if is_ipv4 { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { IpAddr::V6(Ipv6Addr::UNSPECIFIED) };
    Prefix { address, prefix_length: 0 }
}

/// A route to a network, without more.
pub fn route(to: Prefix, gateway: Option<IpAddr>) -> RouteTo {
    RouteTo {
        destination: to.address,
        prefix_length: to.prefix_length,
        gateway,
        source: None,
        metric: None,
        table: None,
        on_link: None,
    }
}

/// The default route of the gateway's family.
pub fn default_route(gateway: IpAddr) -> RouteTo {
    route(everything(gateway.is_ipv4()), Some(gateway))
}

/// The length that a mask or a number says, for an address of a family.
fn length_of(text: &str, of: IpAddr) -> Option<u8> {
    let text = text.trim();
    if let Ok(length) = text.parse::<u8>() {
        return (length <= width(of)).then_some(length);
    }
    let mask = match text.parse::<IpAddr>().ok()? {
        IpAddr::V4(mask) if of.is_ipv4() => u128::from(mask.to_bits()) << 96,
        IpAddr::V6(mask) if of.is_ipv6() => mask.to_bits(),
        _ => return None,
    };
    (mask.leading_ones() + mask.trailing_zeros() >= 128).then_some(u8::try_from(mask.leading_ones()).ok()?)
}

/// What finds an interface by a name: the kernel's, or one that udev makes of a PCI address or a hardware address. A node has
/// no udev. None: nothing does, because udev makes it of what the firmware says.
pub fn by_name(name: &str) -> Option<LinkSelector> {
    let none = LinkSelector::default;
    let Some(rest) = name.strip_prefix("en").filter(|rest| rest.starts_with(['o', 's', 'p', 'x', 'P'])) else {
        return is_name(name).then(|| LinkSelector { name: Some(name.to_owned()), ..none() });
    };
    if let Some(digits) = rest.strip_prefix('x') {
        let bytes: Vec<&str> = (0..6).filter_map(|at| digits.get(2 * at..2 * at + 2)).collect();
        return mac(&bytes.join(":"))
            .filter(|_| digits.len() == 12)
            .map(|mac| LinkSelector { mac: Some(mac), ..none() });
    }
    pci_address(rest).map(|path| LinkSelector { path: Some(path), ..none() })
}

/// The PCI address in `p3s0f1`, whose numbers are decimal, with a domain before or the name of a port behind it.
fn pci_address(text: &str) -> Option<String> {
    let (domain, rest) = match text.strip_prefix('P') {
        Some(rest) => number_in(rest)?,
        None => (0, text),
    };
    let (bus, rest) = number_in(rest.strip_prefix('p')?)?;
    let (slot, rest) = number_in(rest.strip_prefix('s')?)?;
    let (function, rest) = match rest.strip_prefix('f').map(number_in) {
        Some(found) => found.map(|(number, rest)| (Some(number), rest))?,
        None => (None, rest),
    };
    // Two ports of one function have one PCI address.
    let is_port = |port| number_in(port).is_some_and(|(port, end)| end.is_empty() && (port == 0 || function.is_some()));
    let is_end = rest.is_empty() || rest.strip_prefix("np").is_some_and(is_port);
    let function = function.unwrap_or(0);
    let is_address = domain <= 0xffff && bus <= 0xff && slot <= 0x1f && function <= 7;
    (is_end && is_address).then(|| format!("{domain:04x}:{bus:02x}:{slot:02x}.{function}"))
}

/// The number at the beginning of a text, and what is behind it.
pub fn number_in(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end)?;
    Some((number.parse().ok()?, rest))
}

/// Whether a machine config can call an interface so.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && is_link_name(name)
}

/// Whether a pattern of names means every Ethernet interface.
pub fn is_every_name(pattern: &str) -> bool {
    matches!(pattern, "*" | "e*" | "en*" | "eth*" | "e[nt]*")
}
