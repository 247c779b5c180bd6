use super::*;
use crate::core::codec::dns::tests::{ADDRESSES, reply};
use std::net::UdpSocket;

type MakeReply = fn(&[u8]) -> Vec<u8>;

const GOOD: MakeReply = |question| reply(question, [0x81, 0x80]);
const FAILED: MakeReply = |question| reply(question, [0x81, 0x82]);
const NO_SUCH_NAME: MakeReply = |question| reply(question, [0x81, 0x83]);
/// Not an answer, so as good as silence.
const SILENCE: MakeReply = |_| Vec::new();
/// The name is there, and has no such record.
const NONE: MakeReply = |question| {
    let mut reply = question.to_vec();
    reply[2..4].copy_from_slice(&[0x81, 0x80]);
    reply
};

/// A name server that gives each of `replies` to one question for a name: the first to A, the second to AAAA, in any order.
fn server(replies: Vec<[MakeReply; 2]>) -> SocketAddr {
    server_at("127.0.0.1:0", replies)
}

fn server_at(address: &str, replies: Vec<[MakeReply; 2]>) -> SocketAddr {
    let socket = UdpSocket::bind(address).unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        for [a, aaaa] in replies {
            for _ in 0..2 {
                let mut buffer = [0; 512];
                let (size, from) = socket.recv_from(&mut buffer).unwrap();
                let question = &buffer[..size];
                let make = if question.ends_with(&[0, 28, 0, 1]) { aaaa } else { a };
                socket.send_to(&make(question), from).unwrap();
            }
        }
    });
    address
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// What [`Names::ask_all`] finds: the order of [`Names::look_up`] depends on the routes of the machine that tests.
fn found(servers: Vec<SocketAddr>) -> Result<Vec<String>, LookUpError> {
    let addresses = Names::asking(&servers).ask_all("config.example", soon())?;
    Ok(addresses.iter().map(ToString::to_string).collect())
}

#[test]
fn resolv_conf_is_read_as_the_resolver_does() {
    let text = "# by dhcp\nsearch a.example b.example\nnameserver 192.0.2.1\nnameserver fe80::1%none0\n\
                nameserver fe80::1%lo\nnameserver 2001:db8::53\n";
    let names = Names::read(text);
    let servers = ["192.0.2.1:53", "[fe80::1%1]:53", "[2001:db8::53]:53"].map(|server| server.parse().unwrap());
    assert_eq!(names.servers, servers);
    assert_eq!(names.search, ["a.example", "b.example"]);
}

#[test]
fn addresses_of_both_families_behind_an_alias_are_found() {
    assert_eq!(found(vec![server(vec![[GOOD, GOOD]])]).unwrap(), ADDRESSES);
    assert_eq!(found(vec![server_at("[::1]:0", vec![[GOOD, GOOD]])]).unwrap(), ADDRESSES, "over IPv6");
    assert!(!Names::asking(&[server(vec![[GOOD, GOOD]])]).look_up("config.example", soon()).unwrap().is_empty());
}

#[test]
fn a_name_of_one_family_has_the_addresses_of_that_family() {
    assert_eq!(found(vec![server(vec![[GOOD, NONE]])]).unwrap(), ADDRESSES[..1]);
    assert_eq!(found(vec![server(vec![[NONE, GOOD]])]).unwrap(), ADDRESSES[1..]);
    assert_eq!(found(vec![server(vec![[GOOD, NO_SUCH_NAME]])]).unwrap(), ADDRESSES[..1], "which is not true");
    assert_eq!(found(vec![server(vec![[FAILED, GOOD]])]).unwrap(), ADDRESSES[1..]);
    assert_eq!(found(vec![server(vec![[NONE, NONE]])]).unwrap(), [""; 0]);
}

#[test]
fn an_answer_that_never_comes_is_waited_for_shortly() {
    let started = Instant::now();
    assert_eq!(found(vec![server(vec![[GOOD, SILENCE]])]).unwrap(), ADDRESSES[..1]);
    assert_eq!(found(vec![server(vec![[SILENCE, GOOD]])]).unwrap(), ADDRESSES[1..]);
    assert_eq!(found(vec![server(vec![[NO_SUCH_NAME, SILENCE]])]).unwrap(), [""; 0]);
    assert!(started.elapsed() < LONGEST_ANSWER_WAIT, "{:?}", started.elapsed());
}

#[test]
fn a_server_that_fails_is_followed_by_the_next() {
    let good = || server(vec![[GOOD, GOOD]]);
    assert_eq!(found(vec![server(vec![[FAILED, FAILED]]), good()]).unwrap(), ADDRESSES);
    assert_eq!(found(vec![server(vec![[NONE, FAILED]]), good()]).unwrap(), ADDRESSES);
    let closed = UdpSocket::bind("[::1]:0").unwrap().local_addr().unwrap();
    assert_eq!(found(vec![closed, good()]).unwrap(), ADDRESSES);
}

#[test]
fn a_name_without_a_dot_is_looked_for_in_the_search_domains() {
    let make: MakeReply = |question| {
        assert!(question[12..].starts_with(b"\x06config\x07example\x00"), "{question:?}");
        reply(question, [0x81, 0x80])
    };
    let names = Names { search: vec!["example".into()], ..Names::asking(&[server(vec![[make, make]])]) };
    assert!(!names.look_up("config", soon()).unwrap().is_empty());
}

#[test]
fn a_name_that_nobody_knows_is_not_found() {
    let names = Names::asking(&[server(vec![[NO_SUCH_NAME, NO_SUCH_NAME]])]);
    assert!(matches!(names.look_up("nowhere.example", soon()), Err(LookUpError::NotFound)));
}

#[test]
fn without_a_name_server_the_lack_is_said() {
    let error = Names::default().look_up("config.example", soon()).unwrap_err();
    assert!(error.to_string().contains("no name server"), "{error}");
}
