//! Documents as they are packed, and those that are not machine configs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use keel_init::core::codec::packed::document;
use keel_init::core::codec::xml::text_of;
use keel_init::core::config::LIMIT;
use keel_init::core::error::Code;
use keel_init::core::foreign;
use keel_init::core::from_base64::from_base64;
use keel_init::parsers::{bytes_of, custom_data, generation_of, instance, report};
use serde_json::Value;
use std::io::Write;

/// A document in whatever layers. What comes out is the document, also when it is packed once more.
pub fn packed_document(bytes: &[u8]) {
    match document(bytes.to_vec()) {
        Ok(found) => {
            assert!(found.len() <= LIMIT && found.len() <= (bytes.len() * 256 * 256).max(1 << 20));
            assert_eq!(document(found.clone()).as_ref(), Ok(&found), "a document is packed no more");
            assert_eq!(foreign::name(&found), None);
            let small = found.len() < 1 << 16;
            assert!(!small || document(STANDARD.encode(&found).into_bytes()).as_ref() == Ok(&found));
            assert!(!small || document(gzip(&found)).as_ref() == Ok(&found));
        }
        Err((code, _)) => {
            assert!(matches!(code, Code::ConfigUnreadable | Code::ConfigTooLarge | Code::ConfigForeign), "{code:?}");
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}

/// base64 as people write it; what is decoded is the same when it is encoded again.
pub fn base64_text(bytes: &[u8]) {
    if let Some(decoded) = from_base64(bytes) {
        assert!(decoded.len() <= bytes.len() / 4 * 3 + 3);
        assert_eq!(from_base64(STANDARD.encode(&decoded).as_bytes()), Some(decoded));
    }
    assert_eq!(from_base64(STANDARD.encode(bytes).as_bytes()).as_deref(), Some(bytes));
}

/// What often stands in the place of a machine config, also as an archive of several parts.
pub fn foreign_document(bytes: &[u8]) {
    let named = foreign::name(bytes);
    assert!(named.is_none_or(|what| what.contains("this is") || what.contains("these are")));
    let text = String::from_utf8_lossy(bytes).into_owned();
    if !text.is_empty() {
        let archive = format!("Content-Type: multipart/mixed; boundary={text}");
        assert!(foreign::name(archive.as_bytes()).is_some());
        let config = format!("{{\"apiVersion\":\"keel/v1\",\"kind\":\"MachineConfig\",{text}");
        assert_eq!(foreign::name(config.as_bytes()), None);
    }
}

/// Azure's two documents.
pub fn azure_xml(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for element in ["CustomData", "Id", "a"] {
        if let Some(found) = text_of(&text, element) {
            assert!(text.contains(found) && !found.contains('<') && found == found.trim());
        }
    }
    if let Ok(data) = custom_data(bytes, "ovf-env.xml") {
        assert!(data.len() <= bytes.len());
    }
    if let Some(report) = report(&text) {
        for element in ["ContainerId", "InstanceId"] {
            assert_eq!(text_of(&report, element), text_of(&text, element));
        }
        assert_eq!(report.matches('<').count(), 19, "{report}");
    }
}

/// The companion file of a document in which a provider names the machine.
pub fn meta_data(bytes: &[u8]) {
    for path in ["meta-data", "openstack/latest/meta_data.json"] {
        if let Ok(found) = instance(path, bytes) {
            assert_ne!(found.hostname.as_deref(), Some(""));
            assert_ne!(found.instance_id.as_deref(), Some(""));
        }
    }
    // JSON is YAML, so both ways to read it say the same.
    let text = |value: &Value, key: &str| value.get(key)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    if let Ok(Value::Object(members)) = serde_json::from_slice(bytes) {
        let value = Value::Object(members);
        let printed = serde_json::to_string(&value).unwrap_or_default();
        let found = instance("meta-data", printed.as_bytes()).map(|found| found.instance_id);
        assert!(
            value.get("<<").is_some() || text(&value, "instance-id").is_none_or(|id| found == Ok(Some(id))),
            "{printed}"
        );
    }
}

/// A machine config as KEEL-STATE keeps it. What is whole stays the same when it is written again.
pub fn generation(bytes: &[u8]) {
    if let Ok(kept) = generation_of(bytes) {
        assert!(kept.document.len() < bytes.len());
        assert_eq!(generation_of(&bytes_of(&kept)).ok(), Some(kept));
    }
}
