//! What the kernel and other programs of the machine say.

use keel_init::core::codec::dbus::{LONGEST, Parsed, Writer, answer, parse};
use keel_init::parsers::conversation::{BusReply, Conversation};
use keel_init::parsers::netlink::{
    KernelReply, announced, answers, attribute, read_address, read_link, read_route, read_rule,
};
use keel_init::parsers::{Ipv6Change, pull_in, redact};

/// One message of D-Bus at the beginning of a stream.
pub fn dbus_message(bytes: &[u8]) {
    match parse(bytes) {
        Parsed::Whole(message, length) => {
            assert!(length <= LONGEST && length <= bytes.len());
            assert!(message.strings().iter().map(|text| text.len()).sum::<usize>() <= length);
            let cut = bytes.get(..length - 1).unwrap_or_default();
            assert_eq!(parse(cut), Parsed::Begun, "a message is whole only with its last byte");
        }
        // What has begun can become whole, so there is no need to wait for more than the longest.
        Parsed::Begun => assert!(bytes.len() < LONGEST),
        Parsed::Invalid => assert!(bytes.len() >= 16),
    }
    let mut body = Writer::default();
    body.string(&String::from_utf8_lossy(bytes.get(..64).unwrap_or(bytes)));
    let written = answer(7, "s", 0, body);
    assert!(matches!(parse(&written), Parsed::Whole(message, length)
        if length == written.len() && !message.wants_answer() && message.strings().len() == 1));
}

/// The talk with one client of the bus; in whatever pieces it comes, the same is answered.
pub fn logind(bytes: &[u8]) {
    let [whole, halves, single] = [bytes.len().max(1), bytes.len() / 2 + 1, 1].map(|size| talk(bytes, size));
    for pieces in [halves, single] {
        assert_eq!(whole.is_some(), pieces.is_some(), "one way to cut it is refused");
        if whole.is_some() {
            assert_eq!(whole, pieces);
        }
    }
}

/// The replies to a talk that comes in pieces of this size; None: it is refused.
fn talk(bytes: &[u8], size: usize) -> Option<(Vec<BusReply>, Option<Vec<u8>>)> {
    let mut conversation = Conversation::new(1, 30_000);
    let mut replies = Vec::new();
    for piece in bytes.chunks(size) {
        replies.extend(conversation.take(piece).ok()?);
    }
    Some((replies, conversation.shutdown()))
}

/// A datagram of rtnetlink.
pub fn netlink(bytes: &[u8]) {
    let mut length = 0;
    for reply in answers(bytes) {
        if let KernelReply::Body(body) = reply.what {
            length += body.len() + 16;
            check_link(&body);
        }
    }
    assert!(length <= bytes.len() + 16);
    check_link(bytes);
    if let Some(change) = Ipv6Change::read(bytes, false) {
        assert_ne!(change.lifetime_s, Some(u32::MAX));
    }
    let name = String::from_utf8_lossy(bytes.get(..15).unwrap_or(bytes)).replace('\0', "");
    let body = [vec![0; 16], attribute(libc::IFLA_IFNAME, name.as_bytes())].concat();
    assert_eq!(read_link(&body).map(|link| link.name), Some(name));
    let _ = announced(bytes);
}

fn check_link(body: &[u8]) {
    if let Some(link) = read_link(body) {
        assert!(link.mac.as_ref().is_none_or(|mac| mac.len() == 17 && link.mac_bytes().is_some()));
    }
    if let Some(route) = read_route(body) {
        assert!(route.gateway.is_none_or(|gateway| gateway.is_ipv4() || route.destination.is_ipv6()));
    }
    read_address(body);
    read_rule(body);
}

/// A line that a program wrote to its log: a token in it never leaves the node.
pub fn redacted_line(bytes: &[u8]) {
    const SECRET: &str = "0123456789abcdef";
    let text = String::from_utf8_lossy(bytes);
    redact::values(&text);
    if text.contains(SECRET) {
        return;
    }
    let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
    let (before, after) = text.split_at_checked(middle).unwrap_or((&text, ""));
    let token = format!("abcdef.{SECRET}");
    for marked in [format!("{before} {token} {after}"), format!("{before} token={token} {after}")] {
        let shown = redact::line(&marked);
        assert!(!shown.contains(SECRET), "{marked:?} becomes {shown:?}");
        assert!(shown.len() <= marked.len() + 3 * marked.len());
    }
}

/// A line of containerd's log. What stands behind the `?` of an address is never shown: a storage service signs there.
pub fn pull_line(bytes: &[u8]) {
    const SECRET: &str = "s1gnature-of-a-storage-service";
    let text = String::from_utf8_lossy(bytes);
    pull_in(&text);
    let cause = format!("Get \\\"https://h/?{SECRET}\\\": {text}");
    for start in
        ["PullImage \\\"a\\\" failed\" error=\"", "RunPodSandbox for a\" error=\"failed to pull image \\\"a\\\": "]
    {
        let Some(pull) = pull_in(&format!("level=error msg=\"{start}{cause}\"")) else { continue };
        let (_, detail) = pull.failure.unwrap_or_else(|| unreachable!("it failed"));
        assert_eq!(pull.image, "a");
        assert!(detail.chars().count() <= 300 && !detail.contains(char::is_control), "{detail:?}");
        assert!(text.contains(SECRET) || !detail.contains(SECRET), "{detail:?}");
    }
}
