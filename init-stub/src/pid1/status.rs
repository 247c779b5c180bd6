//! `/run/keel/status.json`: what the node is at this moment, for every program that can read its files. It has no secrets.

use super::node::Node;
use crate::sys::atomic_write;
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::Path;

const PATH: &str = "/run/keel/status.json";

#[derive(Default)]
struct Status(Map<String, Value>);

/// Replaces one part of it. A file that cannot be written changes nothing about the node.
pub fn set(node: &mut Node, part: &'static str, value: &impl Serialize) {
    let status = node.state::<Status>();
    status.0.insert(part.into(), serde_json::to_value(value).unwrap_or_default());
    let mut bytes = serde_json::to_vec(&status.0).unwrap_or_default();
    bytes.push(b'\n');
    let _ = atomic_write::write(Path::new(PATH), 0o644, &bytes);
}
