//! Documents that are not a machine config but often found in its place. Naming them saves people an hour.

use serde_json::Value;

const CLOUD_CONFIG: &str =
    "this is a cloud-config for cloud-init, which Keel does not run; write what you need of it into a node config";
const SCRIPT: &str = "this is a script, which Keel does not run; write what it does into a node config";
const MULTIPART: &str =
    "this is a multipart archive for cloud-init; use the machine config alone, as the whole document";
const INCLUDE: &str =
    "this is an include list for cloud-init; use the machine config itself, or its address as keel.config.url=";
const JINJA: &str = "this is a Jinja template for cloud-init; Keel does not render templates, so use a machine config without variables";
const KICKSTART: &str =
    "this is a kickstart file for an installer; the image is installed already, so describe the node in a node config";
const PRESEED: &str =
    "this is a preseed file for an installer; the image is installed already, so describe the node in a node config";
const BUTANE: &str = "this is a Butane config; write a node config instead and run keelctl transpile on it";
const IGNITION: &str = "this is an Ignition config; write a node config instead and run keelctl transpile on it";
const TALOS: &str = "this is a Talos config; write a node config instead and run keelctl transpile on it";
const BOTTLEROCKET: &str =
    "these are Bottlerocket's settings; write a node config instead and run keelctl transpile on it";
const KUBERNETES: &str =
    "this is a Kubernetes object; objects are applied with kubectl, and static pods are in the node config";
const NODE_CONFIG: &str = "this is a node config, not a machine config; run keelctl transpile on it";
const PAGE: &str = "this is a web page or XML; check the address; it may need a login";
const UTF_16: &str =
    "this is UTF-16 text; write the output of keelctl with -o, not through a shell that changes the encoding";

/// Beginnings of a document in lower case, and what they mean. The first that fits counts.
const BEGINNINGS: [(&str, &str); 20] = [
    ("#cloud-config", CLOUD_CONFIG),
    ("#cloud-boothook", SCRIPT),
    ("#upstart-job", SCRIPT),
    ("#part-handler", SCRIPT),
    ("#ps1", SCRIPT),
    ("<powershell", SCRIPT),
    ("<script", SCRIPT),
    ("rem cmd", SCRIPT),
    ("#include", INCLUDE),
    ("## template: jinja", JINJA),
    ("##template: jinja", JINJA),
    ("#version=", KICKSTART),
    ("#kickstart", KICKSTART),
    ("#_preseed", PRESEED),
    ("#!", SCRIPT),
    ("content-type: multipart", MULTIPART),
    ("mime-version:", MULTIPART),
    ("from nobody", MULTIPART),
    ("<!doctype", PAGE),
    ("<", PAGE),
];

/// Beginnings of any line near the start of a document that is not JSON. The first that fits counts.
const LINES: [(&str, &str); 20] = [
    ("apiversion: keel/", NODE_CONFIG),
    ("apiversion: \"keel/", NODE_CONFIG),
    ("apiversion: 'keel/", NODE_CONFIG),
    ("content-type: multipart", MULTIPART),
    ("variant:", BUTANE),
    ("version: v1alpha1", TALOS),
    ("apiversion: v1alpha1", TALOS),
    ("apiversion:", KUBERNETES),
    ("ignition:", IGNITION),
    ("[settings", BOTTLEROCKET),
    ("%packages", KICKSTART),
    ("%pre", KICKSTART),
    ("%post", KICKSTART),
    ("rootpw ", KICKSTART),
    ("d-i ", PRESEED),
    ("autoinstall:", CLOUD_CONFIG),
    ("runcmd:", CLOUD_CONFIG),
    ("write_files:", CLOUD_CONFIG),
    ("ssh_authorized_keys:", CLOUD_CONFIG),
    ("packages:", CLOUD_CONFIG),
];

const XZ: &str =
    "this is compressed with xz, which Keel does not read; compress it with gzip or zstd, or leave it as it is";
