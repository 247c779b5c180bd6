//! Values of a YAML document that somebody else wrote. The parser makes events and never expands an alias, and what is
//! built of them here shares what an alias means: a small document stays small. To read the same value again and again costs
//! steps, and they are bounded.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Deeper than any meta-data; it bounds the recursion of [`Builder`].
const DEEPEST: usize = 64;
/// Steps that the reader of a document may take; aliases and merge keys may lead through the same values again and again.
const MOST_STEPS: usize = 500_000;
/// Characters of a scalar that are read in one step.
const CHARACTERS: usize = 16;

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
pub struct Document {
    root: Rc<Node>,
    left: Cell<usize>,
}

/// A value of a document.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    node: &'a Node,
    /// Steps that are left for the whole document.
    left: &'a Cell<usize>,
}

impl Document {
    /// Reads the first document of a stream; None: it is empty. The error says where and why it is not YAML, or that it is
    /// not a mapping.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, String> {
        let text = std::str::from_utf8(bytes).map_err(|e| format!("it is not UTF-8 at byte {}", e.valid_up_to()))?;
        // JSON may be indented with tabs, which YAML forbids in most places.
        let root = Builder::new(text).document().or_else(|why| json(bytes).map(Some).map_err(|_| why))?;
        Self::of(root)
    }

    /// Reads JSON, of which an empty document is None. The error says where and why it is not JSON, or that it is not an object.
    pub fn read_json(bytes: &[u8]) -> Result<Option<Self>, String> {
        if bytes.trim_ascii().is_empty() {
            return Ok(None);
        }
        let root = json(bytes).map_err(|e| format!("it is not JSON at line {} column {}", e.line(), e.column()))?;
        Self::of(Some(root))
    }

    fn of(root: Option<Rc<Node>>) -> Result<Option<Self>, String> {
        match root.as_deref() {
            None | Some(Node::Nothing) => Ok(None),
            Some(Node::Mapping(_)) => Ok(root.map(|root| Self { root, left: Cell::new(MOST_STEPS) })),
            Some(_) => Err("it has no keys at its top level".into()),
        }
    }

    /// The text at a key of the top level, as it is written; None where there is none or an empty one.
    pub fn text(&self, key: &str) -> Option<String> {
        self.root().get(key)?.text().map(str::to_owned)
    }

    /// The mapping at the top level.
    pub fn root(&self) -> Value<'_> {
        Value { node: &self.root, left: &self.left }
    }

    /// Whether the document was too large to be read to its end.
    pub fn is_exhausted(&self) -> bool {
        self.left.get() == 0
    }
}

impl<'a> Value<'a> {
    /// The value at a key of a mapping, or of the mappings that its merge key names. Of a key that occurs twice the last
    /// counts, as everywhere. None where there is none, or null.
    pub fn get(self, key: &str) -> Option<Self> {
        let node = find(self.node, key, self.left)?;
        (!matches!(node, Node::Nothing)).then_some(Self { node, ..self })
    }

    /// A scalar as it is written, unless it is empty; a number and a boolean are their text.
    pub fn text(self) -> Option<&'a str> {
        match self.node {
            Node::Text(text) if !text.is_empty() => {
                spend(self.left, 1 + text.len() / CHARACTERS).then_some(text.as_str())
            }
            _ => None,
        }
    }

    /// The values of a list; of another value none.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let list: &[Rc<Node>] = match self.node {
            Node::List(list) if spend(self.left, 1 + list.len()) => list,
            _ => &[],
        };
        list.iter().map(move |node| Self { node, ..self })
    }

    /// Keys and values of a mapping in the order of the document, without those that a merge key names.
    pub fn entries(self) -> impl Iterator<Item = (&'a str, Self)> {
        let pairs: &[(Rc<Node>, Rc<Node>)] = match self.node {
            Node::Mapping(pairs) if spend(self.left, 1 + pairs.len()) => pairs,
            _ => &[],
        };
        pairs.iter().filter_map(move |(key, node)| match &**key {
            Node::Text(key) if key != "<<" => Some((key.as_str(), Self { node, ..self })),
            _ => None,
        })
    }

    /// Whether it is a list.
    pub fn is_list(self) -> bool {
        matches!(self.node, Node::List(_))
    }

    /// Whether it is a mapping.
    pub fn is_mapping(self) -> bool {
        matches!(self.node, Node::Mapping(_))
    }
}

/// Takes steps; false: there are not so many left, and so none.
fn spend(left: &Cell<usize>, steps: usize) -> bool {
    let rest = left.get().checked_sub(steps);
    left.set(rest.unwrap_or(0));
    rest.is_some()
}

/// The value at a key of a mapping, or of the mappings that its merge key names.
fn find<'a>(node: &'a Node, key: &str, left: &Cell<usize>) -> Option<&'a Node> {
    let Node::Mapping(pairs) = node else { return None };
    if !spend(left, 1 + pairs.len()) {
        return None;
    }
    let at = |wanted: &str| {
        let is_it = |name: &Node| matches!(name, Node::Text(text) if text == wanted);
        pairs.iter().rev().find(|(name, _)| is_it(name)).map(|(_, value)| &**value)
    };
    at(key).or_else(|| match at("<<")? {
        Node::List(parents) => parents.iter().find_map(|parent| find(parent, key, left)),
        parent => find(parent, key, left),
    })
}

fn json(bytes: &[u8]) -> serde_json::Result<Rc<Node>> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    serde_json::from_slice::<serde_json::Value>(bytes).map(of_json)
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
