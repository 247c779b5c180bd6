use super::*;

/// What kubeadm 1.36.3 wrote against a real API server in which each cause was made.
const PREFLIGHT: &str = "error: error execution phase preflight: couldn't validate the identity of the API Server: ";
const BY_NAME: &str =
    r#"Get "https://10.90.0.1:6443/api/v1/namespaces/kube-public/configmaps/cluster-info?timeout=10s": "#;

fn code_of(words: &str) -> Code {
    let lines = ["[preflight] Running pre-flight checks", words, STACK].map(str::to_owned);
    classify(&lines).code
}

const STACK: &str = "To see the stack trace of this error execute with --v=5 or higher";

#[test]
fn a_wrong_ca_hash_is_a_mismatch() {
    let words = "cluster CA found in cluster-info ConfigMap is invalid: none of the public keys \
                 \"sha256:3e4bcbe325a88414d64350a8ce28f49180be278f2f35c62b4814bca91754e2c8\" are pinned";
    assert_eq!(code_of(&format!("{PREFLIGHT}{words}")), Code::JoinCaMismatch);
}

#[test]
fn another_ca_in_the_discovery_file_is_a_mismatch_though_the_request_timed_out() {
    let words = format!(
        "Abort reading the cluster-info ConfigMap after timeout of 8s: {BY_NAME}tls: failed to verify certificate: \
         x509: certificate signed by unknown authority"
    );
    assert_eq!(code_of(&format!("{PREFLIGHT}{words}")), Code::JoinCaMismatch);
}

#[test]
fn a_token_that_the_cluster_does_not_know_is_told_from_one_with_a_wrong_secret() {
    let unknown = "could not find a JWS signature in the cluster-info ConfigMap for token ID \"aaaaaa\"";
    let wrong = "failed to verify JWS signature of received cluster info object, can't trust this API Server";
    assert_eq!(code_of(&format!("{PREFLIGHT}{unknown}")), Code::JoinTokenUnknown);
    assert_eq!(code_of(&format!("{PREFLIGHT}{wrong}")), Code::JoinTokenWrong);
}

#[test]
fn a_token_with_a_discovery_file_that_is_refused_is_unknown() {
    let words = "error: error execution phase preflight: unable to fetch the kubeadm-config ConfigMap: failed to get \
                 config map: Unauthorized";
    assert_eq!(code_of(words), Code::JoinTokenUnknown);
}

#[test]
fn a_control_plane_that_does_not_answer_is_unreachable() {
    for end in [
        "dial tcp 10.90.0.1:6444: connect: connection refused",
        "dial tcp 10.90.0.99:6443: connect: no route to host",
        "dial tcp: lookup cp.example.invalid on 10.255.255.53:53: dial udp 10.255.255.53:53: connect: network is unreachable",
        "dial tcp: lookup cp.example.invalid on 10.90.0.53:53: no such host",
        "dial tcp 10.90.0.1:6443: i/o timeout",
    ] {
        let by_token = format!("{PREFLIGHT}failed to request the cluster-info ConfigMap: {BY_NAME}{end}");
        let by_file =
            format!("{PREFLIGHT}Abort reading the cluster-info ConfigMap after timeout of 8s: {BY_NAME}{end}");
        assert_eq!((code_of(&by_token), code_of(&by_file)), (Code::JoinUnreachable, Code::JoinUnreachable), "{end}");
    }
}

#[test]
fn certificates_from_another_time_mean_that_the_clock_is_wrong() {
    for end in [
        "current time 2026-11-21T14:13:55Z is before 2027-03-01T14:13:49Z",
        "current time 2026-11-21T14:14:13Z is after 2026-08-13T14:13:49Z",
    ] {
        let tls = "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: ";
        let words = format!("{PREFLIGHT}failed to request the cluster-info ConfigMap: {BY_NAME}{tls}{end}");
        assert_eq!(code_of(&words), Code::JoinClockWrong);
    }
}

#[test]
fn a_node_of_that_name_that_is_ready_takes_the_name() {
    let words = "error: error execution phase kubelet-start: a Node with name \"taken\" and status \"Ready\" already \
                 exists in the cluster. You must delete the existing Node or change the name of this new joining Node";
    assert_eq!(code_of(words), Code::JoinNameTaken);
}