const BZIP2: &str =
    "this is compressed with bzip2, which Keel does not read; compress it with gzip or zstd, or leave it as it is";
const LZ4: &str =
    "this is compressed with lz4, which Keel does not read; compress it with gzip or zstd, or leave it as it is";
const ZIP: &str = "this is a zip archive; give the machine config in it, as it is or compressed with gzip or zstd";
const SEVEN_ZIP: &str = "this is a 7z archive; give the machine config in it, as it is or compressed with gzip or zstd";

/// First bytes of formats that are not text. The first that fits counts.
const MAGIC: [(&[u8], &str); 8] = [
    (&[0xFF, 0xFE], UTF_16),
    (&[0xFE, 0xFF], UTF_16),
    (b"\xFD7zXZ\0", XZ),
    (b"BZh", BZIP2),
    (&[0x04, 0x22, 0x4D, 0x18], LZ4),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"7z\xBC\xAF\x27\x1C", SEVEN_ZIP),
];

/// How much of a document is looked at.
const HEAD: usize = 4096;

/// What the document is and what to do, if it is known and no machine config.
pub fn name(document: &[u8]) -> Option<&'static str> {
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| document.starts_with(magic)) {
        return Some(what);
    }
    // Without a byte order mark: of the first two characters, which are ASCII in every document, one half is zero.
    if let [0, a, 0, b, ..] | [a, 0, b, 0, ..] = document
        && a.is_ascii()
        && b.is_ascii()
        && (*a, *b) != (0, 0)
    {
        return Some(UTF_16);
    }
    if document.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) {
        return Some("this is empty; write the machine config again, and check for a full disk or a failed upload");
    }
    let head = String::from_utf8_lossy(document.get(..HEAD).unwrap_or(document)).to_lowercase();
    let head = head.trim_start_matches('\u{feff}').trim_start();
    if head.starts_with('{') {
        return name_json(document);
    }
    let begins = |text: &str, rows: &[(&str, &'static str)]| {
        rows.iter().find(|(start, _)| text.starts_with(start)).map(|(_, what)| *what)
    };
    // Row by row, not line by line: a node config has other lines that another row would claim.
    begins(head, &BEGINNINGS)
        .or_else(|| LINES.iter().find(|(start, _)| head.lines().any(|l| l.starts_with(start))).map(|(_, what)| *what))
}

fn name_json(document: &[u8]) -> Option<&'static str> {
    // Only when the head hints at it: a machine config need not be read twice.
    let hints = ["\"ignition\"", "\"NodeConfig\"", "\"variant\"", "\"apiVersion\""];
    let head = document.get(..HEAD).unwrap_or(document);
    let hinted = |word: &&str| head.windows(word.len()).any(|window| window == word.as_bytes());
    if !hints.iter().any(hinted) || is_machine_config(document) {
        return None;
    }
    let value: Value = serde_json::from_slice(document).ok()?;
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    if value.get("ignition").is_some_and(Value::is_object) {
        return Some(IGNITION);
    }
    if text("variant").is_some() {
        return Some(BUTANE);
    }
    let api = text("apiVersion")?;
    match (api.starts_with("keel/"), text("kind")) {
        (true, Some("MachineConfig")) => None,
        (true, Some("NodeConfig") | None) => Some(NODE_CONFIG),
        // An unknown kind is left to the check of machine configs, which names the place.
        (true, Some(_)) => None,
        (false, _) => Some(KUBERNETES),
    }
}

