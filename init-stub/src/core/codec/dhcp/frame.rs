//! IPv4 and UDP headers around a DHCP message, for the time before there is an address.

use std::net::Ipv4Addr;

/// Port of a DHCP server.
pub const SERVER_PORT: u16 = 67;
/// Port of a DHCP client.
pub const CLIENT_PORT: u16 = 68;

const IP_HEADER: usize = 20;
const UDP_HEADER: usize = 8;
const UDP: u8 = 17;

/// The packet to everybody that carries a message to the servers. `from` is the own address, or 0.0.0.0.
pub fn wrap(from: Ipv4Addr, message: &[u8]) -> Vec<u8> {
    let ports = [CLIENT_PORT.to_be_bytes(), SERVER_PORT.to_be_bytes()].concat();
    let udp_length = u16::try_from(UDP_HEADER + message.len()).unwrap_or(0).to_be_bytes();
    let total = u16::try_from(IP_HEADER + UDP_HEADER + message.len()).unwrap_or(0).to_be_bytes();
    let addresses = [from.octets(), Ipv4Addr::BROADCAST.octets()].concat();

    let pseudo = [&addresses[..], &[0, UDP], &udp_length, &ports, &udp_length, &[0, 0], message].concat();
    // A checksum of 0 would mean "no checksum".
    let udp_sum = Some(checksum(&pseudo)).filter(|sum| *sum != 0).unwrap_or(0xffff).to_be_bytes();

    let header = |sum: [u8; 2]| [&[0x45, 0][..], &total, &[0, 0, 0, 0], &[64, UDP], &sum, &addresses].concat();
    let ip_sum = checksum(&header([0, 0])).to_be_bytes();
    [&header(ip_sum)[..], &ports, &udp_length, &udp_sum, message].concat()
}

/// The DHCP message in a packet from a server; None: it is something else. The UDP checksum is not looked at: a
/// hypervisor hands packets of the same machine over without one, and Ethernet has its own.
pub fn unwrap(packet: &[u8]) -> Option<&[u8]> {
    let header = usize::from(packet.first()? & 0x0f) * 4;
    let (ip, _) = packet.split_at_checked(header)?;
    let total = usize::from(u16_at(ip, 2)?);
    let fragment = u16_at(ip, 6)? & 0x3fff;
    if packet.first()? >> 4 != 4 || header < IP_HEADER || checksum(ip) != 0 || fragment != 0 || *ip.get(9)? != UDP {
        return None;
    }
    let udp = packet.get(header..total)?;
    let length = usize::from(u16_at(udp, 4)?);
    if u16_at(udp, 0)? != SERVER_PORT || u16_at(udp, 2)? != CLIENT_PORT {
        return None;
    }
    udp.get(UDP_HEADER..length)
}

/// The Internet checksum; 0 over a header that holds its own checksum.
fn checksum(bytes: &[u8]) -> u16 {
    let sum: u32 = bytes
        .chunks(2)
        .map(|pair| u32::from(*pair.first().unwrap_or(&0)) << 8 | u32::from(*pair.get(1).unwrap_or(&0)))
        .sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !u16::try_from((folded & 0xffff) + (folded >> 16)).unwrap_or(0)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2).and_then(|pair| pair.try_into().ok()).map(u16::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet as a server sends it.
    fn from_server(message: &[u8]) -> Vec<u8> {
        let mut packet = wrap(Ipv4Addr::UNSPECIFIED, message);
        packet[20..24].copy_from_slice(&[0, 67, 0, 68]);
        packet
    }

    #[test]
    fn what_is_wrapped_has_good_checksums() {
        let packet = wrap(Ipv4Addr::UNSPECIFIED, b"abc");
        assert_eq!(packet.len(), 31);
        assert_eq!(checksum(&packet[..20]), 0);
        let pseudo = [&packet[12..20], &[0, 17, 0, 11], &packet[20..]].concat();
        assert_eq!(checksum(&pseudo), 0);
    }

    #[test]
    fn only_a_servers_whole_packet_is_unwrapped() {
        let packet = from_server(b"abc");
        assert_eq!(unwrap(&packet), Some(&b"abc"[..]));
        assert_eq!(unwrap(&wrap(Ipv4Addr::UNSPECIFIED, b"abc")), None, "from a client");
        for cut in 0..packet.len() {
            assert_eq!(unwrap(&packet[..cut]), None);
        }
        let mut damaged = packet.clone();
        damaged[8] ^= 1;
        assert_eq!(unwrap(&damaged), None, "damaged header");
        let padded = [&packet[..], &[0; 20]].concat();
        assert_eq!(unwrap(&padded), Some(&b"abc"[..]), "Ethernet pads short frames");
    }
}
