//! Documents that are no machine config but often stand in its place. Naming them saves people an hour.

use serde_json::Value;

/// Beginnings of a text, and what they mean. The first that fits counts.
const BEGINNINGS: [(&str, &str); 8] = [
    ("#cloud-config", "this is a cloud-config for cloud-init"),
    ("#cloud-boothook", "this is a script for cloud-init"),
    ("#include", "this is an include list for cloud-init"),
    ("## template: jinja", "this is a template for cloud-init"),
    ("#!", "this is a script; Keel runs none"),
    ("Content-Type: multipart", "this is a multipart archive for cloud-init"),
    ("MIME-Version:", "this is a multipart archive for cloud-init"),
    ("variant:", "this is a Butane config"),
];

/// What the document is, if it is known and no machine config.
pub fn name(document: &[u8]) -> Option<&'static str> {
    let head = document.get(..4096).unwrap_or(document);
    let head = String::from_utf8_lossy(head);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    if head.is_empty() && document.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) {
        return Some("this is empty");
    }
    if let Some((_, what)) = BEGINNINGS.iter().find(|(start, _)| head.starts_with(start)) {
        return Some(what);
    }
    if head.starts_with('{') {
        return name_json(document);
    }
    if head.lines().any(|line| line.starts_with("apiVersion: keel/")) {
        return Some("this is a node config that nobody transpiled");
    }
    head.lines()
        .any(|line| line.starts_with("apiVersion:") || line.starts_with("version: v1alpha1"))
        .then_some("this is a YAML document of another system")
}

fn name_json(document: &[u8]) -> Option<&'static str> {
    // Only when the head hints at it: a machine config need not be read twice.
    let hinted = |word: &str| document.windows(word.len()).take(4096).any(|window| window == word.as_bytes());
    if !hinted("\"ignition\"") && !hinted("\"NodeConfig\"") {
        return None;
    }
    let value: Value = serde_json::from_slice(document).ok()?;
    if value.get("ignition").is_some_and(Value::is_object) {
        return Some("this is an Ignition config");
    }
    (value.get("kind")?.as_str()? == "NodeConfig").then_some("this is a node config that nobody transpiled")
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn what_stands_in_the_place_of_a_machine_config_is_named() {
        for (document, part) in [
            ("#cloud-config\npackages: []", "cloud-config"),
            ("#!/bin/sh\n", "script"),
            (r#"{"ignition":{"version":"3.4.0"}}"#, "Ignition"),
            ("# mine\napiVersion: keel/v1\nhostname: a\n", "nobody transpiled"),
            (r#"{"apiVersion":"keel/v1","kind":"NodeConfig"}"#, "nobody transpiled"),
            (" \n", "empty"),
            ("", "empty"),
        ] {
            assert!(name(document.as_bytes()).is_some_and(|what| what.contains(part)), "{document}");
        }
    }

    #[test]
    fn a_machine_config_is_not_foreign() {
        assert_eq!(name(br#"{"apiVersion":"keel/v1","kind":"MachineConfig"}"#), None);
    }
}
