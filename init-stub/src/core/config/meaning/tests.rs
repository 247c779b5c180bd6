use crate::core::config::{accept, parse};

const WORKER: &str = include_str!("../../../../../fixtures/machine/ok/a-worker-by-token.json");
const LABELLED: &str = include_str!("../../../../../fixtures/machine/ok/a-filesystem-with-a-label.json");
const PROXIED: &str = include_str!("../../../../../fixtures/machine/ok/a-worker-behind-a-proxy.json");
const ASKED: &str = include_str!("../../../../../fixtures/machine/ok/a-node-that-is-asked-and-watched.json");
const STANDALONE: &str = include_str!("../../../../../fixtures/machine/ok/everything-at-once.json");

/// A document without white space.
fn dense(text: &str) -> String {
    serde_json::from_str::<serde_json::Value>(text).unwrap().to_string()
}

/// The pointer of the refusal when `pointer` has another value, or "ok". The schema accepts every one of them.
fn verdict_of(document: &str, pointer: &str, value: &str) -> String {
    let mut json: serde_json::Value = serde_json::from_str(document).unwrap();
    *json.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is not there")) =
        serde_json::from_str(value).unwrap();
    let bytes = json.to_string().into_bytes();
    assert!(parse(&bytes).is_ok(), "{pointer} {value}: {:?}", parse(&bytes).err());
    match accept(&bytes) {
        Ok(_) => "ok".into(),
        Err(refusal) => refusal.pointer,
    }
}

/// Every value is refused at its own place.
fn refused(document: &str, pointer: &str, values: &[&str]) {
    for value in values {
        assert_eq!(verdict_of(document, pointer, value), pointer, "{value}");
    }
}

fn accepted(document: &str, pointer: &str, values: &[&str]) {
    for value in values {
        assert_eq!(verdict_of(document, pointer, value), "ok", "{pointer} {value}");
    }
}

#[test]
fn documents_of_the_corpus_mean_something() {
    for document in [WORKER, STANDALONE] {
        assert!(accept(dense(document).as_bytes()).is_ok(), "{:?}", accept(dense(document).as_bytes()).err());
    }
}

