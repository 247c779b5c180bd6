//! What a document means, without how it is written: white space, the order of keys and escapes.

use super::json::{Json, read};
use crate::core::hex::hex;
use sha2::{Digest, Sha256};

/// A digest that two documents share if they mean the same; None: the document is not strict JSON.
pub fn digest(document: &[u8]) -> Option<String> {
    let mut text = String::new();
    write(&read(document).ok()?, &mut text);
    Some(hex(&Sha256::digest(text)))
}

fn write(value: &Json, text: &mut String) {
    match value {
        Json::Null => text.push_str("null"),
        Json::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Json::Integer(value) => text.push_str(&value.to_string()),
        Json::Text(value) => quote(value, text),
        Json::List(list) => {
            text.push('[');
            list.iter().for_each(|item| {
                write(item, text);
                text.push(',');
            });
            text.push(']');
        }
        Json::Object(members) => {
            let mut members: Vec<&(String, Json)> = members.iter().collect();
            members.sort_unstable_by_key(|(key, _)| key);
            text.push('{');
            for (key, value) in members {
                quote(key, text);
                text.push(':');
                write(value, text);
                text.push(',');
            }
            text.push('}');
        }
    }
}

fn quote(value: &str, text: &mut String) {
    text.push_str(&serde_json::to_string(value).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_that_mean_the_same_have_one_digest() {
        let first = digest(br#"{"a":[1,"x",null,true],"b":{"c":"\u00e9/","d":{}}}"#);
        assert!(first.is_some());
        for same in [
            "{ \"a\" : [1, \"x\", null, true],\r\n\t\"b\": {\"c\": \"é/\", \"d\": {}}}\n",
            r#"{"b":{"d":{},"c":"\u00E9\/"},"a":[1,"\u0078",null,true]}"#,
        ] {
            assert_eq!(digest(same.as_bytes()), first, "{same}");
        }
        for other in [
            r#"{"a":[1,"x",null,true],"b":{"c":"e/","d":{}}}"#,
            r#"{"a":["x",1,null,true],"b":{"c":"é/","d":{}}}"#,
            r#"{"a":[1,"x",null,true],"b":{"c":"é/","d":[]}}"#,
            r#"{"a":[1,"x",null,true,null],"b":{"c":"é/","d":{}}}"#,
        ] {
            assert_ne!(digest(other.as_bytes()), first, "{other}");
        }
        assert_ne!(digest(br#"["a","b"]"#), digest(br#"["a\",\"b"]"#));
        assert_ne!(digest(br#"[1]"#), digest(br#"["1"]"#));
    }

    #[test]
    fn what_is_not_strict_json_has_no_digest() {
        for document in ["", "{", r#"{"a":1,"a":1}"#, "[1.0]", "{} {}"] {
            assert_eq!(digest(document.as_bytes()), None, "{document}");
        }
    }
}
