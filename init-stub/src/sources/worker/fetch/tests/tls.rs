//! https: whom the client trusts, and what it reports about the rest.

use super::server::answer;
use super::*;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

/// The years of a certificate's validity.
type Years = (i32, i32);

const VALID: Years = (2020, 4000);

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// The value of `keel.config.ca=` for an authority.
fn given(authority: &CertifiedIssuer<'static, KeyPair>) -> String {
    BASE64_STANDARD.encode(authority.pem())
}

/// An https server with a certificate for `name`; its address.
fn serve(authority: &CertifiedIssuer<'static, KeyPair>, name: &str, years: Years) -> String {
    serve_text(authority, name, years, DOCUMENT)
}

/// The same, with something else to say.
fn serve_text(
    authority: &CertifiedIssuer<'static, KeyPair>,
    name: &str,
    (from, to): Years,
    text: &'static str,
) -> String {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let listen = if name == "::1" { "[::1]:0" } else { LISTEN };
    serve_with(listen, certificate.der().clone(), key.serialize_der(), text)
}

fn serve_with(listen: &str, certificate: CertificateDer<'static>, key: Vec<u8>, text: &'static str) -> String {
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::try_from(key).unwrap())
        .unwrap();
    let listener = TcpListener::bind(listen).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), socket);
        // A client that does not trust this hangs up here.
        if stream.read(&mut [0; 4096]).is_ok() {
            let _ = stream.write_all(answer(200, text).as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    format!("https://{address}/")
}

const LISTEN: &str = "127.0.0.1:0";

fn get(url: &str, ca: Option<&str>) -> Result<Outcome, Failure> {
    url::ask(url, Instant::now() + Duration::from_secs(20), ca, None)
}

#[test]
fn the_authority_of_the_command_line_is_trusted() {
    let authority = authority();
    let der = BASE64_STANDARD.encode(authority.der());
    for ca in [given(&authority), der] {
        for address in ["127.0.0.1", "::1"] {
            let url = serve(&authority, address, VALID);
            assert_eq!(get(&url, Some(&ca)).unwrap().document.unwrap(), DOCUMENT.as_bytes());
        }
    }
}

#[test]
fn a_certificate_that_does_not_fit_is_refused_with_its_reason() {
    let (authority, other) = (authority(), authority());
    for (url, ca, part) in [
        (serve(&authority, "127.0.0.1", VALID), given(&other), "no trusted authority"),
        (serve(&authority, "::1", (2020, 2021)), given(&authority), "expired"),
        (serve(&authority, "config.example", VALID), given(&authority), "for another name"),
        (serve(&authority, "127.0.0.1", (2020, 2021)), given(&authority), "expired; the machine's clock says 2"),
        (serve(&authority, "127.0.0.1", (3900, 4000)), given(&authority), "not valid yet; the machine's clock says 2"),
    ] {
        let failure = get(&url, Some(&ca)).err().unwrap();
        assert_eq!((failure.code, failure.retry), (Code::TlsRefused, true), "{part}");
        assert!(failure.detail.contains(part), "{}", failure.detail);
    }
}

#[test]
fn a_server_that_shows_its_authority_gets_a_remedy() {
    let authority = authority();
    let url = serve_with(LISTEN, authority.der().clone(), authority.key().serialize_der(), DOCUMENT);
    let failure = get(&url, Some(&given(&authority))).err().unwrap();
    assert!(failure.detail.contains("one of its own"), "{}", failure.detail);
}

#[test]
fn a_server_without_tls_on_the_port_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let _ = socket.read(&mut [0; 4096]);
        let _ = socket.write_all(answer(400, "").as_bytes());
    });
    let failure = get(&url, Some(&given(&authority()))).err().unwrap();
    assert_eq!(
        (failure.code, failure.detail.as_str()),
        (Code::TlsRefused, "the server does not speak TLS on this port")
    );
}

#[test]
fn an_invalid_authority_is_reported_as_that() {
    for (ca, part) in [("%", "not base64"), ("YQ==", "holds no certificate"), ("H4sIAAAA", "damaged gzip")] {
        let failure = get("https://127.0.0.1:1/", Some(ca)).err().unwrap();
        assert_eq!((failure.code, failure.retry), (Code::CmdlineInvalid, false));
        assert!(failure.detail.contains(part), "{}", failure.detail);
    }
}

const VERSION: &str = r#"{"major":"1","minor":"36","gitVersion":"v1.36.3+vendor","goVersion":"go1.26"}"#;

fn version_at(url: &str, ca: Option<&str>) -> Result<Option<String>, Failure> {
    let endpoint = url.trim_start_matches("https://").trim_end_matches('/');
    let outcome = server_version::ask(endpoint, Instant::now() + Duration::from_secs(20), ca)?;
    Ok(outcome.document.map(|text| String::from_utf8(text).unwrap()))
}

#[test]
fn the_certificate_of_an_api_server_is_verified_for_its_version_where_its_authority_is_known() {
    let (authority, other) = (authority(), authority());
    let serve = || serve_text(&authority, "127.0.0.1", VALID, VERSION);
    assert_eq!(version_at(&serve(), None).unwrap().as_deref(), Some("1.36.3"));
    assert_eq!(version_at(&serve(), Some(&given(&authority))).unwrap().as_deref(), Some("1.36.3"));
    assert_eq!(version_at(&serve(), Some(&given(&other))).err().unwrap().code, Code::TlsRefused);
}

#[test]
fn an_answer_without_a_version_gives_none() {
    let authority = authority();
    for text in ["", "{}", "[1]", r#"{"gitVersion":5}"#, r#"{"gitVersion":"unknown"}"#] {
        assert_eq!(version_at(&serve_text(&authority, "127.0.0.1", VALID, text), None).unwrap(), None, "{text}");
    }
}

/// Connects a client to the server that it asks for, as a proxy does.
fn connecting() -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind(LISTEN).unwrap();
    let address = listener.local_addr().unwrap();
    let asked = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let request = super::server::whole(&mut client);
        let target = request.split(' ').nth(1).unwrap().parse::<std::net::SocketAddr>().unwrap();
        let mut server = std::net::TcpStream::connect(target).unwrap();
        client.write_all(b"HTTP/1.1 200 x\r\n\r\n").unwrap();
        let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut from, &mut to));
        let _ = std::io::copy(&mut server, &mut client);
        let _ = client.shutdown(std::net::Shutdown::Both);
        request
    });
    (address.to_string(), asked)
}

#[test]
fn through_a_proxy_the_authority_of_the_server_counts() {
    let authority = authority();
    let url = serve(&authority, "127.0.0.1", VALID);
    let (proxy, asked) = connecting();
    let proxy = format!("http://keel:a%40b@{proxy}");
    let until = Instant::now() + Duration::from_secs(20);
    let outcome = url::ask(&url, until, Some(&given(&authority)), Some(&proxy)).unwrap();
    assert_eq!(outcome.document.unwrap(), DOCUMENT.as_bytes());
    let asked = asked.join().unwrap();
    assert!(asked.starts_with("CONNECT 127.0.0.1:"), "{asked}");
    assert_eq!(super::server::header(&asked, "proxy-authorization"), Some("Basic a2VlbDphQGI="));
}
