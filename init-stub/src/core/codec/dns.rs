//! As much of the DNS as a name needs to become IPv4 addresses: one question for A records, and the answer to it.

use std::net::Ipv4Addr;

/// A question for the A records of a name; None when it is not a name of the DNS.
pub fn question(id: u16, name: &str) -> Option<Vec<u8>> {
    const RECURSE: [u8; 10] = [1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend(RECURSE);
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).ok().filter(|length| (1..64).contains(length))?);
        bytes.extend(label.to_ascii_lowercase().bytes());
    }
    bytes.extend([0, 0, 1, 0, 1]);
    (bytes.len() <= 12 + 255 + 4).then_some(bytes)
}

/// What a server says to a question.
#[derive(Debug, PartialEq, Eq)]
pub enum DnsReply {
    /// Not an answer to this question.
    Stray,
    /// The server could not find out.
    Failed,
    /// All addresses; none when the name has none.
    Addresses(Vec<Ipv4Addr>),
}

/// Reads an answer. Names in it are only skipped: with recursion asked for, the A records are those of the last alias.
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
        3 => return DnsReply::Addresses(Vec::new()),
        _ => return DnsReply::Failed,
    }
    let mut addresses = Vec::new();
    let mut at = question.len();
    for _ in 0..count {
        let Some(after) = skip_name(bytes, at) else { return DnsReply::Failed };
        let (Some(kind), Some(class), Some(length)) = (number(after), number(after + 2), number(after + 8)) else {
            return DnsReply::Failed;
        };
        let content = after + 10;
        at = content + usize::from(length);
        if (kind, class) == (1, 1) {
            let four = bytes.get(content..at).and_then(|four| <[u8; 4]>::try_from(four).ok());
            addresses.extend(four.map(Ipv4Addr::from));
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

    /// An answer with an alias before the address, as most names in clouds have.
    pub fn reply(question: &[u8], flags: [u8; 2]) -> Vec<u8> {
        let mut bytes = question.to_vec();
        bytes[2..4].copy_from_slice(&flags);
        bytes[6..8].copy_from_slice(&[0, 2]);
        // A CNAME to `b`, then its A record.
        bytes.extend([0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 3, 1, b'b', 0]);
        bytes.extend([1, b'b', 0, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
        bytes
    }

    #[test]
    fn answers_to_other_questions_and_broken_ones_are_told_apart() {
        let asked = question(7, "a.example").unwrap();
        let other = question(8, "a.example").unwrap();
        assert_eq!(answer(&asked, &reply(&other, [0x81, 0x80])), DnsReply::Stray);
        assert_eq!(answer(&asked, &asked), DnsReply::Stray);
        assert_eq!(answer(&asked, &[]), DnsReply::Stray);
        let whole = reply(&asked, [0x81, 0x80]);
        assert_eq!(answer(&asked, &whole[..whole.len() - 20]), DnsReply::Failed);
    }

    #[test]
    fn an_invalid_name_is_not_asked_for() {
        assert_eq!(question(1, "a..b"), None);
        assert_eq!(question(1, &"a".repeat(64)), None);
        assert_eq!(question(1, &["a"; 200].join(".")), None);
    }
}
