//! The rows of the platform table, asked as they ask.

use super::server::{Server, answer, header, redirect};
use super::*;
use crate::sources::platform::{Encoding, Platform, TABLE};

fn ask(name: &str, server: &Server) -> Result<Outcome, Failure> {
    let client = Client::new(Instant::now() + Duration::from_secs(5), false, None)?;
    metadata::ask(row(name).unwrap(), &server.url(""), &client)
}

/// The same facts that the simulator of the VM tests plays.
#[test]
fn the_rows_ask_where_the_recorded_services_answer() {
    for platform in &TABLE {
        let path = format!("{}/../fixtures/metadata/{}.json", env!("CARGO_MANIFEST_DIR"), platform.name);
        let recorded: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let document = recorded["document"]["path"].as_str().unwrap().replace("{version}", "latest");
        assert_eq!(platform.document.split('?').next(), Some(document.as_str()), "{}", platform.name);
        assert_eq!(platform.encoding == Encoding::Base64, recorded["document"]["encoding"] == "base64");
        let token = recorded["token"]["path"].as_str();
        assert_eq!(platform.token.as_ref().map(|token| token.path), token, "{}", platform.name);
    }
}

/// The row of hetzner, of which a test changes something.
fn plain() -> Platform {
    let hetzner = TABLE.into_iter().find(|row| row.name == "hetzner").unwrap();
    Platform { network: None, ..hetzner }
}

fn ask_with(platform: &Platform, services: &[&Server], client: &Client) -> Result<Outcome, Failure> {
    let urls: Vec<String> = services.iter().map(|server| server.url("")).collect();
    ask_in_turn(platform, &urls.iter().map(String::as_str).collect::<Vec<_>>(), client, metadata::ask)
}

fn client() -> Client {
    Client::new(Instant::now() + Duration::from_secs(5), false, None).unwrap()
}

#[test]
fn facts_are_asked_for_with_headers_of_their_own_and_the_document_is_not() {
    let platform = Platform { fact_headers: &[("Accept", "application/json")], ..plain() };
    let server = Server::new(vec![answer(200, "doc"), answer(200, "i-1"), answer(200, "w1")]);
    ask_with(&platform, &[&server], &client()).unwrap();
    let accepted: Vec<String> =
        server.requests().iter().map(|request| header(request, "accept").unwrap().to_owned()).collect();
    assert_eq!(accepted, ["*/*", "application/json", "application/json"]);
    assert_eq!(server.requests()[1].matches("ccept:").count(), 1, "no second header of that name");
}

#[test]
fn where_the_document_is_absent_the_other_path_is_asked() {
    let platform = Platform { other_document: Some("/other"), ..plain() };
    let server = Server::new(vec![answer(404, ""), answer(200, "doc"), answer(404, ""), answer(404, "")]);
    assert_eq!(ask_with(&platform, &[&server], &client()).unwrap().document.unwrap(), b"doc");
    assert_eq!(lines(&server)[..2], ["GET /hetzner/v1/userdata", "GET /other"]);

    let neither = Server::new(vec![answer(404, ""), answer(404, ""), answer(404, ""), answer(404, "")]);
    assert_eq!(ask_with(&platform, &[&neither], &client()).unwrap().document, None);
    let busy = Server::new(vec![answer(503, ""), answer(200, "doc")]);
    assert!(ask_with(&platform, &[&busy], &client()).err().unwrap().retry);
    assert_eq!(lines(&busy).len(), 1, "what is not told to be absent may be there the next time");
}

