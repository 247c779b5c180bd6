//! rtnetlink's datagrams as bytes: a header, the fixed part of the kind, attributes. Numbers are in the machine's order.

use crate::core::config::{Prefix, RoutingRule};
use crate::core::plan::network::{SeenLink, SeenRoute, SeenRule};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Metric of the route that comes with an address; newer than the constants of libc.
pub const IFA_RT_PRIORITY: u16 = 9;

const IFLA_PERM_ADDRESS: u16 = 54;
/// Of IFLA_LINKINFO: the kind of link that software has made, and its settings.
pub const IFLA_INFO_KIND: u16 = 1;
/// See [`IFLA_INFO_KIND`].
pub const IFLA_INFO_DATA: u16 = 2;
/// Of the settings of a VLAN and of a bond.
const IFLA_VLAN_ID: u16 = 1;
/// See [`IFLA_VLAN_ID`].
pub const IFLA_BOND_PRIMARY: u16 = 11;
/// Flags of an address in full; those in the fixed part are the lower eight bits of them.
const IFA_FLAGS: u16 = 8;
const FRA_DST: u16 = 1;
const FRA_SRC: u16 = 2;
const FRA_PRIORITY: u16 = 6;
const FRA_FWMARK: u16 = 10;
const FRA_SUPPRESS_PREFIX: u16 = 14;
const FRA_TABLE: u16 = 15;
const FRA_FWMASK: u16 = 16;
/// Who made it.
const FRA_PROTOCOL: u16 = 21;
/// The action of a rule that leads to a table.
const TO_TABLE: u8 = 1;
const FIB_RULE_INVERT: u32 = 2;
const RTNH_F_ONLINK: u32 = 4;
/// The table of the node's own addresses.
const LOCAL: u32 = 255;
const UP: u32 = libc::IFF_UP.unsigned_abs();
const READY: u32 = (libc::IFF_LOWER_UP | libc::IFF_RUNNING).unsigned_abs();
const HEADER: usize = 16;
const LINK_PART: usize = 16;

/// Reads the body of RTM_NEWLINK; what only sysfs says is added by the caller.
pub fn read_link(body: &[u8]) -> Option<SeenLink> {
    let part = body.get(..LINK_PART)?;
    let ethernet = u16_at(part, 2)? == libc::ARPHRD_ETHER;
    let flags = u32_at(part, 8)?;
    let mut link = SeenLink {
        index: u32_at(part, 4)?,
        up: flags & UP != 0,
        // With the first alone, packets are lost: the kernel starts the queue up to a second after the carrier.
        carrier: flags & READY == READY,
        ..SeenLink::default()
    };
    for (kind, value) in attributes(body.get(LINK_PART..)?) {
        match kind {
            libc::IFLA_IFNAME => link.name = text(value),
            libc::IFLA_ADDRESS if ethernet => link.mac = mac_text(value),
            IFLA_PERM_ADDRESS if ethernet => link.permanent_mac = mac_text(value),
            libc::IFLA_MTU => link.mtu = u32_at(value, 0)?,
            libc::IFLA_CARRIER_CHANGES => link.changes = u32_at(value, 0)?,
            libc::IFLA_MASTER => link.master = u32_at(value, 0),
            libc::IFLA_LINK => link.on = u32_at(value, 0),
            libc::IFLA_LINKINFO => read_info(value, &mut link),
            _ => {}
        }
    }
    // Others have it as well: a pod's end names the end in the pod.
    link.on = link.on.filter(|_| link.kind.as_deref() == Some("vlan"));
    Some(link)
}

fn read_info(info: &[u8], link: &mut SeenLink) {
    let parts = attributes(info);
    let of = |wanted: u16| parts.iter().find(|(kind, _)| *kind == wanted).map(|(_, value)| *value);
    link.kind = of(IFLA_INFO_KIND).map(text);
    let settings = attributes(of(IFLA_INFO_DATA).unwrap_or_default());
    let setting = |wanted: u16| settings.iter().find(|(kind, _)| *kind == wanted).map(|(_, value)| *value);
    match link.kind.as_deref() {
        Some("vlan") => link.vlan = setting(IFLA_VLAN_ID).and_then(|value| u16_at(value, 0)),
        Some("bond") => link.primary = setting(IFLA_BOND_PRIMARY).and_then(|value| u32_at(value, 0)),
        _ => {}
    }
}