#[test]
fn a_host_name_is_one_that_a_node_can_have() {
    let values =
        [r#""a\u001b[2Jb""#, r#""a\u0000""#, r#""localhost""#, r#""10.0.0.5""#, r#""a_b""#, r#""-a""#, r#""ä""#];
    refused(STANDALONE, "/hostname/name", &values);
    accepted(STANDALONE, "/hostname/name", &[r#""a.b-c.9""#]);
}

#[test]
fn a_path_leads_to_where_something_can_be_put() {
    let nowhere = [
        r#""/etc/../../x""#,
        r#""/etc/./x""#,
        r#""/etc//x""#,
        r#""/etc/x/""#,
        r#""/etc/a\u0000b""#,
        r#""/etc/a\nb""#,
        r#""etc/x""#,
        r#""/proc/sys/kernel/panic""#,
        r#""/sys/x""#,
        r#""/dev/shm/x""#,
        r#""/keel/state/x""#,
        r#""/run/keel/x""#,
        r#""/etc/kubernetes/manifests/a.yaml""#,
        r#""/usr/bin/x""#,
        r#""/etc""#,
    ];
    for place in ["/storage/files/0/path", "/storage/directories/0/path", "/storage/links/0/path"] {
        refused(STANDALONE, place, &nowhere);
        accepted(
            STANDALONE,
            place,
            &[r#""/etc/..x/...""#, r#""/run/keels""#, r#""/opt/x""#, r#""/run/keel/kubelet/client-ca.crt""#],
        );
    }
    refused(STANDALONE, "/storage/filesystems/0/mountPath", &nowhere);
    accepted(STANDALONE, "/storage/filesystems/0/mountPath", &[r#""/mnt""#, r#""/keel/data""#, r#""/var/x""#]);
    refused(STANDALONE, "/storage/persist/0/path", &nowhere);
    refused(STANDALONE, "/storage/persist/0/path", &[r#""/run/x""#, r#""/tmp/x""#, r#""/var/run/x""#, r#""/var/tmp""#]);
    refused(STANDALONE, "/kubernetes/images/0", &[r#""a.tar""#, r#""/a/../b.tar""#, r#""/a\u0000""#]);
    let long = format!("\"/etc/{}\"", "a".repeat(256));
    let wide = format!("\"/etc{}\"", format!("/{}", "é".repeat(100)).repeat(21));
    refused(STANDALONE, "/storage/files/0/path", &[&long, &wide]);
}

#[test]
fn nothing_is_at_two_paths_or_below_a_file() {
    accepted(STANDALONE, "/storage/files/1/path", &[r#""/etc/a/b2""#]);
    refused(STANDALONE, "/storage/files/1/path", &[r#""/etc/a/b""#, r#""/etc/a""#, r#""/etc/a/b/c""#]);
    refused(STANDALONE, "/storage/links/0/path", &[r#""/etc/a/b""#, r#""/etc/a/c/d/e""#]);
    refused(STANDALONE, "/storage/links/0/target", &[r#""a\u0000""#, r#""/etc/l""#]);
}

#[test]
fn what_kubeadm_writes_is_its_own() {
    let files = |path: &str| {
        let file =
            format!(r#"[{{"path":"{path}","mode":420,"uid":0,"gid":0,"contents":{{"type":"text","text":""}}}}]"#);
        verdict_of(WORKER, "/storage/files", &file)
    };
    for path in [
        "/var/lib/kubelet/config.yaml",
        "/var/lib/kubelet/kubeadm-flags.env",
        "/var/lib/kubelet/pki/kubelet.crt",
        "/etc/kubernetes/kubelet.conf",
        "/etc/kubernetes/pki/ca.crt",
    ] {
        assert_eq!(files(path), "/storage/files/0/path", "{path}");
    }
    assert_eq!(files("/etc/kubernetes/pki/other.crt"), "ok");
    assert_eq!(files("/var/lib/kubelet/credential-provider.yaml"), "ok");
}

#[test]
fn disks_and_partitions_can_be_written_and_found() {
    let label = "/storage/disks/0/partitions/1/label";
    // 17 characters of two UTF-16 units each.
    let wide = format!("\"{}\"", "🚀".repeat(17));
    refused(STANDALONE, label, &[&wide, r#""DATA~new""#, r#""a\u0007""#, r#""a/b""#, r#""KEEL-STATE""#]);
    accepted(STANDALONE, label, &[&format!("\"{}\"", "🚀".repeat(16))]);
    let guid = "/storage/disks/0/partitions/0/typeGuid";
    refused(
        STANDALONE,
        guid,
        &[
            r#""91C38142-9454-4D26-A439-5C3B54CD16B9""#,
            r#""91c38142-9454-4d26-a439-5c3b54cd16bz""#,
            r#""91c3814-29454-4d26-a439-5c3b54cd16b9""#,
        ],
    );
    refused(STANDALONE, "/storage/disks/0/selector/serial", &[r#""a\nb""#]);
    refused(STANDALONE, "/storage/filesystems/0/partition", &[r#""OTHER""#]);
    // 16 characters of two bytes each.
    let wide = format!("\"{}\"", "é".repeat(16));
    refused(LABELLED, "/storage/filesystems/0/label", &[&wide, r#""a\u0007""#]);
    accepted(LABELLED, "/storage/filesystems/0/label", &[r#""0123456789abcdef""#, r#""my data""#]);
    refused(STANDALONE, "/storage/persist/0/partition", &[r#""KEEL-DATA""#, r#""OTHER""#]);
    refused(STANDALONE, "/storage/files/1/contents/base64", &[r#""/+8""#, r#""%""#, r#""/+8=\n""#]);
}

#[test]
fn names_of_the_kernel_are_names() {
    refused(STANDALONE, "/kernel/modules/0", &[r#""../x""#, r#""a b""#, r#""a.ko""#, r#""a\u0000""#]);
    accepted(STANDALONE, "/kernel/modules/0", &[r#""nf-conntrack_2""#]);
    let sysctl = "/kernel/sysctl/0/name";
    refused(
        STANDALONE,
        sysctl,
        &[r#""a..b""#, r#""../../etc/x""#, r#""net.ipv4/""#, r#""kernel""#, r#""a.b c""#, r#""a.\u0000""#],
    );
    accepted(STANDALONE, sysctl, &[r#""net.ipv4.conf.eth0/100.rp_filter""#, r#""fs.protected_fifos""#]);
    refused(STANDALONE, "/kernel/sysctl/0/value", &[r#""1\n2""#, r#""\u0000""#]);
    accepted(STANDALONE, "/kernel/sysctl/0/value", &[r#""4 4 1 7""#, r#""""#, r#""a\tb""#]);
    for (value, want) in [
        (r#"["a b"]"#, "/time/servers/0"),
        (r#"["192.0.2.1","a_b"]"#, "/time/servers/1"),
        (r#"["a.example"]"#, "ok"),
        (r#"["300.1.1.1"]"#, "/time/servers/0"),
        (r#"["a.example."]"#, "/time/servers/0"),
        (r#"["2001:db8::123","::1"]"#, "ok"),
        (r#"["[2001:db8::123]"]"#, "/time/servers/0"),
        (r#"["fe80::123%eth0"]"#, "/time/servers/0"),
    ] {
        assert_eq!(verdict_of(STANDALONE, "/time/servers", value), want);
    }
}

#[test]
fn links_have_names_and_facts_that_links_can_have() {
    let names = [
        r#""..""#,
        r#""a/b""#,
        r#""a b""#,
        r#""a:1""#,
        r#""lo""#,
        r#""all""#,
        r#""default""#,
        r#""ñññññññññ""#,
        r#""a\u0000""#,
    ];
    refused(STANDALONE, "/network/links/0/kind/selector/name", &names);
    refused(STANDALONE, "/network/links/5/name", &names);
    refused(STANDALONE, "/network/links/5/name", &[r#""br0""#]);
    for mac in ["/network/links/1/kind/selector/mac", "/network/links/2/kind/members/0/permanentMac"] {
        let wrong = ["52:54:00:AB:34:56", "52-54-00-12-34-56", "52:54:00:12:34:5g", "525:4:00:12:34:56"];
        refused(STANDALONE, mac, &wrong.map(|mac| format!("{mac:?}")).each_ref().map(String::as_str));
    }
    refused(STANDALONE, "/network/links/2/kind/members/1/driver", &[r#""a/b""#, r#""a b""#]);
    refused(STANDALONE, "/network/links/2/kind/primary", &["2"]);
    assert_eq!(
        verdict_of(STANDALONE, "/network/links/2/kind/miiMonitorIntervalMs", "0"),
        "/network/links/2/kind/upDelayMs",
        "the kernel knows no delays without it"
    );
    refused(STANDALONE, "/network/links/2/kind/learnPacketIntervalMs", &["1500"]);
    refused(STANDALONE, "/network/links/3/kind/link", &[r#""br0""#, r#""eth7""#]);
    let selector = "/network/links/0/kind/selector";
    refused(STANDALONE, selector, &[r#"{"all":true}"#, r#"{"all":true,"name":"eth0"}"#]);
    accepted(STANDALONE, selector, &[r#"{"path":"0000:00:1f.6"}"#]);
}

#[test]
fn addresses_routes_and_rules_are_ones_that_the_kernel_takes() {
    let link = "/network/links/0";
    let wrong = |place: &str, values: &[&str]| refused(STANDALONE, &format!("{link}/{place}"), values);
    wrong("addresses/0/prefixLength", &["33"]);
    accepted(STANDALONE, &format!("{link}/addresses/1/prefixLength"), &["128"]);
    wrong("routes/1/destination", &[r#""10.0.0.1""#]);
    wrong("routes/1/gateway", &[r#""2001:db8::1""#]);
    wrong("routes/1/source", &[r#""2001:db8::1""#]);
    wrong("routes/1/table", &["255"]);
    wrong("rules/0/to", &[r#"{"address":"2001:db8::","prefixLength":32}"#]);
    wrong("rules/0/from/address", &[r#""192.0.2.1""#]);
    wrong("rules/0", &[r#"{"table":100}"#]);
    let every = verdict_of(STANDALONE, &format!("{link}/rules/0/from"), r#"{"address":"0.0.0.0","prefixLength":0}"#);
    assert_eq!(every, format!("{link}/rules/0/from/prefixLength"));
    let of_both = r#"{"from":{"address":"192.0.2.0","prefixLength":24},"family":"ipv4","table":100}"#;
    assert_eq!(verdict_of(STANDALONE, &format!("{link}/rules/0"), of_both), format!("{link}/rules/0/family"));
    assert_eq!(
        verdict_of(STANDALONE, &format!("{link}/rules/1"), r#"{"mark":8,"table":100}"#),
        format!("{link}/rules/1/family")
    );
    let on_link = r#"[{"destination":"10.0.0.0","prefixLength":8,"onLink":true}]"#;
    assert_eq!(verdict_of(STANDALONE, &format!("{link}/routes"), on_link), format!("{link}/routes/0/onLink"));
    let whole = r#"[{"destination":"::","prefixLength":0,"gateway":"fe80::1"}]"#;
    accepted(STANDALONE, &format!("{link}/routes"), &[whole]);
}

#[test]
fn keys_networks_and_endpoints_of_a_tunnel_are_ones_that_the_kernel_takes() {
    let link = "/network/links/6/kind";
    let key = |byte: u8| format!("{:?}", crate::core::config::key_text(&[byte; 32]));
    let wrong = |place: &str, values: &[&str]| refused(STANDALONE, &format!("{link}/{place}"), values);
    let zeros = key(0);
    let long = key(7).replace('=', "A");
    for place in ["privateKey", "peers/0/publicKey", "peers/0/presharedKey"] {
        wrong(place, &[&zeros, &long]);
        accepted(STANDALONE, &format!("{link}/{place}"), &[&key(99)]);
    }
    wrong("peers/0/endpoint/host", &[r#""a b""#, r#""192.0.2""#, r#""[2001:db8::1]""#]);
    accepted(STANDALONE, &format!("{link}/peers/0/endpoint/host"), &[r#""2001:db8::1""#, r#""gw.example.org""#]);
    wrong("peers/0/allowedIps/0/address", &[r#""10.9.0.1""#]);
    let network = r#"{"address":"10.9.0.0","prefixLength":24}"#;
    let two = |first: u8, second: u8, allowed: &str| {
        let peer = |byte, allowed| format!(r#"{{"publicKey":{},"allowedIps":[{allowed}]}}"#, key(byte));
        format!("[{},{}]", peer(first, network), peer(second, allowed))
    };
    let other = r#"{"address":"10.9.0.0","prefixLength":25}"#;
    let place = format!("{link}/peers");
    accepted(STANDALONE, &place, &[&two(1, 2, other)]);
    assert_eq!(verdict_of(STANDALONE, &place, &two(1, 1, other)), format!("{place}/1/publicKey"));
    assert_eq!(verdict_of(STANDALONE, &place, &two(1, 2, network)), format!("{place}/1/allowedIps/0"));
}

#[test]
fn overrides_of_a_lease_stand_next_to_dhcp_and_can_be_sent() {
    let link = "/network/links/2";
    let overrides = format!("{link}/dhcp4Overrides");
    assert_eq!(verdict_of(STANDALONE, &format!("{link}/dhcp4"), "false"), overrides);
    accepted(STANDALONE, &overrides, &[r#"{"useDns":true}"#, r#"{"clientId":"mac","routeMetric":4294967295}"#]);
    let class = format!("{overrides}/vendorClass");
    let text = |character: &str, length| format!("\"{}\"", character.repeat(length));
    accepted(STANDALONE, &class, &[r#"" ""#, r#""MSFT 5.0 ~""#, &text("a", 255)]);
    refused(STANDALONE, &class, &[r#""a\tb""#, r#""a\u0000""#, r#""\u007f""#, r#""Käse""#, &text("é", 255)]);
}

#[test]
fn a_firewall_names_links_ports_and_networks_that_the_kernel_takes() {
    let (links, allow) = ("/network/firewall/links/0", "/network/firewall/allow/0");
    refused(STANDALONE, links, &[r#""a/b""#, r#""lo""#, r#""a b""#]);
    accepted(STANDALONE, links, &[r#""eth7""#]);
    let protocol = format!("{allow}/protocol");
    refused(STANDALONE, &protocol, &["4", "1", "255"]);
    accepted(STANDALONE, &protocol, &["6", "17", "132"]);
    assert_eq!(
        verdict_of(STANDALONE, "/network/firewall/allow/1/protocol", "17"),
        "/network/firewall/allow/1/protocol"
    );
    let last = format!("{allow}/ports/1/last");
    refused(STANDALONE, &last, &["1", "29999"]);
    accepted(STANDALONE, &last, &["30000", "65535"]);
    refused(STANDALONE, &format!("{allow}/from/0/address"), &[r#""192.0.2.7""#]);
    accepted(STANDALONE, &format!("{allow}/from/1/prefixLength"), &["128", "30"]);
}

#[test]
fn what_kubernetes_gets_has_its_form() {
    refused(STANDALONE, "/kubernetes/kubeletConfig", &[r#""[]""#, r#""{a}""#, r#""{} {}""#]);
    refused(STANDALONE, "/kubernetes/staticPods/0/name", &[r#""../x""#, r#"".x""#, r#""a/b""#, r#""a\u0000""#]);
    refused(STANDALONE, "/kubernetes/staticPods/0/pod", &[r#""null""#, r#""{{""#]);
    let of = |address: &str, length: u8| format!(r#"{{"address":"{address}","prefixLength":{length}}}"#);
    let (v4, v6) = (of("10.244.0.0", 24), of("fd00::", 64));
    let cidrs = "/kubernetes/cni/podCidrs";
    accepted(STANDALONE, cidrs, &[&format!("[{v4}]"), &format!("[{v6},{v4}]")]);
    for (list, at) in [
        (format!("[{}]", of("10.244.0.0", 33)), "/0/prefixLength"),
        (format!("[{v6},{}]", of("10.244.0.1", 24)), "/1/address"),
        (format!("[{v6},{}]", of("fd01::", 64)), "/1"),
    ] {
        assert_eq!(verdict_of(STANDALONE, cidrs, &list), format!("{cidrs}{at}"), "{list}");
    }
    refused(STANDALONE, "/kubernetes/cni", &[r#"{"type":"bridge"}"#]);
    let endpoint = "/kubernetes/discovery/endpoint";
    refused(
        WORKER,
        endpoint,
        &[r#""a:0""#, r#""a:65536""#, r#""a b:1""#, r#""https://a:1""#, r#""a:1\n""#, r#""a:+1""#],
    );
    refused(
        WORKER,
        endpoint,
        &[r#""2001:db8::1:6443""#, r#""[192.0.2.1]:6443""#, r#""[2001:db8::1]""#, r#""[fe80::1%a]:1""#],
    );
    accepted(WORKER, endpoint, &[r#""192.0.2.1:6443""#, r#""cp.example.org:1""#, r#""[2001:db8::1]:6443""#]);
    refused(WORKER, "/kubernetes/discovery/token", &[r#""abcdef-0123456789abcdef""#, r#""ABCDEF.0123456789abcdef""#]);
    let hash = format!("\"sha256:{}\"", "A".repeat(64));
    refused(WORKER, "/kubernetes/discovery/caCertHashes/0", &[&hash]);
    for (section, value, at) in [
        ("labels", r#"[{"name":"a","value":""},{"name":"a b","value":""}]"#, "/1/name"),
        ("labels", r#"[{"name":"x/y/z","value":""}]"#, "/0/name"),
        ("labels", r#"[{"name":"example.org/a","value":"-b"}]"#, "/0/value"),
        ("taints", r#"[{"key":"/a","value":"","effect":"NoSchedule"}]"#, "/0/key"),
        ("taints", r#"[{"key":"a","value":"b c","effect":"NoSchedule"}]"#, "/0/value"),
        ("kubeletExtraArgs", r#"[{"name":"--v","value":"2"}]"#, "/0/name"),
        ("kubeletExtraArgs", r#"[{"name":"v","value":"2 --x=y"}]"#, "/0/value"),
        ("kubeletExtraArgs", r#"[{"name":"v","value":"\u0000"}]"#, "/0/value"),
    ] {
        let pointer = format!("/kubernetes/{section}");
        assert_eq!(verdict_of(WORKER, &pointer, value), format!("{pointer}{at}"), "{value}");
    }
}

/// Secrets are in machine configs, and messages go to consoles.
#[test]
fn a_refusal_shows_no_value() {
    let document = dense(WORKER);
    let mut json: serde_json::Value = serde_json::from_str(&document).unwrap();
    *json.pointer_mut("/kubernetes/discovery/token").unwrap() = "HUSHHU.hushhushhushhush".into();
    let refusal = accept(json.to_string().as_bytes()).unwrap_err();
    assert!(!refusal.message.to_lowercase().contains("hush"), "{}", refusal.message);
}

#[test]
fn a_proxy_is_an_address_alone_and_what_goes_without_it_a_list_of_words() {
    let bad = [
        r#""proxy.lab:3128""#,
        r#""ftp://proxy.lab""#,
        r#""HTTP://proxy.lab""#,
        r#""http://:3128""#,
        r#""http://proxy.lab/""#,
        r#""http://proxy.lab?a""#,
        r#""http://user@proxy.lab""#,
        r#""http://proxy.lab:99999""#,
        r#""http://proxy.lab:""#,
        r#""http://pro xy.lab""#,
    ];
    for key in ["/kubernetes/proxy/http", "/kubernetes/proxy/https"] {
        refused(PROXIED, key, &bad);
        accepted(PROXIED, key, &[r#""http://192.0.2.1""#, r#""https://proxy.lab:443""#]);
        accepted(PROXIED, key, &[r#""http://[2001:db8::7]:3128""#, r#""http://[2001:db8::7]""#]);
    }
    refused(PROXIED, "/kubernetes/proxy/noProxy/1", &[r#""a,b""#, r#""a b""#, r#"" ""#, r#""a\u0000""#]);
    accepted(PROXIED, "/kubernetes/proxy/noProxy/1", &[r#""*""#, r#""fd00::/8""#]);
    refused(PROXIED, "/kubernetes/proxy", &[r#"{"noProxy":[]}"#]);
    accepted(PROXIED, "/kubernetes/proxy", &[r#"{"https":"http://p","noProxy":[]}"#]);
    refused(PROXIED, "/kubernetes/proxy/credentials/username", &[r#""a:b""#, r#""a\nb""#]);
    refused(PROXIED, "/kubernetes/proxy/credentials/password", &[r#""a\u0000""#]);
    accepted(PROXIED, "/kubernetes/proxy/credentials/password", &[r#""a:b @%/""#]);
}

#[test]
fn a_version_of_kubernetes_is_two_or_three_numbers() {
    let with = PROXIED.replacen("\"role\"", "\"version\": \"1.37\", \"role\"", 1).replace("keel/v1.2", "keel/v1.3");
    accepted(&with, "/kubernetes/version", &[r#""1.37""#, r#""1.37.2""#]);
    refused(
        &with,
        "/kubernetes/version",
        &[r#""v1.37""#, r#""1.37.""#, r#""1.37.2.1""#, r#""1.x""#, r#""137""#, r#""1.3 7""#],
    );
}

#[test]
fn a_probe_is_one_that_can_be_asked_and_health_one_that_can_be_reached() {
    let no_urls = [
        r#""ftp://a/b""#,
        r#""http://""#,
        r#""http://a b/""#,
        r#""http://a/b#c""#,
        r#""http://u@a/""#,
        r#""HTTP://a/""#,
        r#""http://a:0/""#,
        r#""http://a?b""#,
        r#""http://a/\u0000""#,
    ];
    refused(ASKED, "/health/probes/0/url", &no_urls);
    accepted(ASKED, "/health/probes/0/url", &[r#""http://a""#, r#""https://[::1]:8443/b?c=%20""#]);
    refused(ASKED, "/health/probes/2/address", &[r#""127.0.0.1""#, r#""::1:80""#, r#""a:0""#, r#""http://a:80""#]);
    accepted(ASKED, "/health/probes/2/address", &[r#""[::1]:80""#, r#""a.example.org:80""#]);
    refused(ASKED, "/health/stableForMs", &["300000"]);
    accepted(ASKED, "/health/stableForMs", &["299999"]);
    refused(ASKED, "/health/nodeReady", &["true"]);
}
