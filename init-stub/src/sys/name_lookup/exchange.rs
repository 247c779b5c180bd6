//! Both questions to one name server, each from a port of its own: what passes packets on may take two from one port for one.

use crate::core::codec::dns::{DnsReply, answer};
use crate::sys::udp::connected;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::io::Result;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// How long an answer that ends the wait waits for the other one: servers exist that never answer one of the questions.
const OTHER_ANSWER_WAIT: Duration = Duration::from_millis(300);

/// A question under way.
struct Asked<'a> {
    socket: UdpSocket,
    question: &'a [u8],
    reply: Option<DnsReply>,
}

/// The addresses of a name of both families, as a server knows them; none in the list: the name has none. None: the server could not
/// find out, or does not answer within `left`. A question that cannot be sent is a failure.
pub fn exchange(server: SocketAddr, questions: [&[u8]; 2], left: Duration) -> Result<Option<Vec<IpAddr>>> {
    let mut until = Instant::now() + left;
    let mut all = Vec::new();
    for question in questions {
        let socket = connected(server)?;
        socket.set_nonblocking(true)?;
        socket.send(question)?;
        all.push(Asked { socket, question, reply: None });
    }
    while all.iter().any(|asked| asked.reply.is_none()) && wait(&all, until)? {
        for asked in all.iter_mut().filter(|asked| asked.reply.is_none()) {
            asked.hear();
            if asked.reply.as_ref().is_some_and(is_enough) {
                until = until.min(Instant::now() + OTHER_ANSWER_WAIT);
            }
        }
    }
    Ok(sum(all.into_iter().map(|asked| asked.reply)))
}

/// Whether the answer to the other question would change little.
fn is_enough(reply: &DnsReply) -> bool {
    match reply {
        DnsReply::Addresses(addresses) => !addresses.is_empty(),
        DnsReply::NoSuchName => true,
        DnsReply::Stray | DnsReply::Failed => false,
    }
}

/// Both answers together: a name has no addresses only if nothing is left that could have some.
fn sum(replies: impl Iterator<Item = Option<DnsReply>>) -> Option<Vec<IpAddr>> {
    let (mut addresses, mut is_unknown, mut is_open) = (Vec::new(), false, false);
    for reply in replies {
        match reply {
            Some(DnsReply::Addresses(more)) => addresses.extend(more),
            Some(DnsReply::NoSuchName) => is_unknown = true,
            Some(DnsReply::Stray | DnsReply::Failed) | None => is_open = true,
        }
    }
    let is_answered = !addresses.is_empty() || is_unknown || !is_open;
    is_answered.then_some(addresses)
}

impl Asked<'_> {
    /// Takes what has come. An answer to another question may be late or forged; the right one may still come.
    fn hear(&mut self) {
        let mut buffer = [0; 1500];
        match self.socket.recv(&mut buffer) {
            Ok(size) => {
                let reply = answer(self.question, buffer.get(..size).unwrap_or_default());
                self.reply = Some(reply).filter(|reply| *reply != DnsReply::Stray);
            }
            Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => {}
            // Nobody listens there.
            Err(_) => self.reply = Some(DnsReply::Failed),
        }
    }
}

/// Waits for what is missing; false: the time is over.
fn wait(all: &[Asked], until: Instant) -> Result<bool> {
    let left = until.saturating_duration_since(Instant::now());
    let timeout =
        Timespec { tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX), tv_nsec: i64::from(left.subsec_nanos()) };
    let missing = all.iter().filter(|asked| asked.reply.is_none());
    let mut polled: Vec<PollFd> = missing.map(|asked| PollFd::new(&asked.socket, PollFlags::IN)).collect();
    match poll(&mut polled, Some(&timeout)) {
        Err(Errno::INTR) => Ok(!left.is_zero()),
        ready => Ok(ready? > 0),
    }
}
