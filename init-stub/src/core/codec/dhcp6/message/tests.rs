use super::*;

pub const IAID: u32 = 7;

/// The DUID of the client.
pub fn duid() -> Vec<u8> {
    duid_ll([0x52, 0x54, 0, 0x12, 0x34, 0x56])
}

/// An option as bytes.
pub fn packed_option(number: u16, value: &[u8]) -> Vec<u8> {
    Query { bytes: Vec::new() }.with(number, value).done()
}

/// An IA_NA with one address and its times in seconds: T1, T2, preferred, valid.
pub fn identity(address: &str, [t1, t2, preferred, valid]: [u32; 4]) -> Vec<u8> {
    let address = address.parse::<Ipv6Addr>().unwrap().octets();
    let inner = [&address[..], &preferred.to_be_bytes(), &valid.to_be_bytes()].concat();
    identity_with([t1, t2], &packed_option(option::ADDRESS, &inner))
}

/// An IA_NA with any options.
pub fn identity_with([t1, t2]: [u32; 2], inner: &[u8]) -> Vec<u8> {
    packed_option(option::IA_NA, &[&[IAID, t1, t2].map(u32::to_be_bytes).concat(), inner].concat())
}

/// A status without a text.
pub fn status_option(code: u16) -> Vec<u8> {
    packed_option(option::STATUS, &code.to_be_bytes())
}

/// A message of a server to the client.
pub fn answer(kind: Kind, server: &[u8], more: &[&[u8]]) -> Vec<u8> {
    let ours = [packed_option(option::CLIENT, &duid()), packed_option(option::SERVER, server)].concat();
    [&[kind as u8, 0, 0, 0], &ours[..], &more.concat()].concat()
}

#[test]
fn an_answer_is_read_with_its_options_and_a_cut_one_ends_them() {
    let bytes = answer(Kind::Reply, b"srv", &[&packed_option(99, b"?"), &status_option(4), &[0, 23, 0, 16, 1]]);
    let read = Dhcp6Reply::read(&bytes).unwrap();
    assert_eq!((read.kind, read.transaction, read.server()), (Kind::Reply, 0, Some(&b"srv"[..])));
    assert_eq!((read.status(), read.get(99), read.get(23)), (4, Some(&b"?"[..]), None));
}

#[test]
fn only_what_a_server_says_to_a_client_is_read() {
    for kind in [0, 1, 3, 11, 12, 13, 255] {
        assert_eq!(Dhcp6Reply::read(&[kind, 1, 2, 3]), None);
    }
    assert_eq!(Dhcp6Reply::read(&[2, 1, 2, 3]).unwrap().transaction, 0x01_02_03);
    assert_eq!(Dhcp6Reply::read(&[2, 1, 2]), None);
    let long = answer(Kind::Reply, &[1; 131], &[]);
    assert_eq!(Dhcp6Reply::read(&long).unwrap().server(), None, "longer than any DUID");
}

#[test]
fn a_query_has_who_asks_since_when_and_what_for() {
    let query = Query::new(Kind::Solicit, 0x0a_0b_0c, &duid(), 1234).with_address(IAID, Some(Ipv6Addr::LOCALHOST));
    let bytes = query.with_questions(Some("w1")).done();
    assert_eq!(bytes[..4], [1, 10, 11, 12]);
    let found: Vec<(u16, &[u8])> = options(&bytes[4..]).collect();
    assert_eq!(found.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 8, 3, 6, 39]);
    assert_eq!((found[0].1, found[1].1), (&duid()[..], &[0, 123][..]));
    assert_eq!(found[2].1[..16], [0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 24]);
    assert_eq!(found[3].1, [0, 23, 0, 24, 0, 31, 0, 39, 0, 56, 0, 82]);
    assert_eq!(found[4].1, b"\x01\x02w1", "a part of a name has no end");
    let long = Query::new(Kind::Renew, 0, &duid(), u64::MAX).with_questions(Some("w1.example.org")).done();
    assert!(long.ends_with(b"\x01\x02w1\x07example\x03org\x00"));
    assert_eq!(long[18..24], [0, 8, 0, 2, 255, 255]);
}

#[test]
fn a_name_that_no_machine_can_have_is_not_sent() {
    let bytes = Query::new(Kind::Solicit, 0, &duid(), 0).with_questions(Some("a b")).done();
    assert!(options(&bytes[4..]).all(|(number, _)| number != option::FQDN));
}

#[test]
fn a_duid_says_how_it_was_made() {
    assert_eq!(duid_uuid([9; 16]), [&[0, 4][..], &[9; 16]].concat());
    assert_eq!(duid_ll([1, 2, 3, 4, 5, 6]), [0, 3, 0, 1, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn no_bytes_are_a_danger() {
    let good = answer(Kind::Reply, b"srv", &[&identity("2001:db8::5", [10, 20, 30, 40]), &status_option(0)]);
    let mut random = 1u32;
    for round in 0..20_000 {
        let mut bytes = good.clone();
        bytes.truncate(bytes.len() - round % bytes.len());
        for _ in 0..4 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = usize::try_from(random >> 8).unwrap() % bytes.len();
            bytes[at] = random.to_le_bytes()[0];
        }
        if let Some(read) = Dhcp6Reply::read(&bytes) {
            let _ = super::super::lease::Grant::of(&read, IAID, None);
        }
    }
}
