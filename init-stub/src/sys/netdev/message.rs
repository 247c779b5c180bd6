//! rtnetlink's datagrams as bytes: a header, the fixed part of the kind, attributes. Numbers are in the machine's order.

use std::net::IpAddr;

/// Metric of the route that comes with an address; newer than the constants of libc.
pub const IFA_RT_PRIORITY: u16 = 9;

const READY: u32 = (libc::IFF_LOWER_UP | libc::IFF_RUNNING).unsigned_abs();
const HEADER: usize = 16;
const LINK_PART: usize = 16;

/// One interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The kernel's number.
    pub index: u32,
    /// The kernel's name.
    pub name: String,
    /// Hardware address of an Ethernet interface; None: it is of another kind.
    pub mac: Option<[u8; 6]>,
    /// Whether it is hardware of its own: neither made by software nor a part of another interface.
    pub physical: bool,
    /// Whether something is at the other end, and the kernel has made the interface ready to send.
    pub carrier: bool,
    /// How often the carrier came and went: nobody may have looked in between.
    pub changes: u32,
    /// MTU in bytes.
    pub mtu: u32,
}

impl Link {
    /// The hardware address as people write it; empty for an interface that has none.
    pub fn mac_text(&self) -> String {
        let hex: Vec<String> = self.mac.iter().flatten().map(|byte| format!("{byte:02x}")).collect();
        hex.join(":")
    }

    /// Reads the body of RTM_NEWLINK.
    pub fn read(body: &[u8]) -> Option<Self> {
        let part = body.get(..LINK_PART)?;
        let ethernet = u16_at(part, 2)? == libc::ARPHRD_ETHER;
        let flags = u32_at(part, 8)?;
        let mut link = Self {
            index: u32_at(part, 4)?,
            name: String::new(),
            mac: None,
            physical: true,
            // With the first alone, packets are lost: the kernel starts the queue up to a second after the carrier.
            carrier: flags & READY == READY,
            changes: 0,
            mtu: 0,
        };
        for (kind, value) in attributes(body.get(LINK_PART..)?) {
            match kind {
                libc::IFLA_IFNAME => link.name = String::from_utf8_lossy(value).trim_end_matches('\0').to_owned(),
                libc::IFLA_ADDRESS if ethernet => link.mac = value.try_into().ok(),
                libc::IFLA_MTU => link.mtu = u32_at(value, 0)?,
                libc::IFLA_CARRIER_CHANGES => link.changes = u32_at(value, 0)?,
                libc::IFLA_LINKINFO | libc::IFLA_MASTER => link.physical = false,
                _ => {}
            }
        }
        Some(link)
    }
}

/// One request.
pub struct NetlinkRequest(Vec<u8>);

impl NetlinkRequest {
    /// A request for everything of a kind.
    pub fn dump(kind: u16, part: &[u8]) -> Self {
        Self::new(kind, libc::NLM_F_DUMP, part)
    }

    /// A request to change something, to be confirmed.
    pub fn change(kind: u16, flags: i32, part: &[u8]) -> Self {
        Self::new(kind, flags | libc::NLM_F_ACK, part)
    }

    fn new(kind: u16, flags: i32, part: &[u8]) -> Self {
        let flags = u16::try_from(flags | libc::NLM_F_REQUEST).unwrap_or(0);
        let mut bytes = vec![0; 4];
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(flags.to_ne_bytes());
        // Sequence and port: each socket has one request at a time, and the kernel fills in the port.
        bytes.extend([0; 8]);
        bytes.extend(part);
        Self(bytes)
    }

    /// The same with one more attribute.
    pub fn with(mut self, attribute: Vec<u8>) -> Self {
        self.0.extend(attribute);
        self
    }

    /// The datagram, with its length in front.
    pub fn bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.0.len()).unwrap_or(0).to_ne_bytes();
        length.into_iter().chain(self.0.iter().skip(4).copied()).collect()
    }
}

/// One attribute with its padding.
pub fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(value.len() + 8);
    bytes.extend(u16::try_from(value.len() + 4).unwrap_or(0).to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// ifinfomsg.
pub fn link(index: u32, flags: u32, change: u32) -> Vec<u8> {
    [[0; 4], index.to_ne_bytes(), flags.to_ne_bytes(), change.to_ne_bytes()].concat()
}

/// ifaddrmsg of an address.
pub fn address(index: u32, ip: IpAddr, prefix_length: u8) -> Vec<u8> {
    [[family(ip), prefix_length, 0, libc::RT_SCOPE_UNIVERSE], index.to_ne_bytes()].concat()
}

/// rtmsg of a unicast route in the main table.
pub fn route(destination: IpAddr, prefix_length: u8, gateway: bool) -> Vec<u8> {
    // Scopes are of IPv4 only; the kernel gives every IPv6 route that of the universe.
    let is_on_link = destination.is_ipv4() && !gateway;
    let scope = if is_on_link { libc::RT_SCOPE_LINK } else { libc::RT_SCOPE_UNIVERSE };
    let way = [libc::RT_TABLE_MAIN, libc::RTPROT_BOOT, scope, libc::RTN_UNICAST];
    [[family(destination), prefix_length, 0, 0], way, [0; 4]].concat()
}

/// An attribute that is an address.
pub fn ip_attribute(kind: u16, ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => attribute(kind, &ip.octets()),
        IpAddr::V6(ip) => attribute(kind, &ip.octets()),
    }
}