#[test]
fn addresses_are_asked_in_turn_until_somebody_answers() {
    let answers = vec![answer(200, "doc"), answer(404, ""), answer(404, "")];
    let server = Server::new(answers);
    assert_eq!(ask_with(&plain(), &[&Server::closed(), &server], &client()).unwrap().document.unwrap(), b"doc");

    let refusing = Server::new(vec![answer(403, "")]);
    let never = Server::new(vec![answer(200, "doc")]);
    let failure = ask_with(&plain(), &[&refusing, &never], &client()).err().unwrap();
    assert_eq!((failure.code, failure.retry), (Code::SourceRefused, false), "an answer is an answer");
    assert_eq!(lines(&never).len(), 0);

    let closed = [Server::closed(), Server::closed()];
    let failure = ask_with(&plain(), &[&closed[0], &closed[1]], &client()).err().unwrap();
    assert_eq!((failure.code, failure.retry), (Code::SourceUnreachable, true));
    let [one, other] = closed.map(|server| server.authority());
    assert_eq!(failure.detail, format!("{one}: connection refused; {other}: connection refused"));
    let failure = ask_with(&plain(), &[&Server::closed()], &client()).err().unwrap();
    assert_eq!(failure.detail, "connection refused");
}

#[test]
fn a_service_answers_at_its_address_of_ipv6_where_nobody_answers_at_that_of_ipv4() {
    let aws = row("aws").unwrap();
    assert_eq!(aws.services, ["http://169.254.169.254", "http://[fd00:ec2::254]"]);
    let server =
        Server::at("[::1]:0", vec![answer(200, "T0ken=="), answer(200, "doc"), answer(200, "i-1"), answer(200, "w1")]);
    let outcome = ask_with(aws, &[&Server::closed(), &server], &client()).unwrap();
    assert_eq!((outcome.document.unwrap(), outcome.instance.hostname.as_deref()), (b"doc".to_vec(), Some("w1")));
    assert_eq!(header(&server.requests()[0], "host"), Some(server.authority().as_str()));
}

#[test]
fn without_a_port_below_1024_nobody_is_asked_and_the_next_attempt_may_have_one() {
    let server = Server::new(vec![answer(200, "doc")]);
    let client = Client::from_low_ports(Instant::now() + Duration::from_secs(5), LowPorts::default());
    let failure = ask_with(&plain(), &[&server], &client).err().unwrap();
    assert_eq!((failure.code, failure.retry), (Code::SourceUnreachable, true));
    assert!(failure.detail.contains("below 1024"), "{}", failure.detail);
    assert_eq!(lines(&server).len(), 0);
}

#[test]
fn an_address_of_ipv6_or_of_the_link_needs_no_lease() {
    assert!(!plain().needs_no_lease());
    assert!(Platform { on_the_link: true, ..plain() }.needs_no_lease());
    assert!(Platform { services: &["http://192.0.2.1", "http://[fd00::1]"], ..plain() }.needs_no_lease());
}

fn lines(server: &Server) -> Vec<String> {
    server.requests().iter().map(|request| request.lines().next().unwrap().replace(" HTTP/1.1", "")).collect()
}

#[test]
fn aws_wants_a_token_first_and_with_every_request() {
    let server =
        Server::new(vec![answer(200, "T0ken=="), answer(200, "doc"), answer(200, "i-1"), answer(200, "ip-1.ec2 b. ")]);
    let outcome = ask("aws", &server).unwrap();
    assert_eq!(outcome.document.unwrap(), b"doc");
    assert_eq!(outcome.instance.instance_id.as_deref(), Some("i-1"));
    assert_eq!(outcome.instance.hostname.as_deref(), Some("ip-1.ec2"));
    assert_eq!(
        lines(&server),
        [
            "PUT /latest/api/token",
            "GET /latest/user-data",
            "GET /latest/meta-data/instance-id",
            "GET /latest/meta-data/local-hostname",
        ]
    );
    let requests = server.requests();
    assert_eq!(header(&requests[0], "x-aws-ec2-metadata-token-ttl-seconds"), Some("300"));
    assert_eq!(header(&requests[0], "content-length"), Some("0"));
    assert!(requests[1..].iter().all(|request| header(request, "x-aws-ec2-metadata-token") == Some("T0ken==")));
}

