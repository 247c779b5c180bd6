use super::*;

/// What containerd 2.3.7 wrote when its kubelet's interface was asked for images of registries in which each cause was made: the code,
/// the line, the image and the cause that is shown.
#[rustfmt::skip]
const RECORDED: [(Code, &str, &str, &str); 15] = [
    (Code::RegistryUnreachable,
        r#"level=error msg="PullImage \"127.0.0.1:1/app:1\" failed" error="rpc error: code = Unknown desc = failed to pull and unpack image \"127.0.0.1:1/app:1\": failed to resolve image: failed to do request: Head \"https://127.0.0.1:1/v2/app/manifests/1\": dial tcp 127.0.0.1:1: connect: connection refused""#,
        "127.0.0.1:1/app:1",
        r#"Head "https://127.0.0.1:1/v2/app/manifests/1": dial tcp 127.0.0.1:1: connect: connection refused"#),
    (Code::RegistryUnreachable,
        r#"level=error msg="PullImage \"nohost.invalid/app:1\" failed" error="rpc error: code = Unknown desc = failed to pull and unpack image \"nohost.invalid/app:1\": failed to resolve image: failed to do request: Head \"https://nohost.invalid/v2/app/manifests/1\": dial tcp: lookup nohost.invalid on 192.0.2.53:53: no such host""#,
        "nohost.invalid/app:1",
        r#"Head "https://nohost.invalid/v2/app/manifests/1": dial tcp: lookup nohost.invalid on 192.0.2.53:53: no such host"#),
    (Code::RegistryUnreachable,
        r#"level=error msg="PullImage \"192.0.2.9/app:1\" failed" error="rpc error: code = Unknown desc = failed to pull and unpack image \"192.0.2.9/app:1\": failed to resolve image: failed to do request: Head \"https://192.0.2.9/v2/app/manifests/1\": dial tcp 192.0.2.9:443: connect: no route to host""#,
        "192.0.2.9/app:1",
        r#"Head "https://192.0.2.9/v2/app/manifests/1": dial tcp 192.0.2.9:443: connect: no route to host"#),
    (Code::RegistryUnreachable,
        r#"level=error msg="PullImage \"lab.invalid/a:1\" failed" error="rpc error: code = Unknown desc = failed to pull and unpack image \"lab.invalid/a:1\": failed to resolve image: failed to do request: Head \"https://lab.invalid/v2/a/manifests/1\": proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused""#,
        "lab.invalid/a:1",
        r#"Head "https://lab.invalid/v2/a/manifests/1": proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused"#),
    (Code::RegistryUnreachable,
        r#"level=error msg="PullImage \"gone.invalid/a:1\" failed" error="rpc error: code = Unknown desc = failed to pull and unpack image \"gone.invalid/a:1\": failed to resolve image: failed to do request: Head \"https://gone.invalid/v2/a/manifests/1\": Bad Gateway""#,
        "gone.invalid/a:1",
        r#"Head "https://gone.invalid/v2/a/manifests/1": Bad Gateway"#),
    (Code::RegistryUnreachable,
        r#"level=error msg="RunPodSandbox for name:\"a\"  uid:\"u\"  namespace:\"default\" failed, error" error="rpc error: code = Unknown desc = failed to pull image \"127.0.0.1:1/pause:1\": failed to pull and unpack image \"127.0.0.1:1/pause:1\": failed to resolve image: failed to do request: Head \"https://127.0.0.1:1/v2/pause/manifests/1\": dial tcp 127.0.0.1:1: connect: connection refused""#,
        "127.0.0.1:1/pause:1",
        r#"Head "https://127.0.0.1:1/v2/pause/manifests/1": dial tcp 127.0.0.1:1: connect: connection refused"#),
    (Code::RegistryAccessDenied,
        r#"level=error msg="PullImage \"127.0.0.1:5443/app/basic:1\" failed" error="rpc error: code = Unknown desc = failed to pull and unpack image \"127.0.0.1:5443/app/basic:1\": failed to resolve image: pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials""#,
        "127.0.0.1:5443/app/basic:1",
        r#"pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials"#),
    (Code::RegistryAccessDenied,
        r#"level=error msg="PullImage \"127.0.0.1:5443/app/bearer:1\" failed" error="rpc error: code = Unknown desc = failed to pull and unpack image \"127.0.0.1:5443/app/bearer:1\": failed to resolve image: failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://127.0.0.1:5443/token?scope=repository%3Aapp%2Fbearer%3Apull&scope=repository%3Abearer%3Apull&service=s: 401 Unauthorized""#,
        "127.0.0.1:5443/app/bearer:1",
        r#"failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://127.0.0.1:5443/token 401 Unauthorized"#),
    (Code::RegistryAccessDenied,
        r#"level=error msg="PullImage \"127.0.0.1:5443/app/denied:1\" failed" error="rpc error: code = Unknown desc = failed to pull and unpack image \"127.0.0.1:5443/app/denied:1\": failed to resolve image: unexpected status from HEAD request to https://127.0.0.1:5443/v2/app/denied/manifests/1: 403 Forbidden\ndenied""#,
        "127.0.0.1:5443/app/denied:1",
        r#"unexpected status from HEAD request to https://127.0.0.1:5443/v2/app/denied/manifests/1: 403 Forbidden denied"#),
    (Code::RegistryAccessDenied,
        r#"level=error msg="PullImage \"lab.invalid/a:1\" failed" error="rpc error: code = Unknown desc = failed to pull and unpack image \"lab.invalid/a:1\": failed to resolve image: failed to do request: Head \"https://lab.invalid/v2/a/manifests/1\": Proxy Authentication Required""#,
        "lab.invalid/a:1",
        r#"Head "https://lab.invalid/v2/a/manifests/1": Proxy Authentication Required"#),
    (Code::RegistryUntrusted,
        r#"level=error msg="PullImage \"mirrored.lab/app:1\" failed" error="rpc error: code = Unknown desc = failed to pull and unpack image \"mirrored.lab/app:1\": failed to resolve image: failed to do request: Head \"https://127.0.0.1:5444/v2/app/manifests/1?ns=%5BREDACTED%5D\": tls: failed to verify certificate: x509: certificate signed by unknown authority""#,
        "mirrored.lab/app:1",
        r#"Head "https://127.0.0.1:5444/v2/app/manifests/1": tls: failed to verify certificate: x509: certificate signed by unknown authority"#),
    (Code::RegistryUntrusted,
        r#"level=error msg="PullImage \"127.0.0.1:5445/app:1\" failed" error="rpc error: code = Unknown desc = failed to pull and unpack image \"127.0.0.1:5445/app:1\": failed to resolve image: failed to do request: Head \"https://127.0.0.1:5445/v2/app/manifests/1\": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-29T22:53:03Z is after 2026-11-28T22:48:50Z""#,
        "127.0.0.1:5445/app:1",
        r#"Head "https://127.0.0.1:5445/v2/app/manifests/1": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-29T22:53:03Z is after 2026-11-28T22:48:50Z"#),
    (Code::RegistryUntrusted,
        r#"level=error msg="PullImage \"127.0.0.1:5446/app:1\" failed" error="rpc error: code = Unknown desc = failed to pull and unpack image \"127.0.0.1:5446/app:1\": failed to resolve image: failed to do request: Head \"https://127.0.0.1:5446/v2/app/manifests/1\": tls: failed to verify certificate: x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs""#,
        "127.0.0.1:5446/app:1",
        r#"Head "https://127.0.0.1:5446/v2/app/manifests/1": tls: failed to verify certificate: x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs"#),
    (Code::ImageNotFound,
        r#"level=error msg="PullImage \"127.0.0.1:5443/app:1\" failed" error="rpc error: code = NotFound desc = failed to pull and unpack image \"127.0.0.1:5443/app:1\": failed to resolve image: 127.0.0.1:5443/app:1: not found""#,
        "127.0.0.1:5443/app:1",
        r#"127.0.0.1:5443/app:1: not found"#),
    (Code::ImagePullFailed,
        r#"level=error msg="PullImage \"127.0.0.1:5443/app/broken:1\" failed" error="rpc error: code = Unknown desc = failed to pull and unpack image \"127.0.0.1:5443/app/broken:1\": failed to resolve image: unexpected status from HEAD request to https://127.0.0.1:5443/v2/app/broken/manifests/1: 500 Internal Server Error""#,
        "127.0.0.1:5443/app/broken:1",
        r#"unexpected status from HEAD request to https://127.0.0.1:5443/v2/app/broken/manifests/1: 500 Internal Server Error"#),
];

fn failed(image: &str, cause: &str) -> String {
    format!("level=error msg=\"PullImage \\\"{image}\\\" failed\" error=\"{cause}\"")
}

fn code_of(cause: &str) -> Code {
    pull_in(&failed("a", cause)).unwrap().failure.unwrap().0
}

#[test]
fn each_cause_that_was_recorded_is_named() {
    for (code, line, image, detail) in RECORDED {
        let failure = Some((code, detail.to_owned()));
        assert_eq!(pull_in(line), Some(Pull { image: image.to_owned(), failure }), "{line}");
    }
}

#[test]
fn what_was_not_recorded_is_named_by_the_words_of_the_library() {
    for (cause, code) in [
        (
            "failed to do request: Get \\\"https://cdn.lab/a?sig=x\\\": read tcp 10.0.0.1:1->10.0.0.2:443: i/o timeout",
            Code::RegistryUnreachable,
        ),
        ("failed to copy: short read: expected 9 bytes but got 0: unexpected EOF", Code::RegistryUnreachable),
        ("context canceled", Code::RegistryUnreachable),
        (
            "failed to fetch oauth token: Post \\\"https://auth.lab/token\\\": net/http: timeout awaiting response headers",
            Code::RegistryUnreachable,
        ),
        (
            "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
            Code::RegistryAccessDenied,
        ),
        ("no resolve hosts: not found", Code::ImagePullFailed),
        ("failed to extract layer sha256:00: write /a: no space left on device", Code::DiskFull),
        ("http: server gave HTTP response to HTTPS client", Code::ImagePullFailed),
    ] {
        assert_eq!(code_of(cause), code, "{cause}");
    }
}

#[test]
fn other_lines_are_not_the_end_of_a_pull() {
    for line in [
        "",
        "level=info msg=\"PullImage \\\"a\\\"\"",
        "level=error msg=\"RunPodSandbox for a failed, error\" error=\"failed to reserve sandbox name \\\"a\\\"\"",
        "level=error msg=\"StopContainer failed\" error=\"PullImage \\\"a\\\" failed\"",
        "level=error msg=\"PullImage \\\"a",
    ] {
        assert_eq!(pull_in(line), None, "{line}");
    }
}

#[test]
fn a_cause_has_no_signature_no_password_no_control_character_and_a_bound() {
    let detail = |cause: &str| pull_in(&failed("a", cause)).unwrap().failure.unwrap().1;
    assert_eq!(detail("Get \\\"https://s/a?X-Sig=abc&b=c\\\": EOF"), "Get \"https://s/a\": EOF");
    assert_eq!(detail("Get \\\"https://u:p@s/a\\\": EOF"), "Get \"https://***@s/a\": EOF");
    assert_eq!(detail("\\x1b[2J\\ndenied"), " [2J denied");
    let long = detail(&("ä".repeat(3000) + ": EOF"));
    assert_eq!((long.chars().count(), long.ends_with("ä: EOF")), (300, true));
    // The rest of the line is over the bound of a line.
    let cut = failed("a", "x509: unknown \\\"");
    assert_eq!(pull_in(cut.strip_suffix("\"\"").unwrap()).unwrap().failure.unwrap().0, Code::RegistryUntrusted);
}

#[test]
fn an_image_is_reported_once_for_each_cause_and_again_after_it_was_there() {
    let mut failing = Failing::default();
    for (code, is_new) in [
        (Some(Code::RegistryUnreachable), true),
        (Some(Code::RegistryUnreachable), false),
        (Some(Code::ImageNotFound), true),
        (Some(Code::RegistryUnreachable), true),
        (None, false),
        (Some(Code::RegistryUnreachable), true),
    ] {
        assert_eq!(failing.is_new("a", code), is_new, "{code:?}");
        failing.is_new("b", Some(Code::ImageNotFound));
    }
    for image in 0..REMEMBERED {
        assert!(failing.is_new(&image.to_string(), Some(Code::ImageNotFound)));
    }
    assert_eq!(failing.0.len(), REMEMBERED);
    assert!(!failing.is_new("0", Some(Code::ImageNotFound)) && failing.is_new("a", Some(Code::RegistryUnreachable)));
}
