//! DHCP messages (RFC 2131, 2132, 3396): the fixed part and the options as bytes.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A client looks for servers.
    Discover = 1,
    /// A server offers a lease.
    Offer = 2,
    /// A client asks for a lease.
    Request = 3,
    /// A client gives an address back that another machine has.
    Decline = 4,
    /// A server gives the lease.
    Ack = 5,
    /// A server refuses the lease.
    Nak = 6,
}

/// Options by number (RFC 2132, 3397, 3442).
pub mod option {
    /// The subnet mask.
    pub const SUBNET_MASK: u8 = 1;
    /// Routers on the link, the best first.
    pub const ROUTER: u8 = 3;
    /// Name servers.
    pub const NAME_SERVER: u8 = 6;
    /// The host name.
    pub const HOST_NAME: u8 = 12;
    /// The domain of the host name.
    pub const DOMAIN: u8 = 15;
    /// The MTU of the interface.
    pub const MTU: u8 = 26;
    /// NTP servers.
    pub const NTP_SERVER: u8 = 42;
    /// The address that the client asks for.
    pub const REQUESTED_ADDRESS: u8 = 50;
    /// How long the lease lasts, in seconds.
    pub const LEASE_TIME: u8 = 51;
    /// Which fixed fields hold options, too.
    pub const OVERLOAD: u8 = 52;
    /// What the message is, a [`super::Kind`].
    pub const KIND: u8 = 53;
    /// The address that identifies the server.
    pub const SERVER: u8 = 54;
    /// The numbers of the options that the client asks for.
    pub const WANTED: u8 = 55;
    /// The largest message that the client takes.
    pub const LARGEST_MESSAGE: u8 = 57;
    /// When the lease is to be renewed, in seconds.
    pub const RENEWAL_TIME: u8 = 58;
    /// When any server may renew the lease, in seconds.
    pub const REBINDING_TIME: u8 = 59;
    /// What kind of client it is.
    pub const VENDOR_CLASS: u8 = 60;
    /// What identifies the client.
    pub const CLIENT: u8 = 61;
    /// Domains in which short names are looked up (RFC 3397).
    pub const SEARCH: u8 = 119;
    /// Routes with their prefixes (RFC 3442).
    pub const CLASSLESS_ROUTES: u8 = 121;
}

const FIXED: usize = 236;
const COOKIE: [u8; 4] = [99, 130, 83, 99];
/// Old servers and relays drop shorter ones.
const SHORTEST: usize = 300;
/// What an Ethernet frame holds after the headers.
const LARGEST: u16 = 1500;
const SNAME: std::ops::Range<usize> = 44..108;
const FILE: std::ops::Range<usize> = 108..236;

/// What a client asks for. Classless routes come before routers, as RFC 3442 wants it.
const WANTED: [u8; 13] = [
    option::SUBNET_MASK,
    option::CLASSLESS_ROUTES,
    option::ROUTER,
    option::NAME_SERVER,
    option::HOST_NAME,
    option::DOMAIN,
    option::MTU,
    option::NTP_SERVER,
    option::LEASE_TIME,
    option::SERVER,
    option::RENEWAL_TIME,
    option::REBINDING_TIME,
    option::SEARCH,
];

/// What a server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DhcpReply {
    /// Offer, ack or nak.
    pub kind: Kind,
    /// The transaction that it belongs to.
    pub transaction: u32,
    /// The hardware address that it is for.
    pub mac: [u8; 6],
    /// The address that it gives.
    pub address: Ipv4Addr,
    /// Its options; one that came in pieces is joined.
    pub options: BTreeMap<u8, Vec<u8>>,
}