#[test]
fn a_refused_token_is_replaced_once() {
    let server = Server::new(vec![
        answer(200, "old"),
        answer(401, ""),
        answer(200, "new"),
        answer(200, "doc"),
        answer(200, "i-1"),
        answer(200, "h"),
    ]);
    assert_eq!(ask("aws", &server).unwrap().document.unwrap(), b"doc");
    assert_eq!(header(&server.requests()[3], "x-aws-ec2-metadata-token"), Some("new"));

    let never = Server::new(vec![answer(200, "a"), answer(401, ""), answer(200, "b"), answer(401, "")]);
    let failure = ask("aws", &never).err().unwrap();
    assert_eq!((failure.code, failure.retry), (Code::SourceRefused, false));
}

#[test]
fn without_a_token_nothing_is_asked() {
    for (status, part) in [(403, "turned off"), (404, "does not ask without one"), (400, "400 Bad Request")] {
        let server = Server::new(vec![answer(status, "")]);
        let failure = ask("aws", &server).err().unwrap();
        assert_eq!((failure.code, failure.retry), (Code::SourceRefused, false), "{status}");
        assert!(failure.detail.contains(part), "{}", failure.detail);
        assert_eq!(lines(&server), ["PUT /latest/api/token"]);
    }
    assert!(ask("aws", &Server::new(vec![answer(503, "")])).err().unwrap().retry);
    let forged = Server::new(vec![answer(200, "a\r\nX-Evil: 1")]);
    assert!(ask("aws", &forged).err().unwrap().detail.contains("not a valid token"));
}

