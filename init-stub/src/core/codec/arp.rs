//! ARP on Ethernet (RFC 826), as far as a claim of an address needs it (RFC 5227), and the claim itself: who asks the link whether
//! another machine has the address, and says then that it is taken.

use crate::core::bytes::array_at;
use std::net::Ipv4Addr;

/// Ethernet, IPv4, and the lengths of their addresses.
const KIND: [u8; 6] = [0, 1, 8, 0, 6, 4];
const REQUEST: [u8; 2] = [0, 1];
const REPLY: [u8; 2] = [0, 2];

/// Length of a packet in bytes; Ethernet pads it.
pub const PACKET: usize = 28;

/// Questions of a claim (RFC 5227, PROBE_NUM), and how often it is announced (ANNOUNCE_NUM).
const PROBES: u32 = 3;
const ANNOUNCEMENTS: u32 = 2;
/// The longest random wait before the first question, the shortest one between two and how much longer it may be by chance, the wait for
/// answers after the last one, and that between announcements, in milliseconds. All but the last are a quarter of those of RFC 5227, which
/// make a boot wait for seven seconds: cards and switches have become faster since.
const FIRST_WAIT: u32 = 250;
const WAIT: u64 = 250;
const WAIT_MORE: u32 = 250;
const LAST_WAIT: u64 = 500;
const ANNOUNCEMENT_WAIT: u64 = 2000;

/// A request or a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArpPacket {
    /// The hardware address of who sent it.
    pub sender: [u8; 6],
    /// The address that the sender says to have; unspecified: it asks before it has one.
    pub sender_ip: Ipv4Addr,
    /// The address that it is about.
    pub target_ip: Ipv4Addr,
}

impl ArpPacket {
    /// Reads what came over a link, without the header of Ethernet; None: it is not ARP of IPv4 on Ethernet.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let kind: [u8; 6] = array_at(bytes, 0)?;
        let operation: [u8; 2] = array_at(bytes, 6)?;
        if kind != KIND || ![REQUEST, REPLY].contains(&operation) {
            return None;
        }
        Some(Self {
            sender: array_at(bytes, 8)?,
            sender_ip: array_at::<4>(bytes, 14)?.into(),
            target_ip: array_at::<4>(bytes, 24)?.into(),
        })
    }

    /// The request to everybody with these fields.
    pub fn request(&self) -> [u8; PACKET] {
        let mut bytes = [0; PACKET];
        let fields = [&KIND[..], &REQUEST, &self.sender, &self.sender_ip.octets(), &[0; 6], &self.target_ip.octets()];
        bytes.iter_mut().zip(fields.into_iter().flatten()).for_each(|(to, from)| *to = *from);
        bytes
    }

    /// Whether it shows that another machine than that of `own` has `address`, or is about to take it (RFC 5227, 2.1.1).
    pub fn conflicts_with(&self, address: Ipv4Addr, own: [u8; 6]) -> bool {
        let is_probe = self.sender_ip.is_unspecified() && self.target_ip == address;
        self.sender != own && (self.sender_ip == address || is_probe)
    }
}

/// What is to be done for a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing yet.
    Wait,
    /// Send this to everybody on the link.
    Send([u8; PACKET]),
    /// Nobody has answered: use the address, and go on with the claim.
    Free,
    /// Nothing any more.
    Over,
}

/// The claim of an address. Times are milliseconds of one clock.
#[derive(Debug)]
pub struct Claim {
    /// The address.
    pub address: Ipv4Addr,
    mac: [u8; 6],
    random: fn() -> u32,
    /// Packets that were sent.
    sent: u32,
    is_free: bool,
    due: u64,
}

impl Claim {
    /// A claim that begins now; `mac` is the hardware address of who makes it.
    pub fn new(now: u64, address: Ipv4Addr, mac: [u8; 6], random: fn() -> u32) -> Self {
        let due = now + u64::from(random() % (FIRST_WAIT + 1));
        Self { address, mac, random, sent: 0, is_free: false, due }
    }

    /// When [`Self::tick`] has something to do.
    pub fn due(&self) -> u64 {
        self.due
    }

    /// Time has passed.
    pub fn tick(&mut self, now: u64) -> Step {
        if self.due > now {
            return Step::Wait;
        }
        if self.sent == PROBES && !self.is_free {
            self.is_free = true;
            return Step::Free;
        }
        if self.sent == PROBES + ANNOUNCEMENTS {
            return Step::Over;
        }
        self.sent += 1;
        self.due = now
            + match self.sent {
                PROBES => LAST_WAIT,
                sent if sent > PROBES => ANNOUNCEMENT_WAIT,
                _ => WAIT + u64::from((self.random)() % (WAIT_MORE + 1)),
            };
        let sender_ip = if self.is_free { self.address } else { Ipv4Addr::UNSPECIFIED };
        Step::Send(ArpPacket { sender: self.mac, sender_ip, target_ip: self.address }.request())
    }

