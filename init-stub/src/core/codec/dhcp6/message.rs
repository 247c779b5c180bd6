//! DHCPv6 messages (RFC 8415): the header and the options as bytes.

use crate::core::bytes::array_at;
use crate::core::codec::domains::is_domain;
use std::net::Ipv6Addr;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A client looks for servers.
    Solicit = 1,
    /// A server offers a lease.
    Advertise = 2,
    /// A client asks for a lease.
    Request = 3,
    /// A client asks whether its address is right on this link.
    Confirm = 4,
    /// A client asks the server of its lease for more time.
    Renew = 5,
    /// A client asks every server for more time.
    Rebind = 6,
    /// A server answers anything but a solicit.
    Reply = 7,
    /// A client gives an address back that another machine uses.
    Decline = 9,
    /// A client asks for everything but an address.
    InformationRequest = 11,
}

/// Options by number (RFC 8415, 3646, 4075, 4704, 5908).
pub mod option {
    /// The DUID of the client.
    pub const CLIENT: u16 = 1;
    /// The DUID of the server.
    pub const SERVER: u16 = 2;
    /// Addresses that are not temporary, with their times.
    pub const IA_NA: u16 = 3;
    /// One address, inside of [`IA_NA`].
    pub const ADDRESS: u16 = 5;
    /// The numbers of the options that the client asks for.
    pub const WANTED: u16 = 6;
    /// How much the server wants to be chosen, 0 to 255.
    pub const PREFERENCE: u16 = 7;
    /// Since when the client asks, in hundredths of a second.
    pub const ELAPSED: u16 = 8;
    /// How it went, one of [`super::status`].
    pub const STATUS: u16 = 13;
    /// The lease without an offer before it.
    pub const RAPID_COMMIT: u16 = 14;
    /// Name servers.
    pub const NAME_SERVERS: u16 = 23;
    /// Domains in which short names are looked up.
    pub const SEARCH: u16 = 24;
    /// SNTP servers, which [`NTP_SERVER`] has replaced.
    pub const SNTP_SERVERS: u16 = 31;
    /// After how many seconds a client without a lease asks again.
    pub const REFRESH_TIME: u16 = 32;
    /// The host name with its domain.
    pub const FQDN: u16 = 39;
    /// One NTP server.
    pub const NTP_SERVER: u16 = 56;
    /// The longest wait between two solicits, in seconds.
    pub const SOL_MAX_RT: u16 = 82;
    /// The longest wait between two information requests, in seconds.
    pub const INF_MAX_RT: u16 = 83;
}

/// How something went (RFC 8415, 21.13).
pub mod status {
    /// It is done.
    pub const SUCCESS: u16 = 0;
    /// The server has no address for the client.
    pub const NO_ADDRESSES: u16 = 2;
    /// The server does not know the lease.
    pub const NO_BINDING: u16 = 3;
    /// The address is one of another link.
    pub const NOT_ON_LINK: u16 = 4;
}

/// What a client with a lease asks for.
const WANTED: [u16; 6] =
    [option::NAME_SERVERS, option::SEARCH, option::SNTP_SERVERS, option::FQDN, option::NTP_SERVER, option::SOL_MAX_RT];
/// What a client without a lease asks for.
const WANTED_INFORMATION: [u16; 6] = [
    option::NAME_SERVERS,
    option::SEARCH,
    option::SNTP_SERVERS,
    option::REFRESH_TIME,
    option::NTP_SERVER,
    option::INF_MAX_RT,
];
/// Octets of a DUID (RFC 8415, 11.1).
const LONGEST_DUID: usize = 130;

/// What a server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dhcp6Reply {
    /// Advertise or reply.
    pub kind: Kind,
    /// The transaction that it belongs to: 24 bits.
    pub transaction: u32,
    /// The options as they came; [`options`] tells them apart.
    pub options: Vec<u8>,
}

