//! Text values of a YAML document that somebody else wrote. The parser makes events and never expands an alias, and
//! what is built of them here shares what an alias means: a small document stays small.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Deeper than any meta-data; it bounds the recursion of [`Builder`].
const DEEPEST: usize = 64;
/// How many mappings a search looks through; merge keys may lead through the same one again and again.
const MOST_MAPPINGS: usize = 1000;

/// One value. What no caller asks for has no shape.
enum Node {
    Text(String),
    Nothing,
    List(Vec<Rc<Node>>),
    Mapping(Pairs),
}

/// Keys and values in the order of the document.
type Pairs = Vec<(Rc<Node>, Rc<Node>)>;

/// A document whose top level is a mapping.
pub struct Document(Rc<Node>);

impl Document {
    /// Reads the first document of a stream; None: it is empty. The error says where and why it is not YAML, or that it is
    /// not a mapping.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, String> {
        let text = std::str::from_utf8(bytes).map_err(|e| format!("it is not UTF-8 at byte {}", e.valid_up_to()))?;
        // JSON may be indented with tabs, which YAML forbids in most places.
        let json =
            || serde_json::from_slice::<serde_json::Value>(text.trim_start_matches('\u{feff}').as_bytes()).map(of_json);
        let root = Builder::new(text).document().or_else(|why| json().map(Some).map_err(|_| why))?;
        match root.as_deref() {
            None | Some(Node::Nothing) => Ok(None),
            Some(Node::Mapping(_)) => Ok(root.map(Self)),
            Some(_) => Err("it has no keys at its top level".into()),
        }
    }

    /// The text at a key of the top level, as it is written; None where there is none or an empty one. A number and a
    /// boolean are their text. Of a key that occurs twice the last counts, as everywhere.
    pub fn text(&self, key: &str) -> Option<String> {
        let mut left = MOST_MAPPINGS;
        match &*find(&self.0, key, &mut left)? {
            Node::Text(text) if !text.is_empty() => Some(text.clone()),
            _ => None,
        }
    }
}

/// The value at a key of a mapping, or of the mappings that its merge key names.
fn find(node: &Node, key: &str, left: &mut usize) -> Option<Rc<Node>> {
    *left = left.checked_sub(1)?;
    let Node::Mapping(pairs) = node else { return None };
    let at = |wanted: &str| {
        let is_it = |name: &Node| matches!(name, Node::Text(text) if text == wanted);
        pairs.iter().rev().find(|(name, _)| is_it(name)).map(|(_, value)| Rc::clone(value))
    };
    at(key).or_else(|| match &*at("<<")? {
        Node::List(parents) => parents.iter().find_map(|parent| find(parent, key, left)),
        parent => find(parent, key, left),
    })
}

fn of_json(value: serde_json::Value) -> Rc<Node> {
    use serde_json::Value;
    Rc::new(match value {
        Value::Null => Node::Nothing,
        Value::Bool(value) => Node::Text(value.to_string()),
        Value::Number(value) => Node::Text(value.to_string()),
        Value::String(text) => Node::Text(text),
        Value::Array(list) => Node::List(list.into_iter().map(of_json).collect()),
        Value::Object(pairs) => {
            Node::Mapping(pairs.into_iter().map(|(key, value)| (Rc::new(Node::Text(key)), of_json(value))).collect())
        }
    })
}

/// Makes nodes of the parser's events.
struct Builder<'a> {
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: BTreeMap<usize, Rc<Node>>,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        Self { events: Parser::new_from_str(text), anchors: BTreeMap::new() }
    }

    fn document(mut self) -> Result<Option<Rc<Node>>, String> {
        loop {
            match self.next()? {
                Event::StreamEnd => return Ok(None),
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
                first => return self.node(first, 0).map(Some),
            }
        }
    }

    fn next(&mut self) -> Result<Event<'a>, String> {
        match self.events.next_event() {
            Some(Ok((event, _))) => Ok(event),
            Some(Err(error)) => Err(shown(&error)),
            None => Ok(Event::StreamEnd),
        }
    }

    fn node(&mut self, event: Event<'a>, depth: usize) -> Result<Rc<Node>, String> {
        if depth > DEEPEST {
            return Err(format!("it is nested more than {DEEPEST} levels deep"));
        }
        let (anchor, node) = match event {
            Event::Alias(id) => {
                return self
                    .anchors
                    .get(&id)
                    .cloned()
                    .ok_or_else(|| "an alias is inside the value that it refers to".into());
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_null = matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let node = match style {
                    ScalarStyle::Plain if is_null && tag.is_none() => Node::Nothing,
                    _ => Node::Text(text.into_owned()),
                };
                (anchor, node)
            }
            Event::SequenceStart(anchor, _) => (anchor, Node::List(self.list(depth)?)),
            Event::MappingStart(anchor, _) => (anchor, Node::Mapping(self.pairs(depth)?)),
            _ => return Err("it ends in the middle of a value".into()),
        };
        let node = Rc::new(node);
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Rc<Node>>, String> {
        let mut list = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(list),
                item => list.push(self.node(item, depth + 1)?),
            }
        }
    }

    fn pairs(&mut self, depth: usize) -> Result<Pairs, String> {
        let mut pairs = Vec::new();
        loop {
            match self.next()? {
                Event::MappingEnd => return Ok(pairs),
                key => {
                    let key = self.node(key, depth + 1)?;
                    let value = self.next()?;
                    pairs.push((key, self.node(value, depth + 1)?));
                }
            }
        }
    }
}

/// The place and the kind of a mistake. The document itself may hold a secret, so none of it is quoted.
fn shown(error: &ScanError) -> String {
    format!("it is not YAML at line {} column {}: {}", error.marker().line(), error.marker().col() + 1, error.info())
}

#[cfg(test)]
mod tests;
