//! A netlink socket. The kernel answers each request by itself, so every call is one datagram out and its answer in.

use super::message::{KernelMessage, KernelReply, NetlinkRequest, answers};
use rustix::fd::OwnedFd;
use rustix::net::netlink::{GENERIC, NETFILTER};
use rustix::net::sockopt::{Timeout, set_socket_send_buffer_size_force, set_socket_timeout};
use rustix::net::{AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{Error, Result};
use std::time::Duration;

/// How long the kernel may take for an answer.
const ANSWER: Duration = Duration::from_secs(5);

/// A socket to ask for something.
pub struct NetlinkSocket {
    socket: OwnedFd,
    /// Of the last request: what answers an earlier one, which was given up, is passed over.
    sequence: Cell<u32>,
    /// For answers.
    buffer: Cell<Vec<u8>>,
}

impl NetlinkSocket {
    /// For links, addresses, routes and rules.
    pub fn of_routes() -> Result<Self> {
        Self::open(None)
    }

    /// For what has no protocol of its own.
    pub fn generic() -> Result<Self> {
        Self::open(Some(GENERIC))
    }

    /// For the packet filter.
    pub fn of_packet_filter() -> Result<Self> {
        Self::open(Some(NETFILTER))
    }

    fn open(protocol: Option<Protocol>) -> Result<Self> {
        let socket = netlink(SocketFlags::empty(), protocol)?;
        // The kernel answers at once; the bound only keeps a fault of ours from holding up PID 1.
        set_socket_timeout(&socket, Timeout::Recv, Some(ANSWER))?;
        Ok(Self { socket, sequence: Cell::new(0), buffer: Cell::new(vec![0; 64 << 10]) })
    }

    /// Asks for a change.
    pub fn request(&self, request: &NetlinkRequest) -> Result<()> {
        self.call(request).map(drop)
    }

    /// Asks for a list. One that changed meanwhile is asked for again, but not forever.
    pub fn list(&self, request: &NetlinkRequest) -> Result<Vec<Vec<u8>>> {
        const MOST_TRIES: u32 = 4;
        let (mut bodies, mut is_interrupted) = self.exchange(request)?;
        for _ in 1..MOST_TRIES {
            if !is_interrupted {
                break;
            }
            (bodies, is_interrupted) = self.exchange(request)?;
        }
        Ok(bodies)
    }

    /// Sends one request and collects the bodies of its answer.
    pub fn call(&self, request: &NetlinkRequest) -> Result<Vec<Vec<u8>>> {
        self.exchange(request).map(|(bodies, _)| bodies)
    }

    /// The bodies of an answer, and whether the list changed while the kernel wrote it.
    fn exchange(&self, request: &NetlinkRequest) -> Result<(Vec<Vec<u8>>, bool)> {
        let sequence = self.next_sequence();
        send(&self.socket, &request.bytes(sequence), SendFlags::empty())?;
        let (mut bodies, mut is_interrupted) = (Vec::new(), false);
        loop {
            for answer in self.receive()?.into_iter().filter(|answer| answer.sequence == sequence) {
                is_interrupted |= answer.is_interrupted;
                match answer.what {
                    KernelReply::Body(body) => bodies.push(body),
                    KernelReply::Done(0) => return Ok((bodies, is_interrupted)),
                    KernelReply::Done(errno) => return Err(Error::from_raw_os_error(errno)),
                }
            }
        }
    }

    /// Sends all in one datagram and waits for the answer to each. One may consist of several requests, of which the first failure counts.
    pub fn exchange_all(&self, changes: &[&[NetlinkRequest]]) -> Vec<Result<()>> {
        let mut waiting: BTreeMap<u32, usize> = BTreeMap::new();
        let mut datagram = Vec::new();
        for (place, change) in changes.iter().enumerate() {
            for part in *change {
                let sequence = self.next_sequence();
                waiting.insert(sequence, place);
                datagram.extend(part.bytes(sequence));
            }
        }
        let mut errnos = vec![0; changes.len()];
        let mut failed = send(&self.socket, &datagram, SendFlags::empty()).map(drop).map_err(Error::from);
        while failed.is_ok() && !waiting.is_empty() {
            match self.receive() {
                Ok(answers) => answers.into_iter().for_each(|answer| {
                    let KernelReply::Done(errno) = answer.what else { return };
                    let place = waiting.remove(&answer.sequence);
                    if let Some(first) = place.and_then(|place| errnos.get_mut(place)).filter(|first| **first == 0) {
                        *first = errno;
                    }
                }),
                Err(error) => failed = Err(error),
            }
        }
        let lost = failed.err().and_then(|error| error.raw_os_error());
        let result_of = |(place, errno): (usize, i32)| {
            let is_lost = waiting.values().any(|other| *other == place);
            let errno = if errno == 0 && is_lost { lost.unwrap_or(libc::EIO) } else { errno };
            if errno == 0 { Ok(()) } else { Err(Error::from_raw_os_error(errno)) }
        };
        errnos.into_iter().enumerate().map(result_of).collect()
    }

    /// Sends a batch, which is one datagram, however large. Its numbers are the caller's.
    pub fn send_batch(&self, bytes: &[u8]) -> Result<()> {
        set_socket_send_buffer_size_force(&self.socket, bytes.len() + (64 << 10))?;
        send(&self.socket, bytes, SendFlags::empty())?;
        Ok(())
    }

    fn next_sequence(&self) -> u32 {
        self.sequence.set(self.sequence.get().wrapping_add(1));
        self.sequence.get()
    }

    /// The messages of the next datagram.
    pub fn receive(&self) -> Result<Vec<KernelMessage>> {
        let mut buffer = self.buffer.take();
        let received = recv(&self.socket, buffer.as_mut_slice(), RecvFlags::empty());
        let found = received.map(|(length, _)| answers(buffer.get(..length).unwrap_or_default()));
        self.buffer.set(buffer);
        found.map_err(|error| match error {
            rustix::io::Errno::AGAIN => Error::from_raw_os_error(libc::ETIMEDOUT),
            error => error.into(),
        })
    }
}

/// Without a protocol it is the one of routes.
pub fn netlink(flags: SocketFlags, protocol: Option<Protocol>) -> Result<OwnedFd> {
    Ok(socket_with(AddressFamily::NETLINK, SocketType::RAW, flags | SocketFlags::CLOEXEC, protocol)?)
}
