//! Names to addresses. A static glibc has no name service switch, so this asks the name servers of /etc/resolv.conf
//! itself: for addresses of both families at once over UDP, each server in turn, twice.

mod exchange;
mod order;

use crate::core::codec::dns::{RECORDS, question};
use crate::core::scoped::ScopedAddress;
use crate::sys::random::chance;
use crate::sys::udp::socket_address;
use exchange::exchange;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

const PORT: u16 = 53;
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

    /// The same; addresses of the link itself are on the link of this number.
    pub fn by_link(self, link: u32) -> Self {
        Self { link, ..self }
    }

    /// None at all: what is asked for are addresses, and those of the link itself are on the link of this number.
    pub fn on_link(link: u32) -> Self {
        Self { link, ..Self::default() }
    }

    /// Those that are asked are these.
    #[cfg(test)]
    pub fn asking(servers: &[SocketAddr]) -> Self {
        Self { servers: servers.to_vec(), ..Self::default() }
    }

    fn read(text: &str) -> Self {
        let mut names = Self::default();
        for line in text.lines() {
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("nameserver") => {
                    let address = words.next().and_then(|word| word.parse::<ScopedAddress>().ok());
                    // A server on an interface that is not there cannot be asked.
                    names.servers.extend(address.and_then(|address| socket_address(&address, PORT).ok()));
                }
                Some("search" | "domain") => names.search = words.map(str::to_owned).collect(),
                _ => {}
            }
        }
        names
    }

    /// The addresses of a name that can be reached from here, the best first; all of them where none can be. A name without a
    /// dot is looked for in the search domains first.
    pub fn look_up(&self, name: &str, until: Instant) -> Result<Vec<IpAddr>, LookUpError> {
        // No name server is asked for it (RFC 6761).
        if name.eq_ignore_ascii_case("localhost") {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        let mut candidates: Vec<String> =
            self.search.iter().filter(|_| !name.contains('.')).map(|domain| format!("{name}.{domain}")).collect();
        candidates.push(name.to_owned());
        for candidate in candidates {
            let addresses = self.ask_all(&candidate, until)?;
            if !addresses.is_empty() {
                return Ok(order::by_reach(addresses));
            }
        }
        Err(LookUpError::NotFound)
    }

    fn ask_all(&self, name: &str, until: Instant) -> Result<Vec<IpAddr>, LookUpError> {
        // In addition to the port, which the kernel chooses, the number is what a forger has to guess.
        let questions = RECORDS.map(|record| question(u16::from_ne_bytes(chance()), name, record));
        let [Some(a), Some(aaaa)] = questions else { return Err(LookUpError::NotFound) };
        if self.servers.is_empty() {
            return Err(LookUpError::NoServer);
        }
        for server in (0..ROUNDS).flat_map(|_| &self.servers) {
            let left = until.saturating_duration_since(Instant::now()).min(LONGEST_ANSWER_WAIT);
            if left.is_zero() {
                break;
            }
            // After a server that fails the next one, or the next round, may answer.
            if let Ok(Some(addresses)) = exchange(*server, [&a, &aaaa], left) {
                return Ok(addresses);
            }
        }
        Err(LookUpError::Timeout)
    }
}

#[cfg(test)]
mod tests;