impl DhcpReply {
    /// Reads what a server sent; None: this is nothing that a server says to an Ethernet client.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let fixed = bytes.get(..FIXED)?;
        let (cookie, rest) = bytes.get(FIXED..)?.split_first_chunk::<4>()?;
        if fixed.get(..3)? != [2, 1, 6] || *cookie != COOKIE {
            return None;
        }
        let mut options = BTreeMap::new();
        collect(rest, &mut options);
        let overload = options.get(&option::OVERLOAD).and_then(|value| value.first().copied()).unwrap_or(0);
        for (bit, part) in [(1, FILE), (2, SNAME)] {
            if overload & bit != 0 {
                collect(fixed.get(part)?, &mut options);
            }
        }
        let kind = match options.get(&option::KIND)?.as_slice() {
            [2] => Kind::Offer,
            [5] => Kind::Ack,
            [6] => Kind::Nak,
            _ => return None,
        };
        Some(Self {
            kind,
            transaction: u32::from_be_bytes(fixed.get(4..8)?.try_into().ok()?),
            mac: fixed.get(28..34)?.try_into().ok()?,
            address: Ipv4Addr::from(<[u8; 4]>::try_from(fixed.get(16..20)?).ok()?),
            options,
        })
    }

    /// The server's own address.
    pub fn server(&self) -> Option<Ipv4Addr> {
        let octets: [u8; 4] = self.options.get(&option::SERVER)?.as_slice().try_into().ok()?;
        Some(Ipv4Addr::from(octets)).filter(|address| !address.is_unspecified())
    }
}

/// Adds the options of one part of a message. A cut option ends the part.
fn collect(mut rest: &[u8], options: &mut BTreeMap<u8, Vec<u8>>) {
    while let Some((number, after)) = rest.split_first() {
        rest = match *number {
            0 => after,
            255 => return,
            number => {
                let Some((length, after)) = after.split_first() else { return };
                let Some((value, after)) = after.split_at_checked(usize::from(*length)) else { return };
                options.entry(number).or_default().extend(value);
                after
            }
        };
    }
}

/// The client identifier made of a hardware address, as PXE and most clients have it, so that a machine keeps its address when it boots on.
pub fn client_of_mac(mac: [u8; 6]) -> Vec<u8> {
    [&[1], &mac[..]].concat()
}

/// The client identifier made of a DUID and the number of an interface (RFC 4361), by which servers of both families know one client.
pub fn client_of_duid(iaid: u32, duid: &[u8]) -> Vec<u8> {
    [&[255], &iaid.to_be_bytes()[..], duid].concat()
}

/// A message of a client, without padding until it is done.
pub struct Query {
    bytes: Vec<u8>,
}

impl Query {
    /// A message with the options that all messages of a client have. Servers answer to `mac`, and know the client by `identity`. `own` is the
    /// client's address, when it has one.
    pub fn new(kind: Kind, transaction: u32, seconds: u16, (mac, identity): ([u8; 6], &[u8]), own: Ipv4Addr) -> Self {
        let mut bytes = vec![1, 1, 6, 0];
        bytes.extend(transaction.to_be_bytes());
        bytes.extend(seconds.to_be_bytes());
        // No broadcast flag: a packet socket hears what is sent to an address that is not there yet.
        bytes.extend([0, 0]);
        bytes.extend(own.octets());
        bytes.extend([0; 12]);
        bytes.extend(mac);
        bytes.resize(FIXED, 0);
        bytes.extend(COOKIE);
        Self { bytes }.with(option::KIND, &[kind as u8]).with(option::CLIENT, identity)
    }

    /// The same with the options that the client asks for, all but the unwanted ones.
    pub fn asking(self, unwanted: &[u8]) -> Self {
        let wanted: Vec<u8> = WANTED.into_iter().filter(|number| !unwanted.contains(number)).collect();
        self.with(option::LARGEST_MESSAGE, &LARGEST.to_be_bytes()).with(option::WANTED, &wanted)
    }

    /// The same with one more option.
    pub fn with(mut self, number: u8, value: &[u8]) -> Self {
        if let Ok(length) = u8::try_from(value.len()) {
            self.bytes.extend([number, length]);
            self.bytes.extend(value);
        }
        self
    }

