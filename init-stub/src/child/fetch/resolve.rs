//! Names to IPv4 addresses. A static glibc has no name service switch, so this asks the name servers of
//! /etc/resolv.conf itself: one A question over UDP, to each server in turn, twice.

use crate::sys::random::chance;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::time::{Duration, Instant};
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

const ROUNDS: u32 = 2;
const LONGEST_ANSWER_WAIT: Duration = Duration::from_secs(2);
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// The name servers and search domains of a machine.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Names {
    servers: Vec<SocketAddr>,
    search: Vec<String>,
    /// The number of the link that addresses of the link itself are on; 0: of none.
    link: u32,
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
    pub fn look_up(&self, name: &str, until: Instant) -> Result<Vec<Ipv4Addr>, Error> {
        let mut candidates: Vec<String> =
            self.search.iter().filter(|_| !name.contains('.')).map(|domain| format!("{name}.{domain}")).collect();
        candidates.push(name.to_owned());
        for candidate in candidates {
            // Beside it the port, which the kernel chooses, is what a forger has to guess.
            let question = question(u16::from_ne_bytes(chance()), &candidate).ok_or(Error::HostNotFound)?;
            let addresses = self.ask_all(&question, until)?;
            if !addresses.is_empty() {
                return Ok(addresses);
            }
        }
        Err(Error::HostNotFound)
    }

    fn ask_all(&self, question: &[u8], until: Instant) -> Result<Vec<Ipv4Addr>, Error> {
        if self.servers.is_empty() {
            return Err(Error::Io(std::io::Error::other("a name cannot be looked up: no name server is known")));
        }
        for server in (0..ROUNDS).flat_map(|_| &self.servers) {
            let left = until.saturating_duration_since(Instant::now()).min(LONGEST_ANSWER_WAIT);
            if left.is_zero() {
                break;
            }
            // A server that fails is no reason to stop: the next one, or the next round, may answer.
            if let Ok(Some(addresses)) = exchange(*server, question, left) {
                return Ok(addresses);
            }
        }
        Err(Error::Timeout(ureq::Timeout::Resolve))
    }
}

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let addresses: Vec<IpAddr> = match bare.parse() {
            Ok(ip) => vec![ip],
            Err(_) => {
                let until = Instant::now() + Duration::from_secs(5).min(*timeout.after);
                self.look_up(bare.trim_end_matches('.'), until)?.into_iter().map(IpAddr::V4).collect()
            }
        };
        let mut found = self.empty();
        for address in addresses.into_iter().take(16) {
            found.push(match address {
                IpAddr::V6(ip) if ip.is_unicast_link_local() => SocketAddrV6::new(ip, port, 0, self.link).into(),
                address => SocketAddr::new(address, port),
            });
        }
        Ok(found)
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

/// A question for the A records of a name; None when it is no name of the DNS.
fn question(id: u16, name: &str) -> Option<Vec<u8>> {
    const RECURSE: [u8; 10] = [1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend(RECURSE);
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).ok().filter(|length| (1..64).contains(length))?);
        bytes.extend(label.to_ascii_lowercase().bytes());
    }
    bytes.extend([0, 0, 1, 0, 1]);
    (bytes.len() <= 12 + 255 + 4).then_some(bytes)
}

#[derive(Debug, PartialEq, Eq)]
enum DnsReply {
    /// Not an answer to this question.
    Stray,
    /// The server could not find out.
    Failed,
    /// All addresses; none when the name has none.
    Addresses(Vec<Ipv4Addr>),
}

/// Reads an answer. Names in it are only skipped: with recursion asked for, the A records are those of the last alias.
fn answer(question: &[u8], bytes: &[u8]) -> DnsReply {
    let number =
        |at: usize| bytes.get(at..at + 2).and_then(|two| <[u8; 2]>::try_from(two).ok()).map(u16::from_be_bytes);
    let (Some(flags), Some(count)) = (number(2), number(6)) else { return DnsReply::Stray };
    let same = bytes.get(..2) == question.get(..2)
        && bytes
            .get(12..question.len())
            .is_some_and(|echo| echo.eq_ignore_ascii_case(question.get(12..).unwrap_or_default()));
    if !same || flags & 0x8000 == 0 {
        return DnsReply::Stray;
    }
    match flags & 15 {
        0 => {}
        3 => return DnsReply::Addresses(Vec::new()),
        _ => return DnsReply::Failed,
    }
    let mut addresses = Vec::new();
    let mut at = question.len();
    for _ in 0..count {
        let Some(after) = skip_name(bytes, at) else { return DnsReply::Failed };
        let (Some(kind), Some(class), Some(length)) = (number(after), number(after + 2), number(after + 8)) else {
            return DnsReply::Failed;
        };
        let content = after + 10;
        at = content + usize::from(length);
        if (kind, class) == (1, 1) {
            let four = bytes.get(content..at).and_then(|four| <[u8; 4]>::try_from(four).ok());
            addresses.extend(four.map(Ipv4Addr::from));
        }
    }
    DnsReply::Addresses(addresses)
}

/// The place behind a name: labels, then a zero or a pointer of two bytes.
fn skip_name(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *bytes.get(at)? {
            0 => return Some(at + 1),
            length if length & 0xC0 == 0xC0 => return Some(at + 2),
            length => at += 1 + usize::from(length),
        }
    }
}

#[cfg(test)]
mod tests;
