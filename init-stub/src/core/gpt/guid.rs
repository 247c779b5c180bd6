//! GUIDs in the byte order of a partition table: the first three groups are little-endian.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A GUID as it is on the disk.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(pub [u8; 16]);

/// First group of the GUID of every disk that Keel partitioned: "Keel" in ASCII. Together with version 8 (custom
/// content) it marks a table as Keel's own.
const MARK: u32 = 0x4b65_656c;

impl Guid {
    /// Not a partition: the type of an unused entry.
    pub const ZERO: Self = Self([0; 16]);

    /// From the numbers of the written form.
    pub const fn of(first: u32, second: u16, third: u16, rest: u64) -> Self {
        let ([a, b, c, d], [e, f], [g, h]) = (first.to_le_bytes(), second.to_le_bytes(), third.to_le_bytes());
        let [i, j, k, l, m, n, o, p] = rest.to_be_bytes();
        Self([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
    }

    /// The four groups as numbers, the last two joined.
    fn groups(self) -> (u32, u16, u16, u64) {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = self.0;
        (
            u32::from_le_bytes([a, b, c, d]),
            u16::from_le_bytes([e, f]),
            u16::from_le_bytes([g, h]),
            u64::from_be_bytes([i, j, k, l, m, n, o, p]),
        )
    }

    /// A random GUID (version 4) from random bytes.
    pub fn random(bytes: [u8; 16]) -> Self {
        let (first, second, third, rest) = Self(bytes).groups();
        Self::of(first, second, third & 0x0fff | 0x4000, rest & !(3 << 62) | 1 << 63)
    }

    /// The GUID of a disk that Keel partitions, from random bytes.
    pub fn of_keel_disk(bytes: [u8; 16]) -> Self {
        let (_, second, third, rest) = Self::random(bytes).groups();
        Self::of(MARK, second, third & 0x0fff | 0x8000, rest)
    }

    /// Whether this is the GUID of a disk that Keel partitioned.
    pub fn is_keel_disk(self) -> bool {
        let (first, _, third, rest) = self.groups();
        first == MARK && third >> 12 == 8 && rest >> 62 == 2
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second, third, rest) = self.groups();
        write!(f, "{first:08x}-{second:04x}-{third:04x}-{:04x}-{:012x}", rest >> 48, rest & 0xffff_ffff_ffff)
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Guid {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let group = |text: &str, length: usize| {
            let hex = text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
            if hex { u64::from_str_radix(text, 16).map_err(|_| ()) } else { Err(()) }
        };
        let groups: Vec<&str> = text.split('-').collect();
        let [a, b, c, d, e] = groups.as_slice() else { return Err(()) };
        let narrow = |text, length| group(text, length).and_then(|n| u16::try_from(n).map_err(|_| ()));
        let first = u32::try_from(group(a, 8)?).map_err(|_| ())?;
        Ok(Self::of(first, narrow(b, 4)?, narrow(c, 4)?, group(d, 4)? << 48 | group(e, 12)?))
    }
}

impl Serialize for Guid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Guid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|()| serde::de::Error::custom("not a GUID"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_read_and_written_as_the_standard_says() {
        let text = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
        let guid: Guid = text.parse().unwrap();
        assert_eq!(
            guid.0,
            [0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b]
        );
        assert_eq!(guid.to_string(), text);
        for bad in [
            "",
            "c12a7328",
            "c12a7328-f81f-11d2-ba4b-00a0c93ec93",
            "+12a7328-f81f-11d2-ba4b-00a0c93ec93b",
            "c12a7328-f81f-11d2-ba4b-00a0c93ec93b-",
        ] {
            assert_eq!(bad.parse::<Guid>(), Err(()), "{bad}");
        }
    }

    #[test]
    fn a_keel_disk_is_marked_and_a_random_one_is_not() {
        assert!(Guid::of_keel_disk([0xff; 16]).is_keel_disk() && Guid::of_keel_disk([0; 16]).is_keel_disk());
        assert!(!Guid::random([0xff; 16]).is_keel_disk() && !Guid::ZERO.is_keel_disk());
        assert_eq!(Guid::random([0xff; 16]).to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
