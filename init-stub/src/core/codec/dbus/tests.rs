use super::*;
use crate::core::codec::dbus::recorded::{ADD_MATCH, GET_DELAY, HELLO, INHIBIT, Noise};

fn whole(bytes: &[u8]) -> Message<'_> {
    match parse(bytes) {
        Parsed::Whole(message, length) if length == bytes.len() => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_kubelets_calls_are_read() {
    let read = |bytes| {
        let call = whole(bytes);
        (call.serial, format!("{}.{}", call.interface, call.member), call.strings().len(), call.wants_answer())
    };
    assert_eq!(read(HELLO), (1, "org.freedesktop.DBus.Hello".into(), 0, true));
    assert_eq!(read(GET_DELAY), (2, "org.freedesktop.DBus.Properties.Get".into(), 2, true));
    assert_eq!(read(INHIBIT), (3, "org.freedesktop.login1.Manager.Inhibit".into(), 4, true));
    assert_eq!(read(ADD_MATCH), (4, "org.freedesktop.DBus.AddMatch".into(), 1, true));
    assert_eq!(whole(INHIBIT).strings()[2], "Kubelet needs time to handle node shutdown");
}

#[test]
fn a_message_that_is_not_all_here_is_waited_for_and_the_next_one_is_left_alone() {
    for call in [HELLO, GET_DELAY, INHIBIT, ADD_MATCH] {
        for length in 0..call.len() {
            assert_eq!(parse(&call[..length]), Parsed::Begun, "{length} bytes");
        }
        let two = [call, HELLO].concat();
        assert!(matches!(parse(&two), Parsed::Whole(_, length) if length == call.len()));
    }
}

#[test]
fn what_cannot_be_a_message_is_invalid_at_once() {
    // Byte order, kind, version, and lengths far beyond what is taken.
    for (at, byte) in [(0, b'B'), (0, b'G'), (1, 0), (1, 5), (3, 2), (6, 1), (7, 0xff), (14, 1), (15, 0xff)] {
        let mut call = HELLO.to_vec();
        call[at] = byte;
        assert_eq!(parse(&call), Parsed::Invalid, "byte {at} is {byte}");
    }
}

#[test]
fn a_message_may_be_as_long_as_the_longest_and_no_longer() {
    for (length, is_taken) in [(LONGEST, true), (LONGEST + 1, false)] {
        let mut call = HELLO.to_vec();
        call.resize(length, 0);
        call[4..8].copy_from_slice(&u32::try_from(length - HELLO.len()).unwrap().to_le_bytes());
        assert_eq!(matches!(parse(&call), Parsed::Whole(..)), is_taken, "{length} bytes");
    }
}

#[test]
fn no_bytes_whatever_lead_astray() {
    let mut noise = Noise(1);
    let recorded = [HELLO, GET_DELAY, INHIBIT, ADD_MATCH];
    for _ in 0..200_000 {
        let mut bytes = recorded[noise.below(4)].to_vec();
        if noise.below(4) == 0 {
            bytes = noise.bytes(300);
        }
        for _ in 0..noise.below(6) {
            let at = noise.below(bytes.len());
            bytes[at] = noise.byte();
        }
        bytes.truncate(noise.below(bytes.len() + 1));
        if let Parsed::Whole(message, length) = parse(&bytes) {
            assert!(length <= bytes.len());
            assert!(message.strings().iter().map(|text| text.len()).sum::<usize>() <= length);
        }
    }
}

#[test]
fn an_answer_with_a_descriptor_is_written_as_the_specification_has_it() {
    let mut body = Writer::default();
    body.number(0);
    let expected = b"l\x02\x01\x01\x04\0\0\0\x01\0\0\0\x18\0\0\0\
        \x05\x01u\0\x03\0\0\0\
        \x08\x01g\0\x01h\0\0\
        \x09\x01u\0\x01\0\0\0\
        \0\0\0\0";
    assert_eq!(answer(3, "h", 1, body), expected);
}

#[test]
fn the_signal_is_written_as_the_specification_has_it() {
    let expected = b"l\x04\x01\x01\x04\0\0\0\x01\0\0\0\x47\0\0\0\
        \x01\x01o\0\x02\0\0\0/p\0\0\0\0\0\0\
        \x02\x01s\0\x01\0\0\0i\0\0\0\0\0\0\0\
        \x03\x01s\0\x01\0\0\0m\0\0\0\0\0\0\0\
        \x07\x01s\0\x02\0\0\0:1\0\0\0\0\0\0\
        \x08\x01g\0\x01b\0\0\
        \x01\0\0\0";
    assert_eq!(signal(":1", "/p", "i", "m", true), expected);
}
