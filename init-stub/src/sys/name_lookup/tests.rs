use super::*;
use crate::core::codec::dns::tests::reply;

type MakeReply = fn(&[u8]) -> Vec<u8>;

/// A name server that gives each of `replies` to one question, in order.
fn server(replies: Vec<MakeReply>) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        for make in replies {
            let mut buffer = [0; 512];
            let (size, from) = socket.recv_from(&mut buffer).unwrap();
            socket.send_to(&make(&buffer[..size]), from).unwrap();
        }
    });
    address
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

#[test]
fn resolv_conf_is_read_as_the_resolver_does() {
    let names = Names::read("# by dhcp\nsearch a.example b.example\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\n");
    assert_eq!(names.servers, [SocketAddr::from(([192, 0, 2, 1], 53))]);
    assert_eq!(names.search, ["a.example", "b.example"]);
}

#[test]
fn an_address_behind_an_alias_is_found() {
    let names = Names { servers: vec![server(vec![|question| reply(question, [0x81, 0x80])])], ..Names::default() };
    assert_eq!(names.look_up("config.example", soon()).unwrap(), [Ipv4Addr::new(192, 0, 2, 7)]);
}

#[test]
fn a_server_that_fails_is_followed_by_the_next() {
    let failing = server(vec![|question| reply(question, [0x81, 0x82])]);
    let good = server(vec![|question| reply(question, [0x81, 0x80])]);
    let names = Names { servers: vec![failing, good], ..Names::default() };
    assert_eq!(names.look_up("config.example", soon()).unwrap(), [Ipv4Addr::new(192, 0, 2, 7)]);
}

#[test]
fn a_name_without_a_dot_is_looked_for_in_the_search_domains() {
    let servers = vec![server(vec![|question| {
        assert!(question[12..].starts_with(b"\x06config\x07example\x00"), "{question:?}");
        reply(question, [0x81, 0x80])
    }])];
    let names = Names { servers, search: vec!["example".into()], ..Names::default() };
    assert_eq!(names.look_up("config", soon()).unwrap().len(), 1);
}

#[test]
fn a_name_that_nobody_knows_is_not_found() {
    let servers = vec![server(vec![|question| reply(question, [0x81, 0x83])])];
    let names = Names { servers, ..Names::default() };
    assert!(matches!(names.look_up("nowhere.example", soon()), Err(LookUpError::NotFound)));
}

#[test]
fn without_a_name_server_the_lack_is_said() {
    let error = Names::default().look_up("config.example", soon()).unwrap_err();
    assert!(error.to_string().contains("no name server"), "{error}");
}
