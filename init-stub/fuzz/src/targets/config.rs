//! The machine config: strict JSON, the schema, the types.

use keel_init::core::config::{Flaw, Refusal, accept, canonical_digest, parse};
use keel_init::core::{codec::packed, foreign};
use keel_init::parsers::verify_document;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};
use std::fmt;

/// A config that uses every section.
const EVERYTHING: &str = include_str!("../../../../fixtures/machine/ok/everything-at-once.json");
/// Stands for every secret; no message shows it.
const SECRET: &str = "s3cret";

/// A document as it came.
pub fn machine_config(bytes: &[u8]) {
    match parse(bytes) {
        Ok(_) => {
            well_formed(bytes);
            // A boot checks more than the schema can say, never less.
            match accept(bytes) {
                Ok(_) => assert_eq!(verify_document(bytes).map(drop), Ok(())),
                Err(refusal) => refused(bytes, &refusal),
            }
        }
        Err(refusal) => refused(bytes, &refusal),
    }
}

/// What the schema accepts is taken for nothing else, and stays the same config however it is written.
fn well_formed(bytes: &[u8]) {
    assert_eq!(foreign::name(bytes), None);
    assert_eq!(packed::document(bytes.to_vec()).as_deref(), Ok(bytes));
    let value: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let again = serde_json::to_vec_pretty(&value).unwrap_or_default();
    assert_eq!(parse(&again).map(drop), Ok(()));
    assert_eq!(canonical_digest(&again), canonical_digest(bytes));
    let cut = bytes.trim_ascii().get(..bytes.trim_ascii().len() / 2).unwrap_or_default();
    let is_truncated = |refusal: Refusal| refusal.flaw == Flaw::Truncated || std::str::from_utf8(cut).is_err();
    assert!(parse(cut).err().is_some_and(is_truncated), "half a config is not known as one");
}

/// A refusal names a place that is in the document, and shows no value of it.
fn refused(bytes: &[u8], refusal: &Refusal) {
    assert!(!refusal.message.contains("contradict"), "{} at {}", refusal.message, refusal.pointer);
    assert!(!refusal.message.contains(SECRET), "{}", refusal.message);
    if let Ok(tree) = serde_json::from_slice::<Tree>(bytes) {
        let steps: Vec<String> =
            refusal.pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
        assert!(tree.has(&steps), "{} is not there: {}", refusal.pointer, refusal.message);
    }
}

/// A document in which a key may occur twice.
enum Tree {
    Leaf,
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl Tree {
    fn has(&self, steps: &[String]) -> bool {
        let Some((first, rest)) = steps.split_first() else { return true };
        match self {
            Self::Leaf => false,
            Self::List(list) => first.parse().ok().and_then(|at: usize| list.get(at)).is_some_and(|it| it.has(rest)),
            Self::Object(members) => members.iter().any(|(key, value)| key == first && value.has(rest)),
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Builder)
    }
}

struct Builder;

impl<'de> Visitor<'de> for Builder {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = access.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Tree::Object(members))
    }
}

/// A config that is right but for some values: each edit is the number of a value in two bytes, what to do, and a
/// length with so much text.
pub fn machine_config_edits(bytes: &[u8]) {
    let mut config: Value = serde_json::from_str(EVERYTHING).unwrap_or_default();
    let mut rest = bytes;
    for _ in 0..4 {
        let Some(([high, low, operation, length], after)) = rest.split_first_chunk::<4>() else { break };
        let (text, after) = after.split_at_checked(usize::from(*length)).unwrap_or((after, &[]));
        rest = after;
        edit(&mut config, usize::from(u16::from_be_bytes([*high, *low])), *operation, &String::from_utf8_lossy(text));
    }
    machine_config(&serde_json::to_vec(&config).unwrap_or_default());
}

fn edit(config: &mut Value, number: usize, operation: u8, text: &str) {
    let mut pointers = vec![String::new()];
    collect(config, "", &mut pointers);
    let pointer = pointers.get(number % pointers.len()).cloned().unwrap_or_default();
    let other = pointers.get(text.len() * 7 % pointers.len()).and_then(|it| config.pointer(it)).cloned();
    let Some(value) = config.pointer_mut(&pointer) else { return };
    match (operation % 12, &mut *value) {
        (0, _) => *value = Value::String(text.into()),
        (1, _) => *value = serde_json::from_str(text).unwrap_or(Value::Null),
        (2, _) => *value = other.unwrap_or_default(),
        (3, Value::Object(members)) => drop(members.remove(text)),
        (4, Value::Object(members)) => drop(members.insert(text.into(), json!(SECRET))),
        (5, Value::Array(list)) => drop(list.pop()),
        (6, Value::Array(list)) => list.extend(other),
        (7, Value::Array(list)) => list.extend(list.first().cloned()),
        (8, Value::Number(_)) => *value = json!(9_007_199_254_740_991_u64 - text.len() as u64),
        (9, Value::String(old)) => old.push_str(text),
        (10, Value::String(old)) => *value = json!(format!("{text}{old}")),
        (11, _) => *value = json!([SECRET, {}, [], 1.5]),
        _ => *value = json!({}),
    }
}

/// The JSON pointer of every value.
fn collect(value: &Value, at: &str, pointers: &mut Vec<String>) {
    let members: Vec<(String, &Value)> = match value {
        Value::Array(list) => list.iter().enumerate().map(|(i, item)| (i.to_string(), item)).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, item)| (key.replace('~', "~0").replace('/', "~1"), item)).collect()
        }
        _ => Vec::new(),
    };
    for (step, item) in members {
        let pointer = format!("{at}/{step}");
        pointers.push(pointer.clone());
        collect(item, &pointer, pointers);
    }
}
