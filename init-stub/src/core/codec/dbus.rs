//! D-Bus messages as bytes, as far as four calls, their answers and one signal need them. [`parse`] is total: every
//! input is a call, not yet one, or none, and nothing is allocated by a length that the peer names.

/// The longest message that is taken; the kubelet's are below 300 bytes.
pub const LONGEST: usize = 4096;

const FIXED: usize = 16;
const CALL: u8 = 1;
const RETURN: u8 = 2;
const ERROR: u8 = 3;
const SIGNAL: u8 = 4;
const NO_REPLY_EXPECTED: u8 = 1;

const PATH: u8 = 1;
const INTERFACE: u8 = 2;
const MEMBER: u8 = 3;
const ERROR_NAME: u8 = 4;
const REPLY_SERIAL: u8 = 5;
const SENDER: u8 = 7;
const SIGNATURE: u8 = 8;
const UNIX_FDS: u8 = 9;

/// What the first bytes of a stream are.
#[derive(Debug, PartialEq, Eq)]
pub enum Parsed<'a> {
    /// The beginning of a message.
    Begun,
    /// A whole message and its length.
    Whole(Message<'a>, usize),
    /// No message of this protocol.
    Invalid,
}

/// A message from a client.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Message<'a> {
    kind: u8,
    flags: u8,
    /// The number by which an answer names it.
    pub serial: u32,
    /// `interface.member` in two parts; empty where there is none.
    pub interface: &'a str,
    /// The name of the method.
    pub member: &'a str,
    body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Whether it is a call whose caller waits for an answer.
    pub fn wants_answer(&self) -> bool {
        self.kind == CALL && self.flags & NO_REPLY_EXPECTED == 0
    }

    /// The arguments, if all of them are strings.
    pub fn strings(&self) -> Vec<&'a str> {
        let mut reader = Reader { bytes: self.body, at: 0 };
        std::iter::from_fn(|| reader.string()).collect()
    }
}

/// Looks for a message at the beginning of `bytes`.
pub fn parse(bytes: &[u8]) -> Parsed<'_> {
    let Some(&[order, kind, flags, version, b0, b1, b2, b3, s0, s1, s2, s3, f0, f1, f2, f3]) = bytes.first_chunk()
    else {
        return Parsed::Begun;
    };
    // Both lengths stay below 2^33 in their sum, so nothing overflows.
    let length = |quad| usize::try_from(u32::from_le_bytes(quad)).unwrap_or(usize::MAX / 4);
    let (fields, body) = (length([f0, f1, f2, f3]), length([b0, b1, b2, b3]));
    let (begin, end) = (FIXED + fields.next_multiple_of(8), FIXED + fields.next_multiple_of(8) + body);
    if order != b'l' || version != 1 || !(CALL..=SIGNAL).contains(&kind) || end > LONGEST {
        return Parsed::Invalid;
    }
    let (Some(head), Some(body)) = (bytes.get(..FIXED + fields), bytes.get(begin..end)) else { return Parsed::Begun };
    let mut message = Message { kind, flags, serial: u32::from_le_bytes([s0, s1, s2, s3]), body, ..Message::default() };
    let mut reader = Reader { bytes: head, at: FIXED };
    while reader.at < head.len() {
        match reader.field() {
            Some((INTERFACE, text)) => message.interface = text,
            Some((MEMBER, text)) => message.member = text,
            Some(_) => {}
            None => return Parsed::Invalid,
        }
    }
    Parsed::Whole(message, end)
}

/// Walks over values; `at` counts from the beginning of the message, because alignment does.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn number(&mut self) -> Option<u32> {
        self.at = self.at.next_multiple_of(4);
        self.take(4)?.first_chunk().map(|quad| u32::from_le_bytes(*quad))
    }

    /// The text behind a length, and the zero after it.
    fn text(&mut self, length: usize) -> Option<&'a str> {
        let text = std::str::from_utf8(self.take(length)?).ok()?;
        (self.byte()? == 0).then_some(text)
    }

    fn string(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        self.text(usize::try_from(length).ok()?)
    }

    /// A header field: its code, and its text where it has one.
    fn field(&mut self) -> Option<(u8, &'a str)> {
        self.at = self.at.next_multiple_of(8);
        let code = self.byte()?;
        let signature_length = usize::from(self.byte()?);
        let value = match self.text(signature_length)? {
            "s" | "o" => self.string()?,
            "g" => {
                let length = usize::from(self.byte()?);
                self.text(length)?
            }
            "u" => self.number().map(|_| "")?,
            _ => return None,
        };
        Some((code, value))
    }
}

