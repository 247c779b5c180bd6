use super::*;

const MINIMAL: &str = r#"{"apiVersion":"keel/v1.5","kind":"MachineConfig","hostname":{"type":"fixed","name":"n"},"kernel":{"modules":[],"sysctl":[]},
"network":{"links":[{"name":"eth0","kind":{"type":"physical","selector":{"name":"eth0"}},"addresses":[{"address":"10.0.2.15","prefixLength":24}],"routes":[]}],"nameservers":["10.0.2.3"],"routeTimeoutMs":60000},
"time":{"servers":[],"timeoutMs":10000},
"storage":{"disks":[{"selector":{"serial":"d"},"wipe":false,"partitions":[{"label":"A","typeGuid":"0fc63daf-8483-4772-8e79-3d69d8477de4","size":{"type":"rest","minSizeBytes":1048576}}]}],
"filesystems":[{"partition":"A","format":"ext4","mountPath":"/mnt/a","mountOptions":["noatime"]}],"persist":[{"path":"/var/a","partition":"A","mode":448,"uid":0,"gid":0}],
"directories":[],"files":[{"path":"/a","mode":420,"uid":0,"gid":0,"contents":{"type":"text","text":"hi"}}],"links":[{"path":"/l","target":"a"}]},
"kubernetes":{"role":"standalone","cni":{"type":"none"},"images":["/i.tar"],"staticPods":[{"name":"p","pod":"{}"}],"kubeletConfig":"{}","shutdown":{"gracePeriodMs":30000,"criticalPodsGracePeriodMs":10000}},
"onFailure":{"action":"reboot","delayMs":1000,"maxDelayMs":2000}}"#;

/// `MINIMAL` with one change, and what comes of it: the pointer of the refusal, or "ok".
fn verdict_of(from: &str, to: &str) -> String {
    assert!(MINIMAL.contains(from), "{from} is not in the document");
    match parse(MINIMAL.replacen(from, to, 1).as_bytes()) {
        Ok(_) => "ok".into(),
        Err(refusal) => format!("{}: {}", refusal.pointer, refusal.message),
    }
}