/// Whether a document begins as keelctl writes machine configs, whatever the white space. Then nobody need ask what else
/// it may be.
pub fn is_machine_config(document: &[u8]) -> bool {
    const START: &[u8] = b"{\"apiVersion\":\"keel/";
    const KIND: &[u8] = b"\"kind\":\"MachineConfig\"";
    let dense: Vec<u8> = document.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(128).collect();
    dense.starts_with(START) && dense.windows(KIND.len()).any(|window| window == KIND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_often_stands_in_the_place_of_a_machine_config_is_named() {
        for (document, part) in [
            ("#cloud-config\npackages: []", "cloud-config"),
            ("hostname: a\nruncmd:\n- ls\n", "cloud-config"),
            ("#!/bin/sh\n", "script"),
            ("<powershell>\n", "script"),
            ("#include\nhttp://a\n", "include"),
            ("## template: jinja\n#cloud-config\n", "Jinja"),
            ("Content-Type: multipart/mixed; boundary=x\nMIME-Version: 1.0\n", "multipart"),
            ("From nobody Fri Jan  1 00:00:00 2027\nContent-Type: multipart/mixed\n", "multipart"),
            (r#"{"ignition":{"version":"3.4.0"}}"#, "Ignition"),
            ("variant: fcos\nversion: 1.5.0\n", "Butane"),
            ("# mine\nvariant: flatcar\n", "Butane"),
            (r#"{"variant":"fcos"}"#, "Butane"),
            ("version: v1alpha1\nmachine:\n  type: worker\n", "Talos"),
            ("lang en_US\nrootpw x\n%packages\n", "kickstart"),
            ("d-i debian-installer/locale string en_US\n", "preseed"),
            ("[settings.kubernetes]\n", "Bottlerocket"),
            ("apiVersion: v1\nkind: Pod\n", "Kubernetes"),
            (r#"{"apiVersion":"v1","kind":"Pod"}"#, "Kubernetes"),
            ("<!DOCTYPE html><html>", "web page"),
            ("\u{feff}# mine\napiVersion: keel/v1\nhostname: a\n", "not a machine config"),
            ("apiVersion: 'keel/v1'\n", "not a machine config"),
            (r#"{"apiVersion":"keel/v1","kind":"NodeConfig"}"#, "not a machine config"),
            (r#"{"apiVersion":"keel/v1","hostname":"a"}"#, "not a machine config"),
            (" \n", "empty"),
            ("", "empty"),
        ] {
            assert!(name(document.as_bytes()).is_some_and(|what| what.contains(part)), "{document}");
        }
        for (bytes, part) in [
            (&b"\xff\xfe{\0"[..], "UTF-16"),
            (b"\xfe\xff\0{", "UTF-16"),
            (b"\0{\0\"\0a", "UTF-16"),
            (b"{\0\"\0a\0", "UTF-16"),
            (b"\0#\0c\0l", "UTF-16"),
            (b"\xfd7zXZ\0\0\x04", "xz"),
            (b"BZh91AY&SY", "bzip2"),
            (b"\x04\x22\x4d\x18\x64", "lz4"),
            (b"PK\x03\x04\x14\0", "zip archive"),
            (b"7z\xbc\xaf\x27\x1c\0", "7z"),
            (b"\0\0\0\0", "empty"),
        ] {
            assert!(name(bytes).is_some_and(|what| what.contains(part)), "{bytes:?}");
        }
        assert_eq!(name(b"{\0}"), None, "a zero byte alone is not an encoding");
    }

    #[test]
    fn a_machine_config_is_not_foreign_and_unknown_keys_are_named_later() {
        for document in [
            r#"{"apiVersion":"keel/v1","kind":"MachineConfig"}"#,
            "{ \"kind\": \"MachineConfig\",\n\"apiVersion\": \"keel/v2\" }",
            r#"{"apiVersion":"keel/v1","kind":"Machine"}"#,
            "{}",
            "a string",
        ] {
            assert_eq!(name(document.as_bytes()), None, "{document}");
        }
    }

    #[test]
    fn a_machine_config_is_known_by_its_beginning() {
        assert!(is_machine_config(b"{\n  \"apiVersion\": \"keel/v1\",\n  \"kind\": \"MachineConfig\",\n"));
        assert!(!is_machine_config(br#"{"apiVersion":"keel/v1","kind":"NodeConfig"}"#));
        assert!(!is_machine_config(b""));
    }
}
