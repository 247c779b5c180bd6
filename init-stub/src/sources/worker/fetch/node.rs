//! What a platform calls the node: its provider's id, and labels of zone, region and instance type. The row of the table says where
//! the pieces stand and how they are put together.

use super::client::Client;
use super::failure::Failure;
use super::metadata::Session;
use super::outcome::Outcome;
use crate::core::config::is_label_value;
use crate::pid1::node::Instance;
use crate::sources::platform::{Fact, Platform};
use serde_json::{Map, Value};

/// What the service tells and Kubernetes takes, as a JSON object in the place of a document. A fact that the service does not tell is
/// not there; a service that does not answer is a failure.
pub fn ask(platform: &Platform, service: &str, client: &Client) -> Result<Outcome, Failure> {
    let mut session = Session::new(platform, service, client);
    let mut pieces = Vec::new();
    for line in platform.pieces.lines() {
        let mut words = line.split(' ');
        let (Some(name), Some(path), Some(field)) = (words.next(), words.next(), words.next()) else { continue };
        let fact = if field == "-" { Fact::Text(path) } else { Fact::Field(path, field) };
        let mut text = session.fact_or_failure(&fact)?.unwrap_or_default().trim().to_owned();
        for part in words {
            text = take(part, &text);
        }
        if !text.is_empty() {
            pieces.push((name, text));
        }
    }
    let mut found = Map::new();
    for (name, text) in platform.node.lines().filter_map(|line| line.split_once(' ')) {
        let Some(text) = put_together(text, &pieces) else { continue };
        if if name == "providerID" { is_id(&text) } else { is_label_value(&text) } {
            found.insert(name.to_owned(), Value::String(text));
        }
    }
    let document = Some(Value::Object(found).to_string().into_bytes());
    Ok(Outcome { document, instance: Instance::default() })
}

/// A text with its pieces; None where one is missing.
fn put_together(text: &str, pieces: &[(&str, String)]) -> Option<String> {
    let mut whole = String::new();
    for (at, part) in text.split('{').enumerate() {
        let (name, rest) = if at == 0 { ("", part) } else { part.split_once('}')? };
        if at > 0 {
            whole.push_str(&pieces.iter().find(|(other, _)| *other == name)?.1);
        }
        whole.push_str(rest);
    }
    Some(whole)
}

/// What is taken of a text; nothing where it has none of the characters.
fn take(part: &str, text: &str) -> String {
    let (bytes, is_mark) = (text.as_bytes(), |byte: &u8| Some(byte) == part.as_bytes().last());
    let (first, last) = (bytes.iter().position(is_mark), bytes.iter().rposition(is_mark));
    let taken = match part.as_bytes().first() {
        Some(b'>') => last.map_or(Some(text), |at| text.get(at + 1..)),
        Some(b'<') => last.and_then(|at| text.get(..at)),
        Some(b'^') => text.get(..first.unwrap_or(text.len())),
        Some(b'l') => return text.to_ascii_lowercase(),
        Some(b'a') => return azure(text),
        _ => match text {
            "par1" => Some("fr-par-1"),
            "ams1" => Some("nl-ams-1"),
            zone => Some(zone),
        },
    };
    taken.unwrap_or_default().to_owned()
}

/// Azure writes subscription and resource group in different cases: /subscriptions/ID/resourceGroups/NAME/….
fn azure(text: &str) -> String {
    let mut whole = String::new();
    for (at, word) in text.split('/').skip(1).enumerate() {
        whole.push('/');
        whole.push_str(&if matches!(at, 1 | 3) { word.to_ascii_lowercase() } else { word.to_owned() });
    }
    whole
}

fn is_id(text: &str) -> bool {
    text.len() <= 1024 && text.bytes().all(|byte| byte.is_ascii_graphic())
}
