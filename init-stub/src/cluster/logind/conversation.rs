//! What is said to one client: bytes in, answers out, no socket. First lines of text for the handshake, then messages.
//! Who the client is, the socket knows already, so the handshake proves nothing here.

use crate::core::codec::dbus::{LONGEST, Message, Parsed, Writer, answer, parse, refusal, signal};

const MANAGER: &str = "org.freedesktop.login1.Manager";
const MANAGER_PATH: &str = "/org/freedesktop/login1";
const BUS: &str = "org.freedesktop.DBus";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// The longest line of the handshake.
const LONGEST_LINE: usize = 256;
/// Identity of this bus, which a client may keep and never needs.
const GUID: &str = "6b65656c2d696e69740000000000001a";

/// Something to send.
#[derive(Debug, PartialEq, Eq)]
pub enum BusReply {
    /// These bytes.
    Bytes(Vec<u8>),
    /// These bytes, with the descriptor of a new lock.
    Lock(Vec<u8>),
}

/// The client does not speak the protocol; it is to be dropped.
#[derive(Debug, PartialEq, Eq)]
pub struct Invalid;

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    /// Before the zero byte that begins everything.
    Nothing,
    /// Lines; the mechanism is not chosen.
    Lines,
    /// AUTH EXTERNAL without an identity was said.
    Chosen,
    /// OK was said.
    Accepted,
    /// BEGIN was said.
    Messages,
}

/// One client's side of the talk.
pub struct Conversation {
    phase: Phase,
    inbox: Vec<u8>,
    name: String,
    delay_us: u64,
    listens: bool,
}

impl Conversation {
    /// A talk with client `number`, which reports that locks delay a shutdown for up to `delay_ms`.
    pub fn new(number: u64, delay_ms: u64) -> Self {
        let delay_us = delay_ms.saturating_mul(1000);
        Self { phase: Phase::Nothing, inbox: Vec::new(), name: format!(":1.{number}"), delay_us, listens: false }
    }

    /// Takes what the client sent.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Vec<BusReply>, Invalid> {
        self.inbox.extend(bytes);
        let mut answers = Vec::new();
        loop {
            let inbox = std::mem::take(&mut self.inbox);
            let taken = self.next(&inbox, &mut answers)?;
            self.inbox = inbox.get(taken..).unwrap_or_default().to_vec();
            if taken == 0 {
                // A whole message is never longer, so what waits here is bounded.
                return if self.inbox.len() > LONGEST { Err(Invalid) } else { Ok(answers) };
            }
        }
    }

    /// The message about a shutdown, if the client subscribed to it.
    pub fn shutdown(&self) -> Option<Vec<u8>> {
        self.listens.then(|| signal(&self.name, MANAGER_PATH, MANAGER, "PrepareForShutdown", true))
    }

    /// Handles one line or message and returns how long it was; 0: not all of it is here.
    fn next(&mut self, inbox: &[u8], answers: &mut Vec<BusReply>) -> Result<usize, Invalid> {
        match (&self.phase, inbox.first()) {
            (_, None) => Ok(0),
            (Phase::Nothing, Some(0)) => {
                self.phase = Phase::Lines;
                Ok(1)
            }
            (Phase::Nothing, Some(_)) => Err(Invalid),
            (Phase::Messages, Some(_)) => match parse(inbox) {
                Parsed::Begun => Ok(0),
                Parsed::Invalid => Err(Invalid),
                Parsed::Whole(message, length) => {
                    if message.wants_answer() {
                        answers.push(self.answer(&message));
                    }
                    Ok(length)
                }
            },
            (_, Some(_)) => match inbox.windows(2).position(|pair| pair == b"\r\n") {
                Some(end) if end <= LONGEST_LINE => {
                    let reply = self.line(inbox.get(..end).unwrap_or_default());
                    answers.extend(reply.map(|line| BusReply::Bytes(format!("{line}\r\n").into_bytes())));
                    Ok(end + 2)
                }
                // The line may be whole but for its last byte.
                None if inbox.len() <= LONGEST_LINE + 1 => Ok(0),
                _ => Err(Invalid),
            },
        }
    }

    /// One line of the handshake. A client may give its identity at once or when it is asked for data.
    fn line(&mut self, line: &[u8]) -> Option<String> {
        let mut words = line.split(|byte| *byte == b' ');
        let accepted = Some(format!("OK {GUID}"));
        match (&self.phase, words.next().unwrap_or_default(), words.next(), words.next()) {
            (Phase::Lines, b"AUTH", Some(b"EXTERNAL"), None) => {
                self.phase = Phase::Chosen;
                Some("DATA".into())
            }
            (Phase::Lines, b"AUTH", Some(b"EXTERNAL"), Some(_)) | (Phase::Chosen, b"DATA", ..) => {
                self.phase = Phase::Accepted;
                accepted
            }
            (Phase::Lines, b"AUTH", ..) => Some("REJECTED EXTERNAL".into()),
            (Phase::Accepted, b"NEGOTIATE_UNIX_FD", ..) => Some("AGREE_UNIX_FD".into()),
            (Phase::Accepted, b"BEGIN", ..) => {
                self.phase = Phase::Messages;
                None
            }
            _ => Some("ERROR".into()),
        }
    }

    fn answer(&mut self, call: &Message<'_>) -> BusReply {
        let arguments = call.strings();
        let mut body = Writer::default();
        let (signature, is_lock) = match (call.interface, call.member, arguments.as_slice()) {
            (BUS, "Hello", _) => {
                body.string(&self.name);
                ("s", false)
            }
            (PROPERTIES, "Get", [MANAGER, "InhibitDelayMaxUSec"]) => {
                body.signature("t");
                body.long(self.delay_us);
                ("v", false)
            }
            (MANAGER, "Inhibit", ["shutdown", _, _, "delay"]) => {
                body.number(0);
                ("h", true)
            }
            (BUS, "AddMatch", _) => {
                self.listens = true;
                ("", false)
            }
            _ => return BusReply::Bytes(refusal(call.serial, "org.freedesktop.DBus.Error.UnknownMethod")),
        };
        let bytes = answer(call.serial, signature, u32::from(is_lock), body);
        if is_lock { BusReply::Lock(bytes) } else { BusReply::Bytes(bytes) }
    }
}

#[cfg(test)]
mod tests;