#[test]
fn a_redirect_of_a_metadata_service_is_refused() {
    let server = Server::new(vec![answer(200, "T"), redirect("/elsewhere")]);
    let failure = ask("aws", &server).err().unwrap();
    assert_eq!((failure.code, failure.retry), (Code::SourceRefused, false));
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn azure_packs_its_document_and_says_404_before_it_is_ready() {
    let server = Server::new(vec![answer(200, "ZG9j\nCg=="), answer(200, "w1")]);
    let outcome = ask("azure", &server).unwrap();
    assert_eq!(outcome.document.unwrap(), b"doc\n");
    assert_eq!(outcome.instance.hostname.as_deref(), Some("w1"));
    assert_eq!(header(&server.requests()[0], "metadata"), Some("true"));
    for status in [404, 410, 429] {
        assert!(ask("azure", &Server::new(vec![answer(status, "")])).err().unwrap().retry, "{status}");
    }
    let unset = Server::new(vec![answer(200, ""), answer(200, "w1")]);
    let outcome = ask("azure", &unset).unwrap();
    assert_eq!((outcome.document, outcome.instance.hostname.as_deref()), (None, Some("w1")));
    let failure = ask("azure", &Server::new(vec![answer(200, "{}")])).err().unwrap();
    assert_eq!((failure.code, failure.retry), (Code::ConfigUnreadable, false));
}

#[test]
fn gcp_says_next_to_the_document_how_it_is_packed() {
    let server =
        Server::new(vec![answer(200, "ZG9j"), answer(200, "base64\n"), answer(200, "42"), answer(200, "a.b.internal")]);
    let outcome = ask("gcp", &server).unwrap();
    assert_eq!(outcome.document.unwrap(), b"doc");
    assert_eq!(outcome.instance.instance_id.as_deref(), Some("42"));
    assert_eq!(outcome.instance.hostname.as_deref(), Some("a.b.internal"));
    assert!(server.requests().iter().all(|request| header(request, "metadata-flavor") == Some("Google")));

    let plain = Server::new(vec![answer(200, "ZG9j"), answer(404, ""), answer(404, ""), answer(404, "")]);
    assert_eq!(ask("gcp", &plain).unwrap().document.unwrap(), b"ZG9j");
    let unset = Server::new(vec![answer(404, ""), answer(200, "42"), answer(200, "a")]);
    assert_eq!(ask("gcp", &unset).unwrap().document, None);
}

#[test]
fn openstack_and_digitalocean_tell_the_identity_as_json() {
    let meta = r#"{"uuid":"83679162","hostname":"w1.novalocal","droplet_id":2756294}"#;
    for (name, id) in [("openstack", "83679162"), ("digitalocean", "2756294")] {
        let server = Server::new(vec![answer(200, "doc"), answer(200, meta), answer(200, meta)]);
        let outcome = ask(name, &server).unwrap();
        assert_eq!(outcome.instance.instance_id.as_deref(), Some(id));
        assert_eq!(outcome.instance.hostname.as_deref(), Some("w1.novalocal"));
    }
}

#[test]
fn a_missing_identity_is_not_a_failure_but_a_busy_moment_is_waited_out() {
    let server = Server::new(vec![
        answer(200, "doc"),
        answer(503, ""),
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut".into(),
        answer(200, "1234"),
        answer(404, ""),
    ]);
    let outcome = ask("hetzner", &server).unwrap();
    assert_eq!(outcome.document.unwrap(), b"doc");
    assert_eq!(outcome.instance, Instance { instance_id: Some("1234".into()), ..Instance::default() });
}

#[test]
fn an_invalid_name_is_not_an_identity() {
    let server = Server::new(vec![answer(200, "doc"), answer(200, "<html>"), answer(200, " \n")]);
    assert_eq!(ask("hetzner", &server).unwrap().instance, Instance::default());
}

#[test]
fn a_document_of_white_space_is_none() {
    let server = Server::new(vec![answer(200, " \n\u{0}"), answer(404, ""), answer(404, "")]);
    assert_eq!(ask("hetzner", &server).unwrap().document, None);
}

/// What the recorded services answer about the node, put together as the platform's own controller does.
#[test]
fn the_rows_name_a_node_as_the_platforms_controller_does() {
    for platform in &TABLE {
        let path = format!("{}/../fixtures/metadata/{}.json", env!("CARGO_MANIFEST_DIR"), platform.name);
        let recorded: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let known = recorded["answers"].as_object().unwrap();
        let answers = platform.pieces.lines().map(|piece| {
            let path = piece.split([' ', '?']).nth(1).unwrap();
            let (_, found) = known.iter().find(|(known, _)| known.replace("{version}", "latest") == path).unwrap();
            answer(200, found["body"].as_str().unwrap())
        });
        let token = platform.token.as_ref().map(|_| answer(200, "T0ken"));
        let server = Server::new(token.into_iter().chain(answers).collect());
        let document = node::ask(platform, &server.url(""), &client()).unwrap().document.unwrap();
        let named: serde_json::Value = serde_json::from_slice(&document).unwrap();
        assert_eq!(named, recorded["node"], "{}", platform.name);
    }
}

#[test]
fn a_fact_that_is_not_there_or_that_no_label_can_have_is_left_out_and_a_service_that_is_busy_is_asked_again() {
    let named = |answers: Vec<String>| {
        let server = Server::new(answers);
        node::ask(row("hetzner").unwrap(), &server.url(""), &client())
            .map(|outcome| String::from_utf8(outcome.document.unwrap()).unwrap())
    };
    let zone = |body| named(vec![answer(200, "42"), answer(200, body), answer(200, body)]).unwrap();
    let only_id = r#"{"providerID":"hcloud://42"}"#;
    assert_eq!(named(vec![answer(200, "42"), answer(404, ""), answer(404, "")]).unwrap(), only_id);
    for bad in ["a b", "-x", "", &"x".repeat(64)] {
        assert_eq!(zone(bad), only_id, "{bad}");
    }
    assert_eq!(named(vec![answer(404, ""), answer(404, ""), answer(404, "")]).unwrap(), "{}");
    assert!(named(vec![answer(200, "42"), answer(503, "")]).err().unwrap().retry);
}
