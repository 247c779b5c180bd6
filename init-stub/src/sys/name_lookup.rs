//! Names to IPv4 addresses. A static glibc has no name service switch, so this asks the name servers of
//! /etc/resolv.conf itself: one A question over UDP, to each server in turn, twice.

use crate::core::codec::dns::{DnsReply, answer, question};
use crate::sys::random::chance;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

const ROUNDS: u32 = 2;
const LONGEST_ANSWER_WAIT: Duration = Duration::from_secs(2);
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// The name servers and search domains of a machine.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Names {
    servers: Vec<SocketAddr>,
    search: Vec<String>,
    /// The number of the link that addresses of the link itself are on; 0: of none.
    pub link: u32,
}

/// Why a name has no addresses.
#[derive(Debug, PartialEq, Eq)]
pub enum LookUpError {
    /// The name servers do not know it, or it cannot be a name.
    NotFound,
    /// No name server answered in time.
    Timeout,
    /// No name server is known.
    NoServer,
}

impl fmt::Display for LookUpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "host not found",
            Self::Timeout => "timeout: resolve",
            Self::NoServer => "a name cannot be looked up: no name server is known",
        })
    }
}

impl Names {
    /// Those that the network has brought.
    pub fn of_this_machine() -> Self {
        Self::read(&std::fs::read_to_string(RESOLV_CONF).unwrap_or_default())
    }

    /// None at all: what is asked for are addresses, and those of the link itself are on this one.
    pub fn on_link(link: u32) -> Self {
        Self { link, ..Self::default() }
    }

    fn read(text: &str) -> Self {
        let mut names = Self::default();
        for line in text.lines() {
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("nameserver") => {
                    let address = words.next().and_then(|word| word.parse::<IpAddr>().ok());
                    names.servers.extend(address.map(|ip| SocketAddr::new(ip, 53)));
                }
                Some("search" | "domain") => names.search = words.map(str::to_owned).collect(),
                _ => {}
            }
        }
        names
    }

    /// The addresses of a name. One without a dot is looked for in the search domains first.
    pub fn look_up(&self, name: &str, until: Instant) -> Result<Vec<Ipv4Addr>, LookUpError> {
        let mut candidates: Vec<String> =
            self.search.iter().filter(|_| !name.contains('.')).map(|domain| format!("{name}.{domain}")).collect();
        candidates.push(name.to_owned());
        for candidate in candidates {
            // In addition the port, which the kernel chooses, is what a forger has to guess.
            let question = question(u16::from_ne_bytes(chance()), &candidate).ok_or(LookUpError::NotFound)?;
            let addresses = self.ask_all(&question, until)?;
            if !addresses.is_empty() {
                return Ok(addresses);
            }
        }
        Err(LookUpError::NotFound)
    }

    fn ask_all(&self, question: &[u8], until: Instant) -> Result<Vec<Ipv4Addr>, LookUpError> {
        if self.servers.is_empty() {
            return Err(LookUpError::NoServer);
        }
        for server in (0..ROUNDS).flat_map(|_| &self.servers) {
            let left = until.saturating_duration_since(Instant::now()).min(LONGEST_ANSWER_WAIT);
            if left.is_zero() {
                break;
            }
            // After a server that fails the next one, or the next round, may answer.
            if let Ok(Some(addresses)) = exchange(*server, question, left) {
                return Ok(addresses);
            }
        }
        Err(LookUpError::Timeout)
    }
}

/// One question to one server; None when it has a failure of its own to tell.
fn exchange(server: SocketAddr, question: &[u8], left: Duration) -> std::io::Result<Option<Vec<Ipv4Addr>>> {
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { std::net::Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(server)?;
    socket.send(question)?;
    let until = Instant::now() + left;
    let mut buffer = [0; 1500];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        socket.set_read_timeout(Some(left))?;
        let size = socket.recv(&mut buffer)?;
        // An answer to another question may be late or forged; the right one may still come.
        match answer(question, buffer.get(..size).unwrap_or_default()) {
            DnsReply::Stray => {}
            DnsReply::Failed => return Ok(None),
            DnsReply::Addresses(addresses) => return Ok(Some(addresses)),
        }
    }
}

#[cfg(test)]
mod tests;
