use super::*;
use crate::scratch::Scratch;
use crate::sys::atomic_write;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;

fn job() -> NodeJob {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    NodeJob {
        name: "w1".into(),
        labels: vec![pair("zone", "b"), pair("same", ""), pair("new", "1")],
        old_labels: vec!["gone".into(), "gone-already".into()],
        taints: vec![
            ("gpu".into(), String::new(), "NoSchedule".into()),
            ("same".into(), String::new(), "NoExecute".into()),
            ("new".into(), "a".into(), "NoSchedule".into()),
        ],
        old_taints: vec!["gone:NoSchedule".into(), "gone-already:NoSchedule".into()],
        waits: false,
    }
}

#[test]
fn only_what_differs_is_changed_and_only_what_a_config_gave_is_taken_away() {
    let node = json!({
        "metadata": { "labels": { "zone": "a", "same": "", "gone": "x", "somebody": "else" } },
        "spec": { "taints": [
            { "key": "gpu", "value": "x", "effect": "NoSchedule" },
            { "key": "same", "effect": "NoExecute" },
            { "key": "gone", "value": "x", "effect": "NoSchedule" },
            { "key": "node.kubernetes.io/not-ready", "effect": "NoExecute" },
        ] },
    });
    assert_eq!(Value::Object(labels_to_change(&job(), &node)), json!({ "zone": "b", "new": "1", "gone": null }));
    assert_eq!(taints_to_change(&job(), &node), ["gpu:NoSchedule", "new=a:NoSchedule", "gone:NoSchedule-"]);
}

#[test]
fn a_node_that_agrees_is_left_alone() {
    let job = NodeJob { labels: Vec::new(), taints: Vec::new(), ..job() };
    assert!(labels_to_change(&job, &json!({})).is_empty() && taints_to_change(&job, &json!({})).is_empty());
}

