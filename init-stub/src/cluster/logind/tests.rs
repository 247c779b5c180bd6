use super::*;
use crate::core::codec::dbus::recorded::{ADD_MATCH, GET_DELAY, HANDSHAKE, HELLO, INHIBIT, Noise};
use crate::scratch::Scratch;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use std::io::{IoSliceMut, Write};

/// The bus and the folder of its socket. Serving is what a wake-up of the event loop does.
struct Bus {
    bus: Logind,
    path: String,
    _folder: Scratch,
}

fn bus(name: &str) -> Bus {
    let folder = Scratch::new(name);
    let path = folder.join("bus").to_string_lossy().into_owned();
    Bus { bus: Logind::listen(&path, 30_000, &|_| Ok(())).unwrap(), path, _folder: folder }
}

impl Bus {
    fn serve(&mut self) {
        self.bus.serve(&|_| Ok(()));
    }

    fn client(&mut self) -> UnixStream {
        let stream = UnixStream::connect(&self.path).unwrap();
        stream.set_nonblocking(true).unwrap();
        stream
    }

    /// Sends and returns what came back.
    fn ask(&mut self, client: &mut UnixStream, bytes: &[u8]) -> (Vec<u8>, Option<OwnedFd>) {
        client.write_all(bytes).unwrap();
        self.serve();
        let mut buffer = [0; 4096];
        let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let got = recvmsg(&*client, &mut [IoSliceMut::new(&mut buffer)], &mut ancillary, RecvFlags::empty());
        let descriptor = ancillary.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
            _ => None,
        });
        (buffer[..got.map_or(0, |got| got.bytes)].to_vec(), descriptor)
    }

    /// A client that did what the kubelet does when it starts, and its lock.
    fn kubelet(&mut self) -> (UnixStream, OwnedFd) {
        let mut client = self.client();
        for piece in HANDSHAKE {
            self.ask(&mut client, piece);
        }
        self.ask(&mut client, HELLO);
        self.ask(&mut client, GET_DELAY);
        let (_, lock) = self.ask(&mut client, INHIBIT);
        self.ask(&mut client, ADD_MATCH);
        (client, lock.expect("no descriptor came with the answer"))
    }
}

#[test]
fn a_lock_is_held_until_its_descriptor_is_closed_and_the_signal_reaches_its_holder() {
    let mut bus = bus("logind-lock");
    assert!(!bus.bus.is_locked());
    let (mut client, lock) = bus.kubelet();
    assert!(bus.bus.is_locked());
    bus.bus.announce_shutdown();
    let (signal, _) = bus.ask(&mut client, b"");
    assert!(signal.windows(18).any(|part| part == b"PrepareForShutdown") && signal.ends_with(b"\x01\0\0\0"));
    // What is written into a lock says nothing.
    assert_eq!(rustix::io::write(&lock, b"noise"), Ok(5));
    bus.serve();
    assert!(bus.bus.is_locked());
    drop(lock);
    bus.serve();
    assert!(!bus.bus.is_locked());
}

#[test]
fn a_client_that_comes_again_has_a_new_lock_and_the_old_one_may_go() {
    let mut bus = bus("logind-again");
    let (first, old) = bus.kubelet();
    drop(first);
    let (_second, new) = bus.kubelet();
    drop(old);
    bus.serve();
    assert!(bus.bus.is_locked());
    drop(new);
    bus.serve();
    assert!(!bus.bus.is_locked());
}

#[test]
fn garbage_ends_a_connection_and_no_other() {
    let mut bus = bus("logind-garbage");
    let (_kubelet, _lock) = bus.kubelet();
    let mut noise = Noise(3);
    for _ in 0..50 {
        let mut client = bus.client();
        // The bus may hang up before all of it is written.
        let _ = client.write_all(&[b"\0".as_slice(), &vec![b'x'; 300], &noise.bytes(2000)].concat());
        bus.serve();
        assert_eq!(bus.bus.clients.len(), 1);
    }
    assert!(bus.bus.is_locked());
}

#[test]
fn clients_and_locks_are_counted() {
    let mut bus = bus("logind-many");
    let many: Vec<UnixStream> = (0..MOST_CLIENTS + 3).map(|_| bus.client()).collect();
    bus.serve();
    assert_eq!(bus.bus.clients.len(), MOST_CLIENTS);
    drop(many);
    bus.serve();
    assert_eq!(bus.bus.clients.len(), 0);

    let (mut greedy, first) = bus.kubelet();
    let more: Vec<_> = (1..MOST_LOCKS).map(|_| bus.ask(&mut greedy, INHIBIT).1.unwrap()).collect();
    assert_eq!(bus.bus.locks.len(), MOST_LOCKS);
    assert!(bus.ask(&mut greedy, INHIBIT).1.is_none());
    assert_eq!(bus.bus.clients.len(), 0);
    drop((first, more));
    bus.serve();
    assert!(!bus.bus.is_locked());
}

#[test]
fn a_client_that_never_reads_is_not_waited_for() {
    let mut bus = bus("logind-deaf");
    let (mut deaf, _lock) = bus.kubelet();
    for _ in 0..100_000 {
        if deaf.write_all(HELLO).is_err() {
            break;
        }
        bus.serve();
    }
    assert_eq!(bus.bus.clients.len(), 0);
}

#[test]
fn the_socket_is_its_users_alone() {
    let bus = bus("logind-mode");
    let mode = std::fs::metadata(&bus.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