/// The links that announcements are about. Ports of a bridge are announced a second time, as such.
pub fn announced(datagram: &[u8]) -> Vec<SeenLink> {
    let is_of_link = |body: &[u8]| body.first().is_some_and(|family| i32::from(*family) == libc::AF_UNSPEC);
    let of_link = |answer: KernelMessage| match answer.what {
        KernelReply::Body(body) if is_of_link(&body) => read_link(&body),
        _ => None,
    };
    answers(datagram).into_iter().filter_map(of_link).collect()
}

/// An address of a link.
#[derive(Debug, PartialEq, Eq)]
pub struct LinkAddress {
    /// Index of the link.
    pub link: u32,
    /// The address.
    pub address: Prefix,
    /// Whether it ends by itself.
    pub is_temporary: bool,
    /// Whether the kernel does not know yet that nobody else has it, or knows that somebody has.
    pub is_tentative: bool,
    /// Whether another machine on the link has it.
    pub is_duplicate: bool,
}

/// The address in the body of RTM_NEWADDR.
pub fn read_address(body: &[u8]) -> Option<LinkAddress> {
    let (prefix_length, mut flags) = (*body.get(1)?, u32::from(*body.get(2)?));
    let parts = attributes(body.get(8..)?);
    // On a link between two machines the one is ours and the other theirs.
    let value = |wanted: u16| parts.iter().find(|(kind, _)| *kind == wanted).map(|(_, value)| *value);
    let address = value(libc::IFA_LOCAL).or_else(|| value(libc::IFA_ADDRESS)).and_then(ip_of)?;
    if let Some(all) = value(IFA_FLAGS).and_then(|value| u32_at(value, 0)) {
        flags = all;
    }
    Some(LinkAddress {
        link: u32_at(body, 4)?,
        address: Prefix { address, prefix_length },
        is_temporary: flags & libc::IFA_F_PERMANENT == 0,
        is_tentative: flags & (libc::IFA_F_TENTATIVE | libc::IFA_F_DADFAILED) != 0,
        is_duplicate: flags & libc::IFA_F_DADFAILED != 0,
    })
}

