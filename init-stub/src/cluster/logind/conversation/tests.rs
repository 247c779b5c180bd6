use super::*;
use crate::core::codec::dbus::recorded::{ADD_MATCH, GET_DELAY, HANDSHAKE, HELLO, INHIBIT, Noise};

fn text(answers: Vec<BusReply>) -> String {
    let bytes = answers.into_iter().map(|answer| match answer {
        BusReply::Bytes(bytes) => bytes,
        BusReply::Lock(_) => panic!("a lock before any was asked for"),
    });
    String::from_utf8(bytes.collect::<Vec<_>>().concat()).unwrap()
}

/// A conversation whose handshake is over.
fn begun() -> Conversation {
    let mut talk = Conversation::new(1, 30_000);
    for piece in HANDSHAKE {
        talk.take(piece).unwrap();
    }
    talk
}

/// The message in an answer to one call.
fn replied(talk: &mut Conversation, call: &[u8]) -> (Vec<u8>, bool) {
    match talk.take(call).unwrap().as_slice() {
        [BusReply::Bytes(bytes)] => (bytes.clone(), false),
        [BusReply::Lock(bytes)] => (bytes.clone(), true),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_kubelets_handshake_is_answered() {
    let mut talk = Conversation::new(1, 1);
    let replies: Vec<String> = HANDSHAKE.iter().map(|piece| text(talk.take(piece).unwrap())).collect();
    assert_eq!(replies, ["REJECTED EXTERNAL\r\n", "DATA\r\n", &format!("OK {GUID}\r\n"), "AGREE_UNIX_FD\r\n", ""]);
    assert_eq!(GUID.len(), 32);
}

#[test]
fn a_client_that_says_everything_at_once_or_byte_by_byte_gets_the_same_replies() {
    let everything =
        [b"\0AUTH EXTERNAL 30\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n", HELLO, GET_DELAY, INHIBIT, ADD_MATCH].concat();
    let at_once = Conversation::new(1, 1).take(&everything).unwrap();
    let mut talk = Conversation::new(1, 1);
    let in_bytes: Vec<BusReply> = everything.iter().flat_map(|byte| talk.take(&[*byte]).unwrap()).collect();
    assert_eq!(at_once.len(), 6);
    assert_eq!(at_once, in_bytes);
}

/// Found by fuzzing: what waited for its last byte was taken for too long.
#[test]
fn the_longest_line_is_answered_in_whatever_pieces_it_comes() {
    for length in [LONGEST_LINE - 1, LONGEST_LINE] {
        let line = [b"\0".as_slice(), &vec![b'A'; length], b"\r\n"].concat();
        let mut talk = Conversation::new(1, 1);
        let replies: Vec<BusReply> = line.iter().flat_map(|byte| talk.take(&[*byte]).unwrap()).collect();
        assert_eq!(replies, Conversation::new(1, 1).take(&line).unwrap(), "{length}");
    }
}

#[test]
fn the_four_calls_are_answered() {
    let mut talk = begun();
    assert_eq!(talk.shutdown(), None);
    let (hello, _) = replied(&mut talk, HELLO);
    assert!(hello.ends_with(b"\x04\0\0\0:1.1\0"), "{hello:?}");
    let (delay, _) = replied(&mut talk, GET_DELAY);
    assert!(delay.ends_with(b"\x01t\0\0\0\0\0\0\x80\xc3\xc9\x01\0\0\0\0"), "{delay:?}");
    let (lock, is_lock) = replied(&mut talk, INHIBIT);
    assert!(is_lock && lock.ends_with(b"\0\0\0\0"));
    let (_, is_lock) = replied(&mut talk, ADD_MATCH);
    assert!(!is_lock);
    assert!(talk.shutdown().unwrap().ends_with(b"\x01\0\0\0"));
}

#[test]
fn another_call_is_refused_and_the_talk_goes_on() {
    let mut talk = begun();
    // Another method, another property, another kind of lock.
    for (call, from, to) in [(HELLO, "Hello", "Hallo"), (GET_DELAY, "USec", "USek"), (INHIBIT, "delay", "block")] {
        let at = call.windows(from.len()).rposition(|part| part == from.as_bytes()).unwrap();
        let other = [&call[..at], to.as_bytes(), &call[at + from.len()..]].concat();
        let (refusal, is_lock) = replied(&mut talk, &other);
        assert_eq!((refusal[1], is_lock), (3, false), "{to}");
    }
    replied(&mut talk, HELLO);
}

#[test]
fn a_call_that_wants_no_answer_gets_none() {
    let mut call = INHIBIT.to_vec();
    call[2] = 1;
    assert_eq!(begun().take(&call), Ok(vec![]));
}

#[test]
fn who_does_not_speak_the_protocol_is_dropped() {
    let mut no_zero = Conversation::new(1, 1);
    assert_eq!(no_zero.take(b"GET / HTTP/1.1\r\n"), Err(Invalid));
    let mut no_end = Conversation::new(1, 1);
    assert_eq!(no_end.take(&[b"\0".as_slice(), &[b'A'; LONGEST_LINE + 2]].concat()), Err(Invalid));
    assert_eq!(begun().take(b"PREPARE_FOR_SHUTDOWN"), Err(Invalid));
}

#[test]
fn nothing_is_called_before_the_handshake_is_over() {
    let mut talk = Conversation::new(1, 1);
    assert_eq!(text(talk.take(b"\0BEGIN\r\nNEGOTIATE_UNIX_FD\r\nDATA\r\n").unwrap()), "ERROR\r\nERROR\r\nERROR\r\n");
}

#[test]
fn no_noise_keeps_more_than_one_message_waiting() {
    let mut noise = Noise(7);
    for _ in 0..2_000 {
        let mut talk = if noise.below(2) == 0 { begun() } else { Conversation::new(1, 1) };
        for _ in 0..20 {
            let mut bytes = [HELLO, GET_DELAY, INHIBIT, ADD_MATCH, b"\0AUTH EXTERNAL\r\n"][noise.below(5)].to_vec();
            if noise.below(3) == 0 {
                bytes = noise.bytes(1000);
            }
            for _ in 0..noise.below(3) {
                let at = noise.below(bytes.len());
                bytes[at] = noise.byte();
            }
            if talk.take(&bytes).is_err() {
                break;
            }
            assert!(talk.inbox.len() <= LONGEST);
        }
    }
}
