//! As much of logind and of a system bus as the kubelet needs to learn of a shutdown and to delay it: a socket of its
//! own, served from the event loop. A client that holds a lock has the read end of a pipe here; its end is the pipe's.

pub mod conversation;

use crate::core::error::{Code, Result, Step};
use crate::pid1::event_loop::Token;
use crate::pid1::node::Node;
use conversation::{BusReply, Conversation};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg, sockopt::socket_peercred};
use rustix::pipe::{PipeFlags, pipe_with};
use std::io::{ErrorKind, IoSlice, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};

const SOCKET: &str = "/run/keel/logind.sock";

/// The kubelet has one connection and, for a moment, two locks; the rest is room for its mistakes.
const MOST_CLIENTS: usize = 8;
const MOST_LOCKS: usize = 8;
/// Reads of one turn: a client that never stops talking must not keep PID 1 from everything else.
const BURST: usize = 16;

/// The environment of a process that is to find this bus in place of the system's.
pub fn environment() -> (String, String) {
    ("DBUS_SYSTEM_BUS_ADDRESS".into(), format!("unix:path={SOCKET}"))
}

/// Opens the bus where pods are to be drained. `grace_ms` is how long they get in all; 0: no bus, no drain.
pub fn open(node: &mut Node, grace_ms: u64) -> Result<()> {
    if grace_ms > 0 {
        let token = node.events.token();
        let opened = Logind::listen(SOCKET, grace_ms, &|fd| node.events.watch(fd, token));
        *node.state() = Some((token, opened.step(Code::KernelRefused, "listen on", SOCKET)?));
    }
    Ok(())
}

/// The bus, once it is open, and the token of all its descriptors.
type Open = Option<(Token, Logind)>;

/// Does what is asked for, if it was one of its descriptors that can be read.
pub fn serve(node: &mut Node, readable: Token) {
    let Some((token, mut logind)) = node.state::<Open>().take() else { return };
    if token == readable {
        logind.serve(&|fd| node.events.watch(fd, token));
    }
    *node.state() = Some((token, logind));
}

/// Whether somebody delays a shutdown.
pub fn is_locked(node: &mut Node) -> bool {
    node.state::<Open>().as_ref().is_some_and(|(_, logind)| logind.is_locked())
}

/// Tells everybody who listens that the machine is about to stop. How long they may delay that, in milliseconds; None: nobody
/// does.
pub fn announce_shutdown(node: &mut Node) -> Option<u64> {
    let (_, logind) = node.state::<Open>().as_mut().filter(|(_, logind)| logind.is_locked())?;
    logind.announce_shutdown();
    Some(logind.delay_ms)
}

/// The bus.
pub struct Logind {
    /// None once accepting has failed: nobody can be waited for then, but the node goes on.
    listener: Option<UnixListener>,
    clients: Vec<Client>,
    locks: Vec<OwnedFd>,
    connections: u64,
    delay_ms: u64,
}

struct Client {
    stream: UnixStream,
    conversation: Conversation,
}

/// Has the event loop watch a descriptor.
type Watch<'a> = &'a dyn Fn(BorrowedFd<'_>) -> std::io::Result<()>;

impl Logind {
    fn listen(path: &str, delay_ms: u64, watch: Watch<'_>) -> std::io::Result<Self> {
        let listener = UnixListener::bind(path)?;
        // No process that could connect has been started yet.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        watch(listener.as_fd())?;
        Ok(Self { listener: Some(listener), clients: Vec::new(), locks: Vec::new(), connections: 0, delay_ms })
    }

    /// Does whatever there is to do.
    fn serve(&mut self, watch: Watch<'_>) {
        self.accept(watch);
        let locks = &mut self.locks;
        self.clients.retain_mut(|client| client.serve(locks, watch));
        self.locks.retain(is_held);
    }

    /// Whether somebody delays a shutdown.
    fn is_locked(&self) -> bool {
        !self.locks.is_empty()
    }

    /// Tells everybody who listens that the machine is about to stop.
    fn announce_shutdown(&mut self) {
        self.clients.retain(|client| client.conversation.shutdown().is_none_or(|signal| client.send(&signal, None)));
    }

    fn accept(&mut self, watch: Watch<'_>) {
        while let Some(listener) = &self.listener {
            match listener.accept() {
                Ok((stream, _)) => {
                    self.connections += 1;
                    if self.clients.len() < MOST_CLIENTS && is_own_user(&stream) && prepare(&stream, watch).is_ok() {
                        let conversation = Conversation::new(self.connections, self.delay_ms);
                        self.clients.push(Client { stream, conversation });
                    }
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => return,
                Err(e) if e.kind() == ErrorKind::ConnectionAborted => {}
                // It would stay readable, and the event loop would never rest again.
                Err(_) => self.listener = None,
            }
        }
    }
}

/// The user of PID 1, which is root: the socket's mode says so as well, but a mode can be changed.
fn is_own_user(stream: &UnixStream) -> bool {
    socket_peercred(stream).is_ok_and(|peer| peer.uid == rustix::process::geteuid())
}

fn prepare(stream: &UnixStream, watch: Watch<'_>) -> std::io::Result<()> {
    stream.set_nonblocking(true)?;
    watch(stream.as_fd())
}

/// A lock is held until every copy of its write end is closed. What is written into it has no meaning.
fn is_held(lock: &OwnedFd) -> bool {
    !matches!(rustix::io::read(lock, &mut [0; 64]), Ok(0))
}

impl Client {
    /// Reads and answers; false when the client is gone or is to be dropped.
    fn serve(&mut self, locks: &mut Vec<OwnedFd>, watch: Watch<'_>) -> bool {
        let mut buffer = [0; 1024];
        for _ in 0..BURST {
            match self.stream.read(&mut buffer) {
                Ok(0) => return false,
                Ok(n) => match self.conversation.take(buffer.get(..n).unwrap_or_default()) {
                    Ok(answers) if answers.iter().all(|answer| self.say(answer, locks, watch)) => {}
                    _ => return false,
                },
                Err(e) => return e.kind() == ErrorKind::WouldBlock,
            }
        }
        true
    }

    fn say(&self, answer: &BusReply, locks: &mut Vec<OwnedFd>, watch: Watch<'_>) -> bool {
        match answer {
            BusReply::Bytes(bytes) => self.send(bytes, None),
            BusReply::Lock(bytes) => {
                let Some((ours, theirs)) =
                    (locks.len() < MOST_LOCKS).then(|| new_lock(watch)).and_then(|made| made.ok())
                else {
                    return false;
                };
                locks.push(ours);
                self.send(bytes, Some(theirs.as_fd()))
            }
        }
    }

    /// False when not all of it could be sent at once: a client that does not read is not waited for.
    fn send(&self, bytes: &[u8], descriptor: Option<BorrowedFd<'_>>) -> bool {
        let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        let descriptors = descriptor.as_slice();
        if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
            return false;
        }
        sendmsg(&self.stream, &[IoSlice::new(bytes)], &mut ancillary, SendFlags::NOSIGNAL) == Ok(bytes.len())
    }
}

/// Both ends of a pipe; the first stays here.
fn new_lock(watch: Watch<'_>) -> std::io::Result<(OwnedFd, OwnedFd)> {
    let (ours, theirs) = pipe_with(PipeFlags::CLOEXEC)?;
    rustix::io::ioctl_fionbio(&ours, true)?;
    watch(ours.as_fd())?;
    Ok((ours, theirs))
}

#[cfg(test)]
mod tests;