/// A unicast route in the body of RTM_NEWROUTE, but for the kernel's own of local addresses.
pub fn read_route(body: &[u8]) -> Option<SeenRoute> {
    let (family, prefix_length, kind) = (*body.first()?, *body.get(1)?, *body.get(7)?);
    if kind != libc::RTN_UNICAST {
        return None;
    }
    let any: IpAddr = if family == INET { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let table = (*body.get(4)?).into();
    let mut route =
        SeenRoute { link: 0, table, destination: any, prefix_length, gateway: None, source: None, metric: 0 };
    for (kind, value) in attributes(body.get(12..)?) {
        match kind {
            libc::RTA_DST => route.destination = ip_of(value)?,
            libc::RTA_GATEWAY => route.gateway = ip_of(value),
            libc::RTA_PREFSRC => route.source = ip_of(value),
            libc::RTA_OIF => route.link = u32_at(value, 0)?,
            libc::RTA_PRIORITY => route.metric = u32_at(value, 0)?,
            libc::RTA_TABLE => route.table = u32_at(value, 0)?,
            _ => {}
        }
    }
    (route.table != LOCAL).then_some(route)
}

/// A rule in the body of RTM_NEWRULE; none where it has an action or a condition that no config can have.
pub fn read_rule(body: &[u8]) -> Option<SeenRule> {
    const EVERY_BIT: u32 = u32::MAX;
    let (family, to_length, from_length) = (*body.first()?, *body.get(1)?, *body.get(2)?);
    let (tos, action, flags) = (*body.get(3)?, *body.get(7)?, u32_at(body, 8)?);
    if !matches!(family, INET | INET6) || tos != 0 || action != TO_TABLE || flags & FIB_RULE_INVERT != 0 {
        return None;
    }
    let mut rule = RoutingRule { table: (*body.get(4)?).into(), ..RoutingRule::default() };
    for (kind, value) in attributes(body.get(12..)?) {
        match kind {
            FRA_DST => rule.to = Some(Prefix { address: ip_of(value)?, prefix_length: to_length }),
            FRA_SRC => rule.from = Some(Prefix { address: ip_of(value)?, prefix_length: from_length }),
            FRA_PRIORITY => rule.priority = u32_at(value, 0),
            FRA_FWMARK => rule.mark = u32_at(value, 0).filter(|mark| *mark != 0),
            FRA_TABLE => rule.table = u32_at(value, 0)?,
            FRA_FWMASK | FRA_SUPPRESS_PREFIX if u32_at(value, 0)? == EVERY_BIT => {}
            FRA_PROTOCOL => {}
            // A condition more.
            _ => return None,
        }
    }
    Some(SeenRule { ipv6: family == INET6, rule })
}

/// fib_rule_hdr of a rule that leads to a table.
pub fn rule(rule: &RoutingRule) -> NetlinkRequest {
    let family = if rule.is_ipv6() { INET6 } else { INET };
    let length = |prefix: &Option<Prefix>| prefix.map_or(0, |prefix| prefix.prefix_length);
    let part = [[family, length(&rule.to), length(&rule.from), 0], [0, 0, 0, TO_TABLE], [0; 4]].concat();
    let flags = libc::NLM_F_CREATE | libc::NLM_F_EXCL;
    let mut request =
        NetlinkRequest::change(libc::RTM_NEWRULE, flags, &part).with(attribute(FRA_TABLE, &rule.table.to_ne_bytes()));
    for (kind, prefix) in [(FRA_DST, rule.to), (FRA_SRC, rule.from)] {
        if let Some(prefix) = prefix {
            request = request.with(ip_attribute(kind, prefix.address));
        }
    }
    for (kind, number) in [(FRA_PRIORITY, rule.priority), (FRA_FWMARK, rule.mark)] {
        if let Some(number) = number {
            request = request.with(attribute(kind, &number.to_ne_bytes()));
        }
    }
    request
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).trim_end_matches('\0').to_owned()
}

fn mac_text(bytes: &[u8]) -> Option<String> {
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    (bytes.len() == 6).then(|| hex.join(":"))
}

/// An address of either family.
pub fn ip_of(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from).ok();
    v4.or_else(|| <[u8; 16]>::try_from(bytes).map(IpAddr::from).ok())
}

/// One request.
pub struct NetlinkRequest(Vec<u8>);

impl NetlinkRequest {
    /// A request for everything of a kind.
    pub fn dump(kind: u16, part: &[u8]) -> Self {
        Self::new(kind, libc::NLM_F_DUMP, part)
    }

    /// A request to change something, to be confirmed.
    pub fn change(kind: u16, flags: i32, part: &[u8]) -> Self {
        Self::new(kind, flags | libc::NLM_F_ACK, part)
    }

    /// A request of which only a refusal is answered.
    pub fn new(kind: u16, flags: i32, part: &[u8]) -> Self {
        let flags = u16::try_from(flags | libc::NLM_F_REQUEST).unwrap_or(0);
        let mut bytes = vec![0; 4];
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(flags.to_ne_bytes());
        // The sequence follows, and the kernel fills in the port.
        bytes.extend([0; 8]);
        bytes.extend(part);
        Self(bytes)
    }

    /// The same with one more attribute.
    pub fn with(mut self, attribute: Vec<u8>) -> Self {
        self.0.extend(attribute);
        self
    }

