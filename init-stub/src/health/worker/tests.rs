use super::*;
use crate::sources::worker::fetch::tests::server::{HANG, Server};

fn answer(status: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")
}

fn http(server: &Server, status: Option<u16>) -> HealthProbe {
    HealthProbe::Http { url: server.url("/healthz"), status }
}

/// What does not hold of some probes, by why.
fn failing(probes: Vec<HealthProbe>) -> Vec<String> {
    let job = HealthJob { node: None, probes };
    ask_all(&job, Path::new("/nowhere")).into_iter().map(|one| one.detail).collect()
}

#[test]
fn any_status_of_success_holds_unless_the_config_names_one() {
    let server =
        Server::new(["200 OK", "204 None", "302 Found", "503 Busy", "503 Busy", "200 OK"].map(answer).to_vec());
    let probes = [None, None, None, None, Some(503), Some(204)].map(|status| http(&server, status));
    let details = failing(probes.to_vec());
    assert_eq!(details.len(), 3, "{details:?}");
    assert!(details[0].contains("302") && details[1].contains("503") && details[2].contains("200"), "{details:?}");
    assert!(server.requests()[0].starts_with("GET /healthz "));
}

#[test]
fn the_status_counts_however_long_the_answer_is() {
    let long = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\nx", 9 << 20);
    assert_eq!(failing(vec![http(&Server::new(vec![long + HANG]), None)]), [""; 0]);
}

#[test]
fn a_port_holds_when_it_accepts() {
    let (open, closed) = (Server::new(Vec::new()), Server::closed());
    let tcp = |server: &Server| HealthProbe::Tcp { address: server.authority() };
    assert_eq!(failing(vec![tcp(&open), http(&closed, None), tcp(&closed)]), ["connection refused"; 2]);
    let port = open.authority().rsplit_once(':').unwrap().1.to_owned();
    assert_eq!(failing(vec![HealthProbe::Tcp { address: format!("localhost:{port}") }]), [""; 0]);
}

#[test]
fn a_node_without_the_files_of_a_cluster_is_not_ready() {
    let job = HealthJob { node: Some("w1".into()), probes: Vec::new() };
    let failing = ask_all(&job, Path::new("/nowhere"));
    assert_eq!(failing.iter().map(|one| one.probe.as_str()).collect::<Vec<_>>(), [NODE_READY]);
}