/// An API server that takes only clients of its own CA, and gives each of these answers once; and a node of its cluster. Ends with
/// what it was asked.
fn cluster(name: &str, answers: &[(u16, &str)]) -> (Scratch, JoinHandle<Vec<String>>) {
    let ring = || Arc::new(rustls::crypto::ring::default_provider());
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let issue = |name: &str| {
        let key = KeyPair::generate().unwrap();
        (CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &ca).unwrap(), key)
    };
    let (server, server_key) = issue("127.0.0.1");
    let mut roots = RootCertStore::empty();
    roots.add(ca.der().clone()).unwrap();
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), ring()).build().unwrap();
    let key = PrivateKeyDer::try_from(server_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(ring()).with_safe_default_protocol_versions().unwrap();
    let config =
        Arc::new(config.with_client_cert_verifier(clients).with_single_cert(vec![server.der().clone()], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();

    let root = Scratch::new(name);
    let (shown, shown_key) = issue("w1");
    let kubeconfig = format!("server: https://{}\n", listener.local_addr().unwrap());
    let identity = shown.pem() + &shown_key.serialize_pem();
    for (path, text) in [(CA, ca.pem()), (KUBECONFIG, kubeconfig), (CURRENT, identity)] {
        atomic_write::write(&root.join(path), 0o600, text.as_bytes()).unwrap();
    }
    let answers: Vec<String> = answers
        .iter()
        .map(|(status, body)| format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
        .collect();
    let asked = std::thread::spawn(move || {
        let one = |answer: String| {
            let socket = listener.accept().unwrap().0;
            let mut stream = BufReader::new(StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), socket));
            let (mut first, mut length) = (String::new(), 0);
            stream.read_line(&mut first).unwrap();
            for line in stream.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty()) {
                length = line.to_lowercase().strip_prefix("content-length: ").map_or(length, |n| n.parse().unwrap());
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let stream = stream.get_mut();
            stream.write_all(answer.as_bytes()).unwrap();
            stream.conn.send_close_notify();
            stream.flush().unwrap();
            format!("{} {}", first.split(" HTTP").next().unwrap(), String::from_utf8(body).unwrap())
        };
        answers.into_iter().map(one).collect()
    });
    (root, asked)
}

const CURRENT: &str = "var/lib/kubelet/pki/kubelet-client-current.pem";
const AGREES: &str = r#"{"metadata":{"labels":{"zone":"a"}},"spec":{}}"#;

fn labels(all: &[(&str, &str)]) -> NodeJob {
    let labels = all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    NodeJob { name: "w1".into(), labels, ..NodeJob::default() }
}

#[test]
fn an_expired_certificate_is_what_the_api_server_says() {
    let (root, _) = cluster("node-expired", &[(401, "")]);
    assert_eq!(look(&labels(&[]), &root).unwrap_err().code, Code::NodeCertificateExpired);
}

#[test]
fn a_node_that_is_not_there_yet_is_waited_for() {
    let (root, asked) = cluster("node-missing", &[(404, ""), (404, ""), (200, AGREES)]);
    assert_eq!(look(&labels(&[]), &root), Ok(NodeReport::default()));
    assert_eq!(asked.join().unwrap().len(), 3);
    let (root, _) = cluster("node-busy", &[(503, "")]);
    assert_eq!(look(&labels(&[]), &root).unwrap_err().code, Code::ApiServerUnreachable);
}

#[test]
fn a_pod_of_the_cluster_that_runs_is_waited_for_and_one_of_the_node_is_not() {
    let pods = |phase: &str| {
        let mirror = json!({ "annotations": { "kubernetes.io/config.mirror": "x" } });
        json!({ "items": [
            { "metadata": mirror, "status": { "phase": "Running" } },
            { "metadata": {}, "status": { "phase": phase } },
        ] })
        .to_string()
    };
    let (root, asked) = cluster("node-pods", &[(200, &pods("Running")), (200, &pods("Succeeded"))]);
    assert_eq!(look(&NodeJob { waits: true, ..labels(&[]) }, &root), Ok(NodeReport::default()));
    assert_eq!(asked.join().unwrap(), ["GET /api/v1/pods?fieldSelector=spec.nodeName%3Dw1 "; 2]);
}

#[test]
fn a_server_of_another_ca_is_not_the_api_server() {
    let (root, _) = cluster("node-other", &[(401, "")]);
    let (other, _) = cluster("node-other-ca", &[]);
    std::fs::copy(other.join(CA), root.join(CA)).unwrap();
    assert_eq!(look(&labels(&[]), &root).unwrap_err().code, Code::ApiServerUnreachable);
}

#[test]
fn labels_that_differ_are_changed_in_one_request() {
    let (root, asked) = cluster("node-labels", &[(200, AGREES), (200, AGREES)]);
    assert_eq!(look(&labels(&[("zone", "b"), ("rack", "")]), &root), Ok(NodeReport::default()));
    let patch = r#"PATCH /api/v1/nodes/w1 {"metadata":{"labels":{"rack":"","zone":"b"}}}"#;
    assert_eq!(asked.join().unwrap(), ["GET /api/v1/nodes/w1 ", patch]);
    let (root, asked) = cluster("node-agrees", &[(200, AGREES)]);
    assert_eq!(look(&labels(&[("zone", "a")]), &root), Ok(NodeReport::default()));
    assert_eq!(asked.join().unwrap(), ["GET /api/v1/nodes/w1 "]);
}

#[test]
fn a_label_that_is_refused_takes_no_other_with_it() {
    let (root, _) = cluster("node-refused", &[(200, AGREES), (403, ""), (403, ""), (200, AGREES)]);
    let report = look(&labels(&[("kubernetes.io/role", "x"), ("zone", "b")]), &root).unwrap();
    assert_eq!(report.labels, ["kubernetes.io/role=x"]);
}

#[test]
fn an_api_server_that_is_busy_has_refused_no_label() {
    let (root, asked) = cluster("node-busy-patch", &[(200, AGREES), (503, ""), (503, "")]);
    assert_eq!(look(&labels(&[("rack", "1"), ("zone", "b")]), &root).unwrap_err().code, Code::ApiServerUnreachable);
    assert_eq!(asked.join().unwrap().len(), 3);
}

#[test]
fn a_node_is_ready_when_its_kubelet_says_so() {
    let node = |status: &str, reason: &str| {
        let other = json!({ "type": "DiskPressure", "status": "True", "reason": "Full" });
        let ready = json!({ "type": "Ready", "status": status, "reason": reason });
        json!({ "status": { "conditions": [other, ready] } })
    };
    assert_eq!(why_not_ready(&node("True", "KubeletReady")), None);
    assert_eq!(why_not_ready(&node("False", "KubeletNotReady")).as_deref(), Some("KubeletNotReady"));
    assert_eq!(why_not_ready(&node("Unknown", &"a".repeat(5000))).map(|why| why.len()), Some(LONGEST_REASON));
    for nothing in [node("False", ""), json!({}), Value::Null] {
        assert_eq!(why_not_ready(&nothing).as_deref(), Some("its kubelet has not reported yet"));
    }
}