impl Dhcp6Reply {
    /// Reads what a server sent; None: this is nothing that a server says to a client.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let [kind, a, b, c] = array_at(bytes, 0)?;
        let kind = match kind {
            2 => Kind::Advertise,
            7 => Kind::Reply,
            _ => return None,
        };
        Some(Self { kind, transaction: u32::from_be_bytes([0, a, b, c]), options: bytes.get(4..)?.to_vec() })
    }

    /// The first option of a number.
    pub fn get(&self, number: u16) -> Option<&[u8]> {
        self.all(number).next()
    }

    /// All options of a number.
    pub fn all(&self, number: u16) -> impl Iterator<Item = &[u8]> {
        options(&self.options).filter(move |(other, _)| *other == number).map(|(_, value)| value)
    }

    /// The server's DUID.
    pub fn server(&self) -> Option<&[u8]> {
        self.get(option::SERVER).filter(|duid| (1..=LONGEST_DUID).contains(&duid.len()))
    }

    /// How it went altogether, one of [`status`].
    pub fn status(&self) -> u16 {
        status_of(&self.options)
    }
}

/// The options in some bytes, in their order. A cut one ends them.
pub fn options(bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let [number, length] = [0, 2].map(|at| array_at(rest, at).map(u16::from_be_bytes));
        let (value, after) = rest.get(4..)?.split_at_checked(usize::from(length?))?;
        rest = after;
        Some((number?, value))
    })
}

/// The status among some options; without one, all is well.
pub fn status_of(bytes: &[u8]) -> u16 {
    let found = options(bytes).find(|(number, _)| *number == option::STATUS);
    found.and_then(|(_, value)| array_at(value, 0)).map_or(status::SUCCESS, u16::from_be_bytes)
}

/// A message of a client.
pub struct Query {
    bytes: Vec<u8>,
}

impl Query {
    /// A message with the options that all messages of a client have. `elapsed` is the time since its first sending, in milliseconds.
    pub fn new(kind: Kind, transaction: u32, duid: &[u8], elapsed: u64) -> Self {
        let [_, a, b, c] = transaction.to_be_bytes();
        let hundredths = u16::try_from(elapsed / 10).unwrap_or(u16::MAX);
        Self { bytes: vec![kind as u8, a, b, c] }
            .with(option::CLIENT, duid)
            .with(option::ELAPSED, &hundredths.to_be_bytes())
    }

    /// The same with one more option. What is too long for one is left out.
    pub fn with(mut self, number: u16, value: &[u8]) -> Self {
        if let Ok(length) = u16::try_from(value.len()) {
            self.bytes.extend(number.to_be_bytes());
            self.bytes.extend(length.to_be_bytes());
            self.bytes.extend(value);
        }
        self
    }

    /// The same with the one address that is meant; None: any. Its times are the server's business, so they are 0.
    pub fn with_address(self, iaid: u32, address: Option<Ipv6Addr>) -> Self {
        let mut identity = iaid.to_be_bytes().to_vec();
        identity.extend([0; 8]);
        if let Some(address) = address {
            identity.extend([0, 5, 0, 24]);
            identity.extend(address.octets());
            identity.extend([0; 8]);
        }
        self.with(option::IA_NA, &identity)
    }

    /// The same with a question for what comes with a lease. The server may put the host name into the DNS (RFC 4704, flag S).
    pub fn with_questions(self, hostname: Option<&str>) -> Self {
        let query = self.with(option::WANTED, &WANTED.map(u16::to_be_bytes).concat());
        match hostname.filter(|name| is_domain(name)) {
            Some(name) => query.with(option::FQDN, &[&[1], packed(name).as_slice()].concat()),
            None => query,
        }
    }

    /// The same with a question for what comes without a lease.
    pub fn with_information_questions(self) -> Self {
        self.with(option::WANTED, &WANTED_INFORMATION.map(u16::to_be_bytes).concat())
    }

    /// The whole message.
    pub fn done(self) -> Vec<u8> {
        self.bytes
    }
}

/// A name as DNS packs it. One without a dot is a part of a name, which has no end (RFC 4704, 4.2).
fn packed(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.extend(u8::try_from(label.len()));
        bytes.extend(label.bytes());
    }
    bytes.extend(name.contains('.').then_some(0));
    bytes
}

/// The DUID of a machine by its UUID (RFC 6355).
pub fn duid_uuid(uuid: [u8; 16]) -> Vec<u8> {
    [&[0, 4], &uuid[..]].concat()
}

/// The DUID of a machine by the hardware address of one of its Ethernet interfaces (RFC 8415, 11.4).
pub fn duid_ll(mac: [u8; 6]) -> Vec<u8> {
    [&[0, 3, 0, 1], &mac[..]].concat()
}

#[cfg(test)]
pub mod tests;
