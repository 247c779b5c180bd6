//! What a server can do wrong, and what the client makes of it. Every server here listens on the loopback.

mod platforms;
mod ready;
pub mod server;
mod tls;

use super::*;
use crate::core::error::Code;
use server::{Server, answer, header};

const DOCUMENT: &str = r#"{"apiVersion":"keel/v1"}"#;

/// One attempt of two seconds at a path of a server.
fn get(server: &Server) -> Result<Outcome, Failure> {
    url::ask(&server.url("/machine.json"), Instant::now() + Duration::from_secs(2), None, None)
}

fn refusal(server: &Server) -> Failure {
    get(server).err().unwrap()
}

#[test]
fn a_document_comes_as_it_is() {
    let server = Server::new(vec![answer(200, DOCUMENT)]);
    assert_eq!(get(&server).unwrap().document.unwrap(), DOCUMENT.as_bytes());
    let asked = server.requests();
    assert_eq!(asked[0].lines().next(), Some("GET /machine.json HTTP/1.1"));
    assert_eq!(header(&asked[0], "accept-encoding"), Some("identity"));
    assert_eq!(header(&asked[0], "host"), Some(server.authority().as_str()));
    assert_eq!(header(&asked[0], "x-forwarded-for"), None);
}

#[test]
fn a_document_comes_over_ipv6() {
    let server = Server::at("[::1]:0", vec![server::redirect("/there"), answer(200, DOCUMENT)]);
    assert_eq!(get(&server).unwrap().document.unwrap(), DOCUMENT.as_bytes());
    assert_eq!(header(&server.requests()[1], "host"), Some(server.authority().as_str()));
}

#[test]
fn an_address_of_which_nobody_listens_is_followed_by_the_next() {
    let server = Server::new(vec![answer(200, DOCUMENT)]);
    let port = server.authority().rsplit_once(':').unwrap().1.to_owned();
    // Of the two addresses of this name only that of IPv4 has a listener on the port.
    let names = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = names.local_addr().unwrap();
    std::thread::spawn(move || {
        for _ in 0..2 {
            let mut buffer = [0; 512];
            let (size, from) = names.recv_from(&mut buffer).unwrap();
            names.send_to(&loopback(&buffer[..size]), from).unwrap();
        }
    });
    let client = client::Client::with_name_servers(Instant::now() + Duration::from_secs(5), &[at]);
    let url = format!("http://both.example:{port}/machine.json");
    let ask = client::Ask { method: "GET", url: &url, headers: &[], body: None, limit: 1000 };
    assert_eq!(client.ask(&ask).unwrap().body, DOCUMENT.as_bytes());
    assert_eq!(header(&server.requests()[0], "host"), Some(format!("both.example:{port}").as_str()));
}

/// The answer of a name server: the loopback address of the family that was asked for.
fn loopback(question: &[u8]) -> Vec<u8> {
    let mut reply = question.to_vec();
    reply[2..4].copy_from_slice(&[0x81, 0x80]);
    reply[7] = 1;
    let address: &[u8] = match question[question.len() - 3] {
        28 => &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        _ => &[127, 0, 0, 1],
    };
    reply.extend([0xC0, 12, 0, question[question.len() - 3], 0, 1, 0, 0, 0, 60, 0, address.len() as u8]);
    reply.extend(address);
    reply
}

/// A name that no name server knows: the proxy looks it up.
#[test]
fn a_proxy_gets_the_whole_address_and_its_user() {
    let proxy = Server::new(vec![server::redirect("/b"), answer(200, "doc")]);
    let given = format!("http://keel:pw@{}", proxy.authority());
    let until = Instant::now() + Duration::from_secs(5);
    let outcome = url::ask("http://u:p@config.invalid:8080/a?q=1", until, None, Some(&given)).unwrap();
    assert_eq!(outcome.document.unwrap(), b"doc");
    let requests = proxy.requests();
    assert_eq!(requests[0].lines().next(), Some("GET http://config.invalid:8080/a?q=1 HTTP/1.1"));
    assert_eq!(requests[1].lines().next(), Some("GET http://config.invalid:8080/b HTTP/1.1"));
    assert_eq!(server::header(&requests[0], "authorization"), Some("Basic dTpw"));
    assert_eq!(server::header(&requests[1], "proxy-authorization"), Some("Basic a2VlbDpwdw=="));
    assert_eq!(server::header(&requests[1], "host"), Some("config.invalid:8080"));
}

#[test]
fn a_chunked_document_comes_whole() {
    let server = Server::new(vec![
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n".into(),
    ]);
    assert_eq!(get(&server).unwrap().document.unwrap(), b"abcde");
}

