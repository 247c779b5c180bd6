//! A server that gives fixed answers, one connection each, and remembers what it was asked.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// At the end of an answer: the connection stays open.
pub const HANG: &str = "\u{1}hang";

/// A server on the loopback.
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Gives each of `answers` once.
    pub fn new(answers: Vec<String>) -> Self {
        Self::at("127.0.0.1:0", answers)
    }

    /// The same, at an address of this machine.
    pub fn at(address: &str, answers: Vec<String>) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let noted = requests.clone();
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for text in answers {
                let (mut stream, _) = listener.accept().unwrap();
                noted.lock().unwrap().push(whole(&mut stream));
                // A client that has seen enough closes early.
                let _ = stream.write_all(text.trim_end_matches(HANG).as_bytes());
                if text.ends_with(HANG) {
                    open.push(stream);
                }
            }
            // The hung connections stay open as long as this listens.
            while listener.accept().is_ok() {}
        });
        Self { address, requests }
    }

    /// One that does not listen any more.
    pub fn closed() -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { address, requests: Arc::default() }
    }

    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// Reads a request: up to the empty line, and as much behind it as it says.
pub fn whole(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).unwrap();
    let mut body = vec![0; header(&head, "content-length").map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

pub fn answer(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

pub fn redirect(location: &str) -> String {
    format!("HTTP/1.1 302 x\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

/// A header of a request.
pub fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    request
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}