    /// Whether a packet shows that another machine has the address. What comes after it is used changes nothing.
    pub fn is_lost_by(&self, packet: &ArpPacket) -> bool {
        !self.is_free && packet.conflicts_with(self.address, self.mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: [u8; 6] = [2, 0, 0, 0, 0, 7];
    const OTHER: [u8; 6] = [2, 0, 0, 0, 0, 9];
    const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 15);
    const NONE: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

    #[test]
    fn a_question_is_an_arp_request_of_nobody() {
        let bytes = ArpPacket { sender: MAC, sender_ip: NONE, target_ip: ADDRESS }.request();
        assert_eq!(bytes[..8], [0, 1, 8, 0, 6, 4, 0, 1]);
        assert_eq!(bytes[8..], [2, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 2, 15]);
    }

    #[test]
    fn only_arp_of_ipv4_on_ethernet_is_read() {
        let packet = ArpPacket { sender: OTHER, sender_ip: ADDRESS, target_ip: NONE };
        let bytes = packet.request();
        assert_eq!(ArpPacket::read(&bytes), Some(packet));
        assert_eq!(ArpPacket::read(&[&bytes[..], &[0; 18]].concat()), Some(packet), "Ethernet pads short frames");
        for cut in 0..PACKET {
            assert_eq!(ArpPacket::read(&bytes[..cut]), None);
        }
        for (at, value) in [(1, 6), (2, 9), (4, 8), (5, 16), (7, 3), (7, 0)] {
            let mut other = bytes;
            other[at] = value;
            assert_eq!(ArpPacket::read(&other), None, "{at}");
        }
    }

    #[test]
    fn an_answer_and_the_question_of_another_machine_are_conflicts() {
        let is_conflict =
            |sender, sender_ip, target_ip| ArpPacket { sender, sender_ip, target_ip }.conflicts_with(ADDRESS, MAC);
        let router = Ipv4Addr::new(10, 0, 2, 2);
        assert!(is_conflict(OTHER, ADDRESS, NONE), "a reply");
        assert!(is_conflict(OTHER, ADDRESS, router), "a request of who has it");
        assert!(is_conflict(OTHER, NONE, ADDRESS), "it asks, too");
        assert!(!is_conflict(OTHER, router, ADDRESS), "somebody looks for who has it");
        assert!(!is_conflict(OTHER, NONE, router));
        assert!(!is_conflict(MAC, NONE, ADDRESS), "our own question comes back");
    }

    /// All of a claim, with the times.
    fn steps(random: fn() -> u32) -> Vec<(u64, Step)> {
        let mut claim = Claim::new(1000, ADDRESS, MAC, random);
        let mut steps = Vec::new();
        while steps.last().is_none_or(|(_, step)| *step != Step::Over) {
            let due = claim.due();
            assert_eq!(claim.tick(due - 1), Step::Wait);
            steps.push((due, claim.tick(due)));
        }
        steps
    }

    #[test]
    fn three_questions_within_two_seconds_and_then_two_announcements() {
        let probe = Step::Send(ArpPacket { sender: MAC, sender_ip: NONE, target_ip: ADDRESS }.request());
        let announcement = Step::Send(ArpPacket { sender: MAC, sender_ip: ADDRESS, target_ip: ADDRESS }.request());
        let free = Step::Free;
        let all = [probe, probe, probe, free, announcement, announcement, Step::Over];
        let times = [1000, 1250, 1500, 2000, 2000, 4000, 6000];
        assert_eq!(steps(|| 0), times.into_iter().zip(all).collect::<Vec<_>>());
        let times = [1250, 1750, 2250, 2750, 2750, 4750, 6750];
        assert_eq!(steps(|| 250), times.into_iter().zip(all).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_used_is_not_lost_any_more() {
        let packet = ArpPacket { sender: OTHER, sender_ip: ADDRESS, target_ip: NONE };
        let mut claim = Claim::new(0, ADDRESS, MAC, || 0);
        assert!(claim.is_lost_by(&packet));
        while claim.tick(claim.due()) != Step::Free {}
        assert!(!claim.is_lost_by(&packet));
    }
}
