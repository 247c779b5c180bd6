//! As much of the DNS as a name needs to become addresses: one question for records of a kind, and the answer to it.

use std::net::IpAddr;

/// The class of everything that is asked for.
const INTERNET: u16 = 1;

/// A kind of record that has an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// An address of IPv4.
    A,
    /// An address of IPv6.
    Aaaa,
}

/// Both, in the order in which they are asked for.
pub const RECORDS: [Record; 2] = [Record::A, Record::Aaaa];

impl Record {
    /// Its number in the DNS.
    fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Aaaa => 28,
        }
    }

    /// The address in such a record; None when it has another length.
    fn address(self, content: &[u8]) -> Option<IpAddr> {
        match self {
            Self::A => <[u8; 4]>::try_from(content).ok().map(IpAddr::from),
            Self::Aaaa => <[u8; 16]>::try_from(content).ok().map(IpAddr::from),
        }
    }
}

/// A question for the records of a name; None when it is not a name of the DNS.
pub fn question(id: u16, name: &str, record: Record) -> Option<Vec<u8>> {
    const RECURSE: [u8; 10] = [1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend(RECURSE);
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).ok().filter(|length| (1..64).contains(length))?);
        bytes.extend(label.to_ascii_lowercase().bytes());
    }
    bytes.push(0);
    bytes.extend(record.number().to_be_bytes());
    bytes.extend(INTERNET.to_be_bytes());
    (bytes.len() <= 12 + 255 + 4).then_some(bytes)
}

/// What a server says to a question.
#[derive(Debug, PartialEq, Eq)]
pub enum DnsReply {
    /// Not an answer to this question.
    Stray,
    /// The server could not find out.
    Failed,
    /// There is no such name. Servers exist that say so when the name has records of another kind only (RFC 4074).
    NoSuchName,
    /// All addresses of the kind that was asked for; none when the name has none.
    Addresses(Vec<IpAddr>),
}

/// Reads an answer. Names in it are only skipped: with recursion asked for, the records are those of the last alias.
pub fn answer(question: &[u8], bytes: &[u8]) -> DnsReply {
    let number =
        |at: usize| bytes.get(at..at + 2).and_then(|two| <[u8; 2]>::try_from(two).ok()).map(u16::from_be_bytes);
    let (Some(flags), Some(count)) = (number(2), number(6)) else { return DnsReply::Stray };
    let same = bytes.get(..2) == question.get(..2)
        && bytes
            .get(12..question.len())
            .is_some_and(|echo| echo.eq_ignore_ascii_case(question.get(12..).unwrap_or_default()));
    if !same || flags & 0x8000 == 0 {
        return DnsReply::Stray;
    }
    match flags & 15 {
        0 => {}
        3 => return DnsReply::NoSuchName,
        _ => return DnsReply::Failed,
    }
    let asked = number(question.len().saturating_sub(4));
    let Some(record) = RECORDS.into_iter().find(|record| Some(record.number()) == asked) else {
        return DnsReply::Stray;
    };
    let mut addresses = Vec::new();
    let mut at = question.len();
    for _ in 0..count {
        let Some(after) = skip_name(bytes, at) else { return DnsReply::Failed };
        let (Some(kind), Some(class), Some(length)) = (number(after), number(after + 2), number(after + 8)) else {
            return DnsReply::Failed;
        };
        let content = after + 10;
        at = content + usize::from(length);
        if (kind, class) == (record.number(), INTERNET) {
            addresses.extend(bytes.get(content..at).and_then(|content| record.address(content)));
        }
    }
    DnsReply::Addresses(addresses)
}

/// The place behind a name: labels, then a zero or a pointer of two bytes.
fn skip_name(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *bytes.get(at)? {
            0 => return Some(at + 1),
            length if length & 0xC0 == 0xC0 => return Some(at + 2),
            length => at += 1 + usize::from(length),
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// The addresses in a [`reply`], one of each kind.
    pub const ADDRESSES: [&str; 2] = ["192.0.2.7", "2001:db8::7"];

    /// An answer with an alias before the addresses, as most names in clouds have, and with a record of either kind.
    pub fn reply(question: &[u8], flags: [u8; 2]) -> Vec<u8> {
        let mut bytes = question.to_vec();
        bytes[2..4].copy_from_slice(&flags);
        bytes[6..8].copy_from_slice(&[0, 3]);
        // A CNAME to `b`, then its A and its AAAA record.
        bytes.extend([0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 3, 1, b'b', 0]);
        bytes.extend([1, b'b', 0, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
        bytes.extend([1, b'b', 0, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16]);
        bytes.extend([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
        bytes
    }

    #[test]
    fn the_addresses_are_those_of_the_kind_that_was_asked_for() {
        for (record, address) in RECORDS.into_iter().zip(ADDRESSES) {
            let asked = question(7, "a.example", record).unwrap();
            let expected = DnsReply::Addresses(vec![address.parse().unwrap()]);
            assert_eq!(answer(&asked, &reply(&asked, [0x81, 0x80])), expected);
        }
        let (a, aaaa) = (question(7, "a.example", Record::A).unwrap(), question(7, "a.example", Record::Aaaa).unwrap());
        assert_eq!(answer(&a, &reply(&aaaa, [0x81, 0x80])), DnsReply::Stray, "an answer to the other question");
    }

    #[test]
    fn a_record_of_another_length_than_an_address_is_left_out() {
        let asked = question(7, "a.example", Record::Aaaa).unwrap();
        let mut short = asked.clone();
        short[2..4].copy_from_slice(&[0x81, 0x80]);
        short[7] = 1;
        short.extend([0xC0, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
        assert_eq!(answer(&asked, &short), DnsReply::Addresses(Vec::new()));
    }

    #[test]
    fn answers_to_other_questions_and_broken_ones_are_told_apart() {
        let asked = question(7, "a.example", Record::A).unwrap();
        let other = question(8, "a.example", Record::A).unwrap();
        assert_eq!(answer(&asked, &reply(&other, [0x81, 0x80])), DnsReply::Stray);
        assert_eq!(answer(&asked, &asked), DnsReply::Stray);
        assert_eq!(answer(&asked, &[]), DnsReply::Stray);
        let whole = reply(&asked, [0x81, 0x80]);
        assert_eq!(answer(&asked, &whole[..whole.len() - 20]), DnsReply::Failed);
        assert_eq!(answer(&asked, &reply(&asked, [0x81, 0x83])), DnsReply::NoSuchName);
    }

    #[test]
    fn an_invalid_name_is_not_asked_for() {
        assert_eq!(question(1, "a..b", Record::A), None);
        assert_eq!(question(1, &"a".repeat(64), Record::A), None);
        assert_eq!(question(1, &["a"; 200].join("."), Record::Aaaa), None);
    }
}
