//! Lists of domains as DNS packs them, which DHCPv4 (RFC 3397), DHCPv6 (RFC 3646) and router advertisements (RFC 8106) send.

/// What a list may have; more of it is left out.
const MOST_DOMAINS: usize = 6;
/// Characters of a name (RFC 1035, 2.3.4).
pub const LONGEST_NAME: usize = 253;

/// Whether a name may stand in /etc/resolv.conf.
pub fn is_domain(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        })
}

/// The first six names of a list that may stand in /etc/resolv.conf. Names may have pointers back into the list, which only DHCPv4
/// uses (RFC 3397). A pointer may only go backwards, so this ends. A damaged name ends the list.
pub fn domains(list: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < list.len() && found.len() < MOST_DOMAINS {
        let Some((name, next)) = domain(list, at) else { break };
        if is_domain(&name) {
            found.push(name);
        }
        at = next;
    }
    found
}

/// The name at `start`, which may be any text, and where the next one begins; None: it is damaged.
pub fn domain(list: &[u8], start: usize) -> Option<(String, usize)> {
    let mut labels: Vec<String> = Vec::new();
    let (mut at, mut next, mut before) = (start, None, start);
    loop {
        match *list.get(at)? {
            0 => return Some((labels.join("."), next.unwrap_or(at + 1))),
            length @ 1..=63 => {
                let label = list.get(at + 1..=at + usize::from(length))?;
                labels.push(String::from_utf8_lossy(label).into_owned());
                at += 1 + usize::from(length);
            }
            high @ 192.. => {
                let target = usize::from(high & 0x3f) << 8 | usize::from(*list.get(at + 1)?);
                next = next.or(Some(at + 2));
                if target >= before {
                    return None;
                }
                (at, before) = (target, target);
            }
            _ => return None,
        }
        if labels.len() > 127 {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unpacked_and_what_could_harm_resolv_conf_is_left_out() {
        let packed = b"\x03eng\x07example\x03org\x00\x02hr\xc0\x04";
        assert_eq!(domains(packed), ["eng.example.org", "hr.example.org"]);
        assert!(domains(b"\xc0\x00").is_empty(), "a pointer to itself");
        assert!(domains(b"\x01a\xc0\x00").is_empty(), "a loop");
        assert!(domains(b"\x03a\nb\x00").is_empty(), "a line break");
        assert_eq!(domains(b"\x01a\x00\x00\x00\x00"), ["a"], "a list that is padded with zeros");
        assert_eq!(domains(&b"\x01a\x00".repeat(9)).len(), MOST_DOMAINS);
    }
}