fn family(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { INET } else { INET6 }
}

/// ifa_cacheinfo: preferred and valid for so many seconds.
pub fn lifetime(seconds: u32) -> Vec<u8> {
    [seconds.to_ne_bytes(), seconds.to_ne_bytes(), [0; 4], [0; 4]].concat()
}

const INET: u8 = 2;
/// The family of IPv6.
pub const INET6: u8 = 10;

/// One message of an answer.
pub enum KernelReply {
    /// Something that was asked for.
    Body(Vec<u8>),
    /// The end: an errno, or 0.
    Done(i32),
}

/// The messages of one datagram.
pub fn answers(mut datagram: &[u8]) -> Vec<KernelReply> {
    let mut found = Vec::new();
    while let (Some(length), Some(kind)) = (u32_at(datagram, 0), u16_at(datagram, 4)) {
        let Some(length) = usize::try_from(length).ok().filter(|length| *length >= HEADER) else { break };
        let body = datagram.get(HEADER..length).unwrap_or_default();
        found.push(match i32::from(kind) {
            libc::NLMSG_DONE => KernelReply::Done(0),
            libc::NLMSG_ERROR => {
                KernelReply::Done(u32_at(body, 0).map_or(libc::EBADMSG, |code| code.wrapping_neg() as i32))
            }
            _ => KernelReply::Body(body.to_vec()),
        });
        datagram = datagram.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    found
}

/// The attributes of a body.
pub fn attributes(mut rest: &[u8]) -> Vec<(u16, &[u8])> {
    let mut found = Vec::new();
    while let (Some(length), Some(kind)) = (u16_at(rest, 0), u16_at(rest, 2)) {
        let Some(value) = rest.get(4..usize::from(length)) else { break };
        // The two highest bits say how the value is written, not what it is.
        found.push((kind & 0x3fff, value));
        rest = rest.get(usize::from(length).next_multiple_of(4)..).unwrap_or_default();
    }
    found
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2).and_then(|found| found.try_into().ok()).map(u16::from_ne_bytes)
}

/// A number inside a body.
pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).and_then(|found| found.try_into().ok()).map(u32::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_is_read_and_what_is_made_of_others_is_not_physical() {
        let mut body = link(3, READY, 0);
        body[2..4].copy_from_slice(&libc::ARPHRD_ETHER.to_ne_bytes());
        body.extend(attribute(libc::IFLA_IFNAME, b"eth0\0"));
        body.extend(attribute(libc::IFLA_ADDRESS, &[0x52, 0x54, 0, 0x12, 0x34, 0x56]));
        body.extend(attribute(libc::IFLA_MTU, &1500u32.to_ne_bytes()));
        let read = Link::read(&body).unwrap();
        assert_eq!((read.index, read.name.as_str(), read.mtu), (3, "eth0", 1500));
        assert_eq!((read.mac_text().as_str(), read.physical, read.carrier), ("52:54:00:12:34:56", true, true));
        body.extend(attribute(libc::IFLA_LINKINFO, b"kind"));
        assert!(!Link::read(&body).unwrap().physical);
        for cut in 0..body.len() {
            let _ = Link::read(&body[..cut]);
        }
    }

    #[test]
    fn the_family_of_an_address_is_that_of_its_message_and_of_its_attributes() {
        let (v4, v6): (IpAddr, IpAddr) = ("192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap());
        assert_eq!(address(3, v4, 24)[..4], [2, 24, 0, 0]);
        assert_eq!(address(3, v6, 64)[..4], [10, 64, 0, 0]);
        let scope = |ip, gateway| route(ip, 8, gateway)[6];
        assert_eq!((route(v6, 8, true)[0], scope(v4, true), scope(v4, false), scope(v6, false)), (10, 0, 253, 0));
        assert_eq!((ip_attribute(1, v4).len(), ip_attribute(1, v6).len()), (8, 20));
    }

    #[test]
    fn an_error_answer_is_its_errno() {
        let refusal = NetlinkRequest::new(2, 0, &(-1i32).to_ne_bytes()).bytes();
        assert!(matches!(answers(&refusal)[..], [KernelReply::Done(1)]));
    }
}