#[test]
fn statuses_without_a_document_are_not_a_failure() {
    for status in [204, 404, 410] {
        assert!(get(&Server::new(vec![answer(status, "")])).unwrap().document.is_none(), "{status}");
    }
    assert!(get(&Server::new(vec![answer(200, "")])).unwrap().document.is_none());
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let server = Server::new(vec!["HTTP/1.1 503 x\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n".into()]);
    assert_eq!(refusal(&server), Failure::busy("the answer is 503 Service Unavailable", Some(7000)));
    for status in [408, 429, 500, 502, 504] {
        let failure = refusal(&Server::new(vec![answer(status, "")]));
        assert_eq!((failure.code, failure.retry), (Code::SourceRefused, true), "{status}");
    }
}

#[test]
fn a_busy_server_may_name_a_date_and_its_own_clock_counts() {
    let retry_after = |date: &str, until: &str| {
        let busy = format!("HTTP/1.1 503 x\r\n{date}Retry-After: {until}\r\nContent-Length: 0\r\n\r\n");
        refusal(&Server::new(vec![busy])).after_ms
    };
    let long_ago = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    assert_eq!(retry_after(long_ago, "Sun, 06 Nov 1994 08:49:44 GMT"), Some(7000));
    assert_eq!(retry_after(long_ago, "Sun, 06 Nov 1994 08:49:30 GMT"), Some(0));
    assert_eq!(retry_after("", "Sun, 06 Nov 1994 08:49:44 GMT"), Some(0), "by the clock of this machine");
    assert_eq!(retry_after(long_ago, "soon"), None);
}

#[test]
fn a_refusal_is_final() {
    for status in [400, 401, 403, 451] {
        let failure = refusal(&Server::new(vec![answer(status, "")]));
        assert_eq!((failure.code, failure.retry), (Code::SourceRefused, false), "{status}");
        assert!(failure.detail.contains(&status.to_string()));
    }
}

#[test]
fn a_server_that_says_nothing_is_given_up_in_time() {
    let server = Server::new(vec![server::HANG.into()]);
    let started = Instant::now();
    let failure = refusal(&server);
    assert_eq!((failure.code, failure.retry), (Code::SourceUnreachable, true));
    assert!(failure.detail.contains("no complete answer"), "{}", failure.detail);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_body_that_trickles_is_given_up_in_time() {
    let server = Server::new(vec![format!("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab{}", server::HANG)]);
    assert!(refusal(&server).detail.contains("no complete answer"));
}

#[test]
fn a_cut_body_is_a_failure() {
    for cut in [
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\nContent-Le",
    ] {
        let failure = refusal(&Server::new(vec![cut.into()]));
        assert_eq!((failure.code, failure.retry), (Code::SourceUnreachable, true), "{cut}");
        assert!(failure.detail.contains("truncated"), "{}", failure.detail);
    }
}

#[test]
fn what_is_not_http_is_reported_as_that() {
    let failure = refusal(&Server::new(vec!["SSH-2.0-x\r\n\r\n".into()]));
    assert_eq!(failure.code, Code::SourceUnreachable);
    assert!(failure.detail.contains("not valid HTTP"), "{}", failure.detail);
}

#[test]
fn nobody_listening_is_unreachable() {
    let failure = refusal(&Server::closed());
    assert_eq!((failure.code, failure.retry), (Code::SourceUnreachable, true));
    assert!(failure.detail.contains("refused"), "{}", failure.detail);
}

#[test]
fn more_than_the_cap_is_too_large() {
    let announced = "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n".to_owned();
    let unannounced = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(5 << 20));
    for text in [announced, unannounced] {
        let failure = refusal(&Server::new(vec![text]));
        assert_eq!((failure.code, failure.retry), (Code::ConfigTooLarge, false));
        assert!(failure.detail.contains("4096 KiB"), "{}", failure.detail);
    }
}

#[test]
fn a_redirect_within_the_host_is_followed() {
    let server = Server::new(vec![server::redirect("/there?a=b"), answer(200, DOCUMENT)]);
    assert!(get(&server).unwrap().document.is_some());
    assert!(server.requests()[1].starts_with("GET /there?a=b "));
}

#[test]
fn a_redirect_to_another_host_is_refused_unasked() {
    let server = Server::new(vec![server::redirect("http://127.0.0.2:1/x")]);
    assert!(refusal(&server).detail.contains("another host (127.0.0.2)"));
}

#[test]
fn redirects_without_an_end_are_refused() {
    assert!(refusal(&Server::new(vec![server::redirect("/"); 6])).detail.contains("more than 5"));
}
