//! Strict JSON: what two parsers could read differently is refused, with the JSON pointer of the place.

use super::{Flaw, Refusal};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::fmt;

/// Largest integer that a JSON number carries through every parser: 2^53 - 1.
const MAX_INTEGER: u64 = 9_007_199_254_740_991;
/// No object of the schema has as many keys; the bound keeps the search for duplicates cheap.
const MAX_KEYS: usize = 64;

/// One JSON value. Objects keep the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number; others than integers are refused while reading.
    Integer(i64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object; no key occurs twice.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The value of `key`, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Self::Object(members) => members.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// Reads one document. Nesting is bounded by serde_json at 128 levels.
pub fn read(bytes: &[u8]) -> Result<Json, Refusal> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(Refusal::new("", "starts with a byte order mark"));
    }
    std::str::from_utf8(bytes).map_err(|e| Refusal::new("", format!("is not UTF-8 at byte {}", e.valid_up_to())))?;
    let path = Path::default();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = path.deserialize(&mut deserializer).map_err(|e| refusal(&path, &e, bytes.len()))?;
    deserializer.end().map_err(|e| Refusal::new("", e.to_string()))?;
    Ok(value)
}

/// A document that ends too early is one that was not copied whole: its place is that end, and not a place in the config.
fn refusal(path: &Path, error: &serde_json::Error, length: usize) -> Refusal {
    if error.is_eof() && length > 0 {
        let message = format!("it is truncated: its {length} bytes end in the middle of the JSON");
        return Refusal { flaw: Flaw::Truncated, ..Refusal::new("", message) };
    }
    Refusal::new(path.pointer(), error.to_string())
}

/// Appends one step to a JSON pointer.
pub fn step(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Where the reader is. A step stays when its value is refused, so that the refusal can name the place.
#[derive(Default)]
struct Path(Cell<Vec<String>>);

impl Path {
    fn pointer(&self) -> String {
        self.with(|keys| keys.iter().fold(String::new(), |pointer, key| step(&pointer, key)))
    }

    fn enter(&self, key: String) {
        self.with(|keys| keys.push(key));
    }

    fn leave(&self) {
        self.with(|keys| drop(keys.pop()));
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<String>) -> T) -> T {
        let mut keys = self.0.take();
        let result = act(&mut keys);
        self.0.set(keys);
        result
    }
}

impl<'de> DeserializeSeed<'de> for &Path {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Path {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Json, E> {
        match i64::try_from(value) {
            Ok(integer) if value <= MAX_INTEGER => Ok(Json::Integer(integer)),
            _ => Err(E::custom("the number is larger than 2^53 - 1")),
        }
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Json, E> {
        if value.unsigned_abs() <= MAX_INTEGER {
            Ok(Json::Integer(value))
        } else {
            Err(E::custom("the number is smaller than -(2^53 - 1)"))
        }
    }

    /// serde_json gives `1.0`, `1e3`, `-0` and integers beyond 64 bits as floating point.
    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Json, E> {
        Err(E::custom("a number must be an integer of plain digits"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.into()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        loop {
            self.enter(list.len().to_string());
            let Some(value) = access.next_element_seed(self)? else { break };
            self.leave();
            list.push(value);
        }
        self.leave();
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        while let Some(key) = access.next_key::<String>()? {
            self.enter(key.clone());
            if members.iter().any(|(name, _)| *name == key) {
                return Err(A::Error::custom("the key occurs twice"));
            }
            if members.len() >= MAX_KEYS {
                return Err(A::Error::custom(format!("the object has more than {MAX_KEYS} keys")));
            }
            let value = access.next_value_seed(self)?;
            self.leave();
            members.push((key, value));
        }
        Ok(Json::Object(members))
    }
}