    /// The whole message.
    pub fn done(mut self) -> Vec<u8> {
        self.bytes.push(255);
        self.bytes.resize(self.bytes.len().max(SHORTEST), 0);
        self.bytes
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub const MAC: [u8; 6] = [0x52, 0x54, 0, 0x12, 0x34, 0x56];

    /// A server's message.
    pub fn answer(kind: u8, transaction: u32, address: [u8; 4], options: &[(u8, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![2, 1, 6, 0];
        bytes.extend(transaction.to_be_bytes());
        bytes.extend([0; 8]);
        bytes.extend(address);
        bytes.extend([0; 8]);
        bytes.extend(MAC);
        bytes.resize(FIXED, 0);
        bytes.extend(COOKIE);
        bytes.extend([option::KIND, 1, kind]);
        for (number, value) in options {
            bytes.extend([*number, u8::try_from(value.len()).unwrap()]);
            bytes.extend(*value);
        }
        bytes.push(255);
        bytes
    }

    #[test]
    fn an_answer_is_read_with_its_options() {
        let read = DhcpReply::read(&answer(2, 7, [10, 0, 2, 15], &[(54, &[10, 0, 2, 2])])).unwrap();
        assert_eq!((read.kind, read.transaction, read.mac), (Kind::Offer, 7, MAC));
        assert_eq!((read.address, read.server()), ([10, 0, 2, 15].into(), Some([10, 0, 2, 2].into())));
    }

    #[test]
    fn an_option_in_pieces_is_joined_also_across_the_file_and_server_name_fields() {
        let mut bytes = answer(5, 7, [10, 0, 2, 15], &[(119, b"ab"), (119, b"cd"), (52, &[3])]);
        bytes[108..113].copy_from_slice(&[119, 2, b'e', b'f', 255]);
        bytes[44..48].copy_from_slice(&[119, 1, b'g', 255]);
        assert_eq!(DhcpReply::read(&bytes).unwrap().options[&119], b"abcdefg");
    }

    #[test]
    fn no_bytes_are_a_danger() {
        let good = answer(5, 7, [10, 0, 2, 15], &[(52, &[3]), (121, &[0, 10, 0, 2, 2]), (54, &[10, 0, 2, 2])]);
        for cut in 0..good.len() {
            let _ = DhcpReply::read(&good[..cut]);
        }
        let mut random = 1u32;
        for _ in 0..20_000 {
            let mut bytes = good.clone();
            for _ in 0..8 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = usize::try_from(random >> 8).unwrap() % bytes.len();
                bytes[at] = random.to_le_bytes()[0];
            }
            if let Some(read) = DhcpReply::read(&bytes) {
                let _ = super::super::lease::Lease::of(&read, None);
            }
        }
    }

    #[test]
    fn a_query_is_long_enough_for_old_servers_and_says_who_asks() {
        let bytes = Query::new(Kind::Discover, 7, 3, (MAC, &client_of_mac(MAC)), Ipv4Addr::UNSPECIFIED).done();
        assert_eq!((bytes.len(), &bytes[..4], &bytes[28..34]), (300, &[1, 1, 6, 0][..], &MAC[..]));
        assert_eq!(&bytes[236..252], [&[99, 130, 83, 99, 53, 1, 1, 61, 7, 1][..], &MAC].concat());
    }

    #[test]
    fn what_is_unwanted_is_not_asked_for() {
        let of = |unwanted: &[u8]| {
            Query::new(Kind::Discover, 7, 0, (MAC, &[]), Ipv4Addr::UNSPECIFIED).asking(unwanted).done()[249..].to_vec()
        };
        assert_eq!(of(&[])[..5], [55, 13, 1, 121, 3]);
        assert_eq!(of(&[option::ROUTER, option::CLASSLESS_ROUTES])[..5], [55, 11, 1, 6, 12]);
    }

    #[test]
    fn a_client_of_both_families_is_its_duid_and_the_number_of_its_interface() {
        assert_eq!(client_of_duid(7, &[0, 4, 9]), [255, 0, 0, 0, 7, 0, 4, 9]);
    }
}