    /// The datagram, with its length in front; `sequence` is what its answers carry.
    pub fn bytes(&self, sequence: u32) -> Vec<u8> {
        let length = u32::try_from(self.0.len()).unwrap_or(0).to_ne_bytes();
        let head = self.0.get(4..8).unwrap_or_default();
        let rest = self.0.get(12..).unwrap_or_default();
        [&length, head, &sequence.to_ne_bytes(), rest].concat()
    }
}

/// One attribute with its padding.
pub fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(value.len() + 8);
    bytes.extend(u16::try_from(value.len() + 4).unwrap_or(0).to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// An attribute that consists of others.
pub fn nested(kind: u16, parts: &[Vec<u8>]) -> Vec<u8> {
    attribute(kind, &parts.concat())
}

/// ifinfomsg.
pub fn link(index: u32, flags: u32, change: u32) -> Vec<u8> {
    [[0; 4], index.to_ne_bytes(), flags.to_ne_bytes(), change.to_ne_bytes()].concat()
}

/// ifaddrmsg of an address.
pub fn address(index: u32, ip: IpAddr, prefix_length: u8) -> Vec<u8> {
    [[family(ip), prefix_length, 0, libc::RT_SCOPE_UNIVERSE], index.to_ne_bytes()].concat()
}

/// rtmsg of a unicast route; its table is an attribute.
pub fn route(destination: IpAddr, prefix_length: u8, gateway: bool, on_link: bool) -> Vec<u8> {
    // Scopes are of IPv4 only; the kernel gives every IPv6 route that of the universe.
    let is_on_link = destination.is_ipv4() && !gateway;
    let scope = if is_on_link { libc::RT_SCOPE_LINK } else { libc::RT_SCOPE_UNIVERSE };
    let way = [libc::RT_TABLE_UNSPEC, libc::RTPROT_BOOT, scope, libc::RTN_UNICAST];
    let flags = if on_link { RTNH_F_ONLINK } else { 0 };
    [[family(destination), prefix_length, 0, 0], way, flags.to_ne_bytes()].concat()
}

/// An attribute that is an address.
pub fn ip_attribute(kind: u16, ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => attribute(kind, &ip.octets()),
        IpAddr::V6(ip) => attribute(kind, &ip.octets()),
    }
}

/// The kernel's number of an address's family.
pub fn family(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { INET } else { INET6 }
}

/// ifa_cacheinfo: preferred and valid for so many seconds.
pub fn lifetime(preferred: u32, valid: u32) -> Vec<u8> {
    [preferred.to_ne_bytes(), valid.to_ne_bytes(), [0; 4], [0; 4]].concat()
}

const INET: u8 = 2;
/// The family of IPv6.
pub const INET6: u8 = 10;

/// What a message of an answer says.
pub enum KernelReply {
    /// Something that was asked for.
    Body(Vec<u8>),
    /// The end: an errno, or 0.
    Done(i32),
}

/// One message of an answer.
pub struct KernelMessage {
    /// That of the request.
    pub sequence: u32,
    /// Whether something changed while the kernel listed it, so that the list may lack something.
    pub is_interrupted: bool,
    /// What it says.
    pub what: KernelReply,
}