/// Values one after the other, each at its alignment.
#[derive(Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    fn align(&mut self, to: usize) {
        self.0.resize(self.0.len().next_multiple_of(to), 0);
    }

    /// A 32-bit number, also a boolean or the index of a descriptor.
    pub fn number(&mut self, value: u32) {
        self.align(4);
        self.0.extend(value.to_le_bytes());
    }

    /// A 64-bit number.
    pub fn long(&mut self, value: u64) {
        self.align(8);
        self.0.extend(value.to_le_bytes());
    }

    /// A string or an object path.
    pub fn string(&mut self, text: &str) {
        // Every text that is written is one of a few short ones of this program.
        self.number(u32::try_from(text.len()).unwrap_or(0));
        self.0.extend(text.bytes().chain([0]));
    }

    /// A signature.
    pub fn signature(&mut self, text: &str) {
        self.0.push(u8::try_from(text.len()).unwrap_or(0));
        self.0.extend(text.bytes().chain([0]));
    }

    fn field(&mut self, code: u8, signature: &str) {
        self.align(8);
        self.0.push(code);
        self.signature(signature);
    }

    fn text_field(&mut self, code: u8, signature: &str, text: &str) {
        self.field(code, signature);
        if signature == "g" { self.signature(text) } else { self.string(text) }
    }

    fn number_field(&mut self, code: u8, value: u32) {
        self.field(code, "u");
        self.number(value);
    }
}

/// The answer to the call `to`; `signature` says what is in `body`, and `fds` how many descriptors are sent with it.
pub fn answer(to: u32, signature: &str, fds: u32, body: Writer) -> Vec<u8> {
    message(RETURN, body, |fields| {
        fields.number_field(REPLY_SERIAL, to);
        if !signature.is_empty() {
            fields.text_field(SIGNATURE, "g", signature);
        }
        if fds > 0 {
            fields.number_field(UNIX_FDS, fds);
        }
    })
}

/// The refusal of the call `to`.
pub fn refusal(to: u32, name: &str) -> Vec<u8> {
    message(ERROR, Writer::default(), |fields| {
        fields.text_field(ERROR_NAME, "s", name);
        fields.number_field(REPLY_SERIAL, to);
    })
}

/// A signal with one boolean.
pub fn signal(sender: &str, path: &str, interface: &str, member: &str, value: bool) -> Vec<u8> {
    let mut body = Writer::default();
    body.number(u32::from(value));
    message(SIGNAL, body, |fields| {
        fields.text_field(PATH, "o", path);
        fields.text_field(INTERFACE, "s", interface);
        fields.text_field(MEMBER, "s", member);
        fields.text_field(SENDER, "s", sender);
        fields.text_field(SIGNATURE, "g", "b");
    })
}

/// The serial is always 1: nobody answers an answer or a signal.
fn message(kind: u8, body: Writer, write_fields: impl FnOnce(&mut Writer)) -> Vec<u8> {
    // The fields begin at 16, a multiple of every alignment, so they may be written from 0.
    let mut fields = Writer::default();
    write_fields(&mut fields);
    let mut whole = Writer(vec![b'l', kind, NO_REPLY_EXPECTED, 1]);
    whole.number(u32::try_from(body.0.len()).unwrap_or(0));
    whole.number(1);
    whole.number(u32::try_from(fields.0.len()).unwrap_or(0));
    whole.0.extend(fields.0);
    whole.align(8);
    whole.0.extend(body.0);
    whole.0
}

#[cfg(test)]
pub mod recorded;
#[cfg(test)]
mod tests;