#[test]
fn a_kubelet_that_is_not_healthy_or_gets_no_certificate_has_failed() {
    for end in [
        "failed while waiting for the kubelet to start: The HTTP call equal to 'curl -sSL http://127.0.0.1:10248/healthz' \
         returned error: Get \"http://127.0.0.1:10248/healthz\": dial tcp 127.0.0.1:10248: connect: connection refused",
        "failed while waiting for the kubelet to start: The HTTP call equal to 'curl -sSL http://127.0.0.1:10248/healthz' \
         returned error: Get \"http://127.0.0.1:10248/healthz\": context deadline exceeded",
        "failed while waiting for TLS bootstrap: context deadline exceeded",
    ] {
        assert_eq!(
            code_of(&format!("error: error execution phase kubelet-wait-bootstrap: {end}")),
            Code::JoinKubeletFailed
        );
    }
}

#[test]
fn a_failed_preflight_names_its_checks_and_not_its_warnings() {
    let lines = [
        "\t[WARNING Service-kubelet]: kubelet service is not enabled, please run 'systemctl enable kubelet.service'",
        "[preflight] Some fatal errors occurred:",
        "\t[ERROR FileAvailable--etc-kubernetes-pki-ca.crt]: /etc/kubernetes/pki/ca.crt already exists",
        "\t[ERROR Port-10250]: Port 10250 is in use",
        "[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`",
        "error: error execution phase preflight: preflight checks failed",
        STACK,
    ]
    .map(str::to_owned);
    let failure = classify(&lines);
    assert_eq!(failure.code, Code::JoinPreflightFailed);
    assert_eq!(
        failure.detail,
        "FileAvailable--etc-kubernetes-pki-ca.crt: /etc/kubernetes/pki/ca.crt already exists\n\
         Port-10250: Port 10250 is in use"
    );
}

#[test]
fn words_that_nobody_knows_and_silence_are_a_failed_join() {
    assert_eq!(code_of("error: error execution phase kubelet-start: something new"), Code::JoinFailed);
    assert_eq!(classify(&["panic: oh".into()]), JoinFailure { code: Code::JoinFailed, detail: "panic: oh".into() });
    assert_eq!(classify(&[]).detail, "kubeadm printed no error");
}

#[test]
fn only_what_another_machine_config_can_fix_is_fatal() {
    let fatal = |code| JoinFailure { code, detail: String::new() }.is_fatal();
    let codes: std::collections::BTreeSet<String> =
        CAUSES.iter().chain(&ANSWERS).filter(|row| fatal(row.2)).map(|row| format!("{:?}", row.2)).collect();
    assert!(codes.is_empty(), "a code alone is fatal nowhere: {codes:?}");
    let fatal = |words: &str| classify(&[format!("{PREFLIGHT}{words}")]).is_fatal();
    assert!(fatal(
        "cluster CA found in cluster-info ConfigMap is invalid: none of the public keys \"sha256:3e\" are pinned"
    ));
    for words in [
        "failed to verify JWS signature of received cluster info object, can't trust this API Server",
        "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "could not find a JWS signature in the cluster-info ConfigMap for token ID \"aaaaaa\"",
        "the server could not find the requested resource (get configmaps cluster-info)",
    ] {
        assert!(!fatal(words), "anybody can answer so: {words}");
    }
}

#[test]
fn whatever_answers_without_being_a_clusters_api_server_makes_the_endpoint_wrong() {
    for words in [
        "the server could not find the requested resource (get configmaps cluster-info)",
        "configmaps \"cluster-info\" not found",
        "configmaps \"cluster-info\" is forbidden: User \"system:anonymous\" cannot get resource \"configmaps\"",
        "serializer for text/html doesn't exist",
        "an error on the server (\"<html>bad gateway</html>\") has prevented the request from succeeding (get configmaps cluster-info)",
        "Get \"https://10.90.0.1:6443/\": http: server gave HTTP response to HTTPS client",
        "Get \"https://10.90.0.1:6443/\": tls: first record does not look like a TLS handshake",
    ] {
        let words = format!("{PREFLIGHT}failed to request the cluster-info ConfigMap: {words}");
        assert_eq!(code_of(&words), Code::JoinEndpointWrong, "{words}");
    }
}

#[test]
fn an_error_over_several_lines_is_kept_to_its_end() {
    let lines = [
        "error: error execution phase preflight: couldn't validate the identity of the API Server: failed to request the \
         cluster-info ConfigMap: an error on the server (\"<html>",
        "  <body>bad gateway</body>",
        "",
        "</html>\") has prevented the request from succeeding (get configmaps cluster-info)",
        STACK,
    ]
    .map(str::to_owned);
    let failure = classify(&lines);
    assert_eq!(failure.code, Code::JoinEndpointWrong);
    assert!(failure.detail.contains("<html> <body>bad gateway</body> </html>\") has prevented"), "{}", failure.detail);
    assert!(!failure.detail.contains("stack trace"));
}