/// The messages of one datagram.
pub fn answers(mut datagram: &[u8]) -> Vec<KernelMessage> {
    const INTERRUPTED: u16 = 0x10;
    let mut found = Vec::new();
    while let (Some(length), Some(kind), Some(flags), Some(sequence)) =
        (u32_at(datagram, 0), u16_at(datagram, 4), u16_at(datagram, 6), u32_at(datagram, 8))
    {
        let Some(length) = usize::try_from(length).ok().filter(|length| *length >= HEADER) else { break };
        let body = datagram.get(HEADER..length).unwrap_or_default();
        // Negative; the end of a list has one as well.
        let errno = |otherwise: i32| u32_at(body, 0).map_or(otherwise, |code| code.wrapping_neg().cast_signed());
        let what = match i32::from(kind) {
            libc::NLMSG_DONE => KernelReply::Done(errno(0)),
            libc::NLMSG_ERROR => KernelReply::Done(errno(libc::EBADMSG)),
            _ => KernelReply::Body(body.to_vec()),
        };
        found.push(KernelMessage { sequence, is_interrupted: flags & INTERRUPTED != 0, what });
        datagram = datagram.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    found
}

/// The attributes of a body.
pub fn attributes(mut rest: &[u8]) -> Vec<(u16, &[u8])> {
    let mut found = Vec::new();
    while let (Some(length), Some(kind)) = (u16_at(rest, 0), u16_at(rest, 2)) {
        let Some(value) = rest.get(4..usize::from(length)) else { break };
        // The two highest bits say how the value is written, not what it is.
        found.push((kind & 0x3fff, value));
        rest = rest.get(usize::from(length).next_multiple_of(4)..).unwrap_or_default();
    }
    found
}

/// A short number inside a body.
pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2).and_then(|found| found.try_into().ok()).map(u16::from_ne_bytes)
}