#[test]
fn a_refusal_names_the_place_and_the_rule() {
    let table = [
        (r#""name":"n""#, r#""name":"ñ""#, "ok"),
        ("MachineConfig", "NodeConfig", "/kind: must be \"MachineConfig\""),
        (r#""hostname":{"type":"fixed","name":"n"},"#, "", ": the key \"hostname\" is missing"),
        (r#""name":"n""#, r#""name":"""#, "/hostname/name: must have at least 1 characters"),
        (r#""name":"n""#, r#""name":7"#, "/hostname/name: must be of type string, not integer"),
        (r#""modules":[]"#, r#""modules":[],"a/b~c":1"#, "/kernel/a~1b~0c: the key is unknown"),
        (r#""modules":[]"#, r#""modules":null"#, "/kernel/modules: must be of type array, not null"),
        (r#""type":"physical","#, "", "/network/links/0/kind: the key \"type\" is missing"),
        (
            r#""type":"physical""#,
            r#""type":"wwn""#,
            "/network/links/0/kind/type: must be one of: physical, bond, vlan, bridge, dummy, wireguard",
        ),
        (
            r#"{"name":"eth0"}"#,
            r#"{"name":"eth0","wwn":"x"}"#,
            "/network/links/0/kind/selector/wwn: the key is unknown",
        ),
        (
            r#"["10.0.2.3"]"#,
            r#"["10.0.2.03"]"#,
            "/network/nameservers/0: must be an IP address like 192.0.2.1 or 2001:db8::1",
        ),
        (
            r#"["10.0.2.3"]"#,
            r#"["2001:DB8::3"]"#,
            "/network/nameservers/0: must be an IP address like 192.0.2.1 or 2001:db8::1",
        ),
        (r#"{"serial":"d"}"#, "{}", "/storage/disks/0/selector: must have at least 1 keys"),
        (
            r#"{"serial":"d"}"#,
            r#"{"transport":"ide"}"#,
            "/storage/disks/0/selector/transport: must be one of: virtio, nvme, sata, scsi, usb, mmc",
        ),
        ("1048576", "1048577", "/storage/disks/0/partitions/0/size/minSizeBytes: must be a multiple of 1048576"),
        ("24}", "129}", "/network/links/0/addresses/0/prefixLength: must be at most 128"),
        ("24}", "0}", "/network/links/0/addresses/0/prefixLength: must be at least 1"),
        (r#""ext4""#, r#""xfs""#, "/storage/filesystems/0/format: must be one of: ext4"),
        (
            r#"{"type":"none"}"#,
            r#"{"type":"none","podCidrs":[{"address":"10.0.0.0","prefixLength":24}]}"#,
            "/kubernetes/cni/podCidrs: the key is unknown",
        ),
        (r#""delayMs":1000,"#, "", "/onFailure: the key \"delayMs\" is missing"),
    ];
    for (from, to, want) in table {
        assert_eq!(verdict_of(from, to), want, "{from} -> {to}");
    }
    // Each change of the schema adds a version to the list.
    let version = verdict_of("keel/v1.5", "keel/v2");
    assert!(version.starts_with("/apiVersion: must be one of: keel/v1"), "{version}");
}

#[test]
fn what_two_parsers_could_read_differently_is_refused() {
    let plain = "a number must be an integer of plain digits";
    for number in ["420.0", "4.2e2", "-0", "1E1", "123456789012345678901234567890"] {
        let verdict = verdict_of(r#""mode":420"#, &format!(r#""mode":{number}"#));
        assert!(verdict.starts_with(&format!("/storage/files/0/mode: {plain}")), "{number}: {verdict}");
    }
    for (from, to, want) in [
        ("420", "9007199254740992", "/storage/files/0/mode: the number is larger than 2^53 - 1"),
        ("420", "0420", "/storage/files/0/mode: "),
        (r#""name":"n""#, r#""name":"n","name":"n""#, "/hostname/name: the key occurs twice"),
        (r#""name":"n""#, r#""name":"n","n\u0061me":"n""#, "/hostname/name: the key occurs twice"),
        (r#""name":"n""#, r#""name":"\ud800""#, "/hostname/name: "),
    ] {
        let verdict = verdict_of(from, to);
        assert!(verdict.starts_with(want), "{to}: {verdict}");
    }
    let refuse = |bytes: &[u8]| parse(bytes).map(|_| ()).expect_err("accepted").message;
    assert_eq!(refuse(&[b"\xef\xbb\xbf", MINIMAL.as_bytes()].concat()), "starts with a byte order mark");
    assert_eq!(
        refuse(&MINIMAL.replace("\"hi\"", "\"\u{1}\"").into_bytes()).split(" at").next(),
        Some("control character (\\u0000-\\u001F) found while parsing a string")
    );
    assert_eq!(refuse(b"{\"a\":\"\xff\"}"), "is not UTF-8 at byte 6");
    assert!(refuse(&[MINIMAL.as_bytes(), b"\n{}"].concat()).starts_with("trailing characters"));
    assert!(refuse("[".repeat(100_000).as_bytes()).starts_with("recursion limit exceeded"));
    assert!(refuse(b"").starts_with("EOF"));
}

/// A keyword that [`schema`] does not know would be silently ignored there.
#[test]
fn the_schema_uses_only_known_keywords() {
    const KNOWN: [&str; 20] = [
        "$ref",
        "type",
        "const",
        "enum",
        "format",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "multipleOf",
        "items",
        "minItems",
        "maxItems",
        "properties",
        "required",
        "additionalProperties",
        "minProperties",
        "oneOf",
        "discriminator",
        "definitions",
    ];
    fn walk(schema: &json::Json) {
        let json::Json::Object(members) = schema else { panic!("a schema must be an object") };
        if members.iter().any(|(k, _)| k == "properties") {
            assert_eq!(schema.get("additionalProperties"), Some(&json::Json::Bool(false)));
        }
        if members.iter().any(|(k, _)| k == "oneOf") {
            assert!(schema.get("discriminator").is_some(), "a union needs its tag");
        }
        for (key, value) in members {
            assert!(
                KNOWN.contains(&key.as_str()) || ["$schema", "$id"].contains(&key.as_str()),
                "unknown keyword {key}"
            );
            match (key.as_str(), value) {
                ("properties" | "definitions", json::Json::Object(named)) => named.iter().for_each(|(_, s)| walk(s)),
                ("oneOf", json::Json::List(variants)) => variants.iter().for_each(walk),
                ("items", item) => walk(item),
                ("format", format) => assert!(matches!(format.text(), Some("ip" | "ipv4"))),
                _ => {}
            }
        }
    }
    walk(&json::read(schema::SCHEMA.as_bytes()).expect("the schema is strict JSON"));
}

#[test]
fn overrides_that_are_left_out_have_their_defaults() {
    let usual = Dhcp4Overrides::default();
    assert_eq!(serde_json::to_string(&usual).expect("plain values"), "{}");
    assert!(usual.uses_routes() && usual.uses_dns() && usual.uses_domains() && usual.uses_ntp() && usual.uses_mtu());
    assert!(usual.uses_hostname() && usual.sends_hostname() && !usual.probes());
    assert_eq!((usual.client_id(), usual.route_metric), (ClientId::Mac, None));
    let text = r#"{"useRoutes":false,"useDns":false,"clientId":"duid","probe":true}"#;
    let given: Dhcp4Overrides = serde_json::from_str(text).expect("keys of the schema");
    assert!(!given.uses_routes() && !given.uses_dns() && given.uses_domains() && given.probes());
    assert_eq!(given.client_id(), ClientId::Duid);
    assert_eq!(serde_json::to_string(&given).expect("plain values"), text);
}

/// The corpus that ajv checks, too: file names below `ok` are accepted, those below `bad` refused.
#[test]
fn the_contract_corpus_is_accepted_and_refused_as_its_folders_say() {
    for (folder, wanted) in [("ok", true), ("bad", false)] {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/machine/");
        let Ok(entries) = std::fs::read_dir(format!("{root}{folder}")) else { continue };
        for file in
            entries.map(|e| e.expect("a readable folder").path()).filter(|p| p.extension().is_some_and(|e| e == "json"))
        {
            let verdict = parse(&std::fs::read(&file).expect("a readable file"));
            assert_eq!(verdict.is_ok(), wanted, "{}: {verdict:?}", file.display());
        }
    }
}

#[test]
fn contents_and_pods_never_show_in_debug_output() {
    let shown = format!("{:?}", parse(MINIMAL.as_bytes()).expect("MINIMAL is accepted"));
    assert!(shown.contains("2 bytes of text") && !shown.contains("\"hi\""), "{shown}");
}