/// A number inside a body.
pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).and_then(|found| found.try_into().ok()).map(u32::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_is_read_and_what_software_has_made_has_a_kind() {
        let mut body = link(3, READY | UP, 0);
        body[2..4].copy_from_slice(&libc::ARPHRD_ETHER.to_ne_bytes());
        body.extend(attribute(libc::IFLA_IFNAME, b"eth0\0"));
        body.extend(attribute(libc::IFLA_ADDRESS, &[0x52, 0x54, 0, 0x12, 0x34, 0x56]));
        body.extend(attribute(libc::IFLA_MTU, &1500u32.to_ne_bytes()));
        let read = read_link(&body).unwrap();
        assert_eq!((read.index, read.name.as_str(), read.mtu), (3, "eth0", 1500));
        assert_eq!((read.mac.as_deref(), read.up, read.carrier), (Some("52:54:00:12:34:56"), true, true));
        assert!(read.is_physical());
        // A member of a bond has the attribute too, and it is hardware still.
        body.extend(nested(libc::IFLA_LINKINFO, &[attribute(4, b"bond\0")]));
        body.extend(attribute(libc::IFLA_MASTER, &7u32.to_ne_bytes()));
        let member = read_link(&body).unwrap();
        assert_eq!((member.kind.as_deref(), member.master), (None, Some(7)));
        body.extend(nested(libc::IFLA_LINKINFO, &[attribute(IFLA_INFO_KIND, b"vlan\0")]));
        assert_eq!(read_link(&body).unwrap().kind.as_deref(), Some("vlan"));
        for cut in 0..body.len() {
            let _ = read_link(&body[..cut]);
        }
    }

    #[test]
    fn links_are_announced_and_ports_of_a_bridge_a_second_time() {
        let announce = |part: Vec<u8>| NetlinkRequest::new(libc::RTM_NEWLINK, 0, &part).bytes(0);
        let of = |kind: &[u8]| {
            announce([link(7, 0, 0), nested(libc::IFLA_LINKINFO, &[attribute(IFLA_INFO_KIND, kind)])].concat())
        };
        let kinds = |datagram: &[u8]| announced(datagram).into_iter().map(|link| link.kind).collect::<Vec<_>>();
        assert_eq!(kinds(&[of(b"veth\0"), of(b"bond\0")].concat()), [Some("veth".into()), Some("bond".into())]);
        assert_eq!(kinds(&[]), []);
        let mut of_port = link(7, 0, 0);
        of_port[0] = libc::AF_BRIDGE.to_ne_bytes()[0];
        assert_eq!(kinds(&announce(of_port)), []);
    }

    #[test]
    fn addresses_routes_and_rules_are_read() {
        let ip: IpAddr = "192.0.2.7".parse().unwrap();
        let of_flags = |flags: i32| {
            let flags = attribute(IFA_FLAGS, &flags.to_ne_bytes());
            let body = [address(3, ip, 24), ip_attribute(libc::IFA_ADDRESS, ip), flags].concat();
            let read = read_address(&body).unwrap();
            assert_eq!((read.link, read.address), (3, Prefix { address: ip, prefix_length: 24 }));
            (read.is_temporary, read.is_tentative, read.is_duplicate)
        };
        let (permanent, tentative) = (libc::IFA_F_PERMANENT.cast_signed(), libc::IFA_F_TENTATIVE.cast_signed());
        assert_eq!(of_flags(permanent), (false, false, false));
        assert_eq!(of_flags(0), (true, false, false));
        assert_eq!(of_flags(permanent | tentative), (false, true, false));
        assert_eq!(of_flags(permanent | libc::IFA_F_DADFAILED.cast_signed()), (false, true, true));

        let to: IpAddr = "10.0.0.0".parse().unwrap();
        let mut body = route(to, 8, true, false);
        for part in [
            ip_attribute(libc::RTA_DST, to),
            ip_attribute(libc::RTA_GATEWAY, ip),
            attribute(libc::RTA_OIF, &3u32.to_ne_bytes()),
            attribute(libc::RTA_TABLE, &100u32.to_ne_bytes()),
        ] {
            body.extend(part);
        }
        let wanted = SeenRoute {
            link: 3,
            table: 100,
            destination: to,
            prefix_length: 8,
            gateway: Some(ip),
            source: None,
            metric: 0,
        };
        assert_eq!(read_route(&body), Some(wanted));
        body.extend(attribute(libc::RTA_TABLE, &LOCAL.to_ne_bytes()));
        assert_eq!(read_route(&body), None);

        let wanted = RoutingRule {
            from: Some(Prefix { address: to, prefix_length: 8 }),
            mark: Some(7),
            table: 300,
            priority: Some(1000),
            ..RoutingRule::default()
        };
        let request = rule(&wanted).bytes(0);
        assert_eq!(read_rule(&request[HEADER..]), Some(SeenRule { ipv6: false, rule: wanted }));
        // What the kernel tells about each rule, and what no config asks for.
        let plus = |kind: u16, value: u32| [&request[HEADER..], &attribute(kind, &value.to_ne_bytes())].concat();
        for (kind, value, is_read) in
            [(FRA_FWMASK, u32::MAX, true), (FRA_FWMASK, 0xf00, false), (FRA_SUPPRESS_PREFIX, 0, false), (3, 0, false)]
        {
            assert_eq!(read_rule(&plus(kind, value)).is_some(), is_read, "{kind} {value}");
        }
        for cut in 0..request.len() - HEADER {
            let _ = read_rule(&request[HEADER..HEADER + cut]);
            let _ = read_route(&body[..cut.min(body.len())]);
        }
    }

    #[test]
    fn the_family_of_an_address_is_that_of_its_message_and_of_its_attributes() {
        let (v4, v6): (IpAddr, IpAddr) = ("192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap());
        assert_eq!(address(3, v4, 24)[..4], [2, 24, 0, 0]);
        assert_eq!(address(3, v6, 64)[..4], [10, 64, 0, 0]);
        let scope = |ip, gateway| route(ip, 8, gateway, false)[6];
        assert_eq!(
            (route(v6, 8, true, false)[0], scope(v4, true), scope(v4, false), scope(v6, false)),
            (10, 0, 253, 0)
        );
        assert_eq!((ip_attribute(1, v4).len(), ip_attribute(1, v6).len()), (8, 20));
    }

    #[test]
    fn an_error_answer_is_its_errno() {
        let done = |kind: i32, code: i32| {
            let kind = u16::try_from(kind).unwrap();
            let message = NetlinkRequest::new(kind, 0x10, &code.to_ne_bytes()).bytes(77);
            let [KernelMessage { sequence: 77, is_interrupted: true, what: KernelReply::Done(errno) }] =
                answers(&message)[..]
            else {
                panic!()
            };
            errno
        };
        assert_eq!((done(libc::NLMSG_ERROR, -1), done(libc::NLMSG_DONE, 0), done(libc::NLMSG_DONE, -22)), (1, 0, 22));
    }
}
