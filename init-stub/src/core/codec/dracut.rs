//! The words by which dracut gets a network on the kernel command line (dracut.cmdline(7)). An operator writes them, so what is not
//! understood is an error.

use crate::core::config::{Bridge, LinkKind, Prefix};
use crate::core::platform_network::PlatformNetwork;
use crate::core::platform_network::draft::{Draft, DraftLink};
use crate::core::platform_network::{facts, options};
use std::net::IpAddr;

/// The id of what `ip=dhcp` means: every interface that no other word names.
const EVERY: &str = "every interface";
/// What is wrong with a word.
type Wrong = Result<(), String>;

/// The network of some words, with white space between them. The error names the word and what is wrong with it.
pub fn network_of_words(words: &str) -> Result<PlatformNetwork, String> {
    let mut draft = Draft::default();
    let mut host_names = Vec::new();
    // A route needs the link, and an address of ip= one that has a name or is made.
    for is_wanted in [is_link as fn(&str) -> bool, |key| key == "ip", |key| !is_link(key) && key != "ip"] {
        for word in words.split_ascii_whitespace() {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            if is_wanted(key) {
                read(key, value, &mut draft, &mut host_names).map_err(|why| format!("{}: {why}", shown(word)))?;
            }
        }
    }
    // Name servers alone are for what DHCP brings.
    let has_only_servers = draft.links.is_empty() && !draft.nameservers.is_empty();
    if has_only_servers && words.split_ascii_whitespace().all(|word| !word.starts_with("ip=")) {
        every("dhcp", &mut draft)?;
    }
    let mut network = draft.finish();
    if let Some(first) = network.left_out.first() {
        return Err(first.clone());
    }
    network.left_out = host_names;
    network.left_out.truncate(1);
    Ok(network)
}

fn is_link(key: &str) -> bool {
    matches!(key, "vlan" | "bond" | "bridge" | "ifname")
}

/// The beginning of a word: it may be long. A parameter of Keel inside of the quotes may have a password.
fn shown(word: &str) -> String {
    let word = if word.starts_with("keel.") { word.split('=').next().unwrap_or_default() } else { word };
    word.chars().take(80).map(|c| if c.is_control() { '?' } else { c }).collect()
}

fn read(key: &str, value: &str, draft: &mut Draft, host_names: &mut Vec<String>) -> Wrong {
    let parts = parts_of(value);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match (key, &parts[..]) {
        ("ifname", [_, ..]) => ifname(value, draft),
        ("vlan", [name, on]) => vlan(name, on, draft),
        ("bond", [name, rest @ ..]) if rest.len() <= 3 => bond(name, rest, draft),
        ("bridge", [name, rest @ ..]) if rest.len() <= 1 => bridge(name, rest, draft),
        ("nameserver", [server]) => {
            draft.nameservers.push(ip(server)?);
            Ok(())
        }
        ("rd.route" | "route", [to, gateway]) => route(to, gateway, None, draft),
        ("rd.route" | "route", [to, gateway, on]) => route(to, gateway, Some(on), draft),
        ("ip", [how]) => every(how, draft),
        ("ip", [on, how, rest @ ..]) if method_of(how).is_some() && facts::is_name(on) => {
            let link = link_of(on, draft)?;
            apply(how, link)?;
            sizes(rest, link)
        }
        ("ip", [_, _, _, _, host, ..]) if parts.len() >= 6 => {
            if !host.is_empty() {
                host_names.push("ip: the host name".into());
            }
            full(&parts, draft)
        }
        ("ip" | "vlan" | "bond" | "bridge" | "nameserver" | "rd.route" | "route", _) => {
            Err("it does not have the parts that dracut.cmdline(7) describes".into())
        }
        _ => Err("it is not one of ip, vlan, bond, bridge, ifname, nameserver and rd.route".into()),
    }
}

/// The parts between colons; those in brackets belong to an address, and lose them.
fn parts_of(value: &str) -> Vec<String> {
    let (mut parts, mut part, mut is_inside) = (Vec::new(), String::new(), false);
    for c in value.chars() {
        match c {
            '[' => is_inside = true,
            ']' => is_inside = false,
            ':' if !is_inside => parts.push(std::mem::take(&mut part)),
            _ => part.push(c),
        }
    }
    parts.push(part);
    parts
}

fn ip(text: &str) -> Result<IpAddr, String> {
    facts::ip(text).ok_or_else(|| format!("{} is not an IP address; one of IPv6 needs brackets", shown(text)))
}

/// What asks for addresses: DHCP, DHCPv6 and routers; None: it is not a method.
fn method_of(how: &str) -> Option<[bool; 3]> {
    Some(match how {
        "dhcp" | "on" | "any" => [true, false, false],
        "dhcp6" => [false, true, false],
        "auto6" => [false, false, true],
        "either6" => [false, true, true],
        "none" | "off" | "link6" => [false; 3],
        _ => return None,
    })
}

fn apply(how: &str, draft: &mut DraftLink) -> Wrong {
    let [dhcp4, dhcp6, slaac] = method_of(how).ok_or_else(|| format!("{} is not supported", shown(how)))?;
    let link = &mut draft.link;
    for (is, flag) in [(dhcp4, &mut link.dhcp4), (dhcp6, &mut link.dhcp6), (slaac, &mut link.slaac)] {
        *flag = flag.or(is.then_some(true));
    }
    Ok(())
}

/// `ip=dhcp`: for every interface that no other word names.
fn every(how: &str, draft: &mut Draft) -> Wrong {
    let mut link = DraftLink::every(EVERY);
    apply(how, &mut link)?;
    if !matches!(how, "none" | "off") {
        draft.links.push(link);
    }
    Ok(())
}

/// The link that the words call so, which is an interface of the machine unless a word makes it.
fn link_of<'a>(name: &str, draft: &'a mut Draft) -> Result<&'a mut DraftLink, String> {
    if draft.links.iter().all(|link| link.id != name) {
        let link = if name == EVERY { Some(DraftLink::every(EVERY)) } else { None };
        let found = link.or_else(|| facts::by_name(name).map(|selector| DraftLink::physical(name, selector)));
        draft.links.push(found.ok_or_else(|| without_udev(name))?);
    }
    draft.links.iter_mut().find(|link| link.id == name).ok_or_else(|| without_udev(name))
}

fn without_udev(name: &str) -> String {
    format!("a node has no udev, which names interfaces {}: write ifname=NAME:MAC and that name", shown(name))
}

/// `client:peer:gateway:netmask:hostname:interface:method` and what may follow.
fn full(parts: &[&str], draft: &mut Draft) -> Wrong {
    let part = |at: usize| parts.get(at).copied().filter(|text| !text.is_empty());
    if part(1).is_some() {
        return Err("a peer is not supported".into());
    }
    let name = part(5).unwrap_or(EVERY);
    let gateway = part(2).map(ip).transpose()?;
    let link = link_of(name, draft)?;
    if let Some(client) = part(0) {
        ip(client.split('/').next().unwrap_or_default())?;
        if part(3).is_none() && !client.contains('/') {
            return Err("it has no netmask".into());
        }
        let address = facts::address(client, part(3)).ok_or("its netmask is not one of the address")?;
        link.link.addresses.push(address);
    }
    link.link.routes.extend(gateway.map(facts::default_route));
    apply(part(6).unwrap_or("none"), link)?;
    let rest = parts.get(7..).unwrap_or_default();
    if rest.first().is_some_and(|first| facts::ip(first).is_none()) && rest.get(1).is_none_or(|dns| ip(dns).is_err()) {
        return sizes(rest, link);
    }
    for server in rest.iter().take(2).filter(|server| !server.is_empty()) {
        let server = ip(server)?;
        link.add_servers([server]);
    }
    match rest.get(2..) {
        None | Some([] | [""]) => Ok(()),
        Some(_) => Err("what follows the name servers is not supported".into()),
    }
}

/// `[mtu][:mac]` at the end of a word.
fn sizes(rest: &[&str], draft: &mut DraftLink) -> Wrong {
    match rest {
        [] | [""] | ["", ""] => Ok(()),
        [mtu] | [mtu, ""] => {
            draft.link.mtu_bytes = Some(mtu_of(mtu)?);
            Ok(())
        }
        _ => Err("to set a hardware address is not supported".into()),
    }
}

fn mtu_of(text: &str) -> Result<u32, String> {
    let mtu = text.parse().ok().filter(|mtu| (68..=65535).contains(mtu));
    mtu.ok_or_else(|| format!("{} is not an MTU from 68 to 65535", shown(text)))
}

fn ifname(value: &str, draft: &mut Draft) -> Wrong {
    let (name, mac) = value.split_once(':').unwrap_or((value, ""));
    let mac = facts::mac(mac).ok_or("it is not a name and a MAC address")?;
    made(name, draft)?;
    let mut link = DraftLink::with_mac(name, mac);
    link.link.name = Some(name.to_owned());
    draft.links.push(link);
    Ok(())
}

/// Whether a link that the node makes or names can have the name.
fn made(name: &str, draft: &Draft) -> Wrong {
    if !facts::is_name(name) {
        return Err(format!("{} is not the name of a network interface", shown(name)));
    }
    if draft.links.iter().any(|link| link.id == name) {
        return Err("another word has this name".into());
    }
    Ok(())
}

/// The number is at the end of the name: `vlan0005`, `vlan5`, `eth0.0005`, `eth0.5`.
fn vlan(name: &str, on: &str, draft: &mut Draft) -> Wrong {
    made(name, draft)?;
    let digits = name.rsplit_once('.').map(|(_, digits)| digits).or_else(|| name.strip_prefix("vlan"));
    let id = digits.and_then(|digits| digits.parse().ok()).filter(|id| (1..=4094).contains(id));
    let id: u16 = id.ok_or("the name does not end with a number from 1 to 4094, as vlan5 and eth0.5 do")?;
    let mut link = DraftLink::vlan(name, id);
    link.parts = members_of(on, 1)?;
    draft.links.push(link);
    Ok(())
}

/// Names with commas between them.
fn members_of(text: &str, most: usize) -> Result<Vec<String>, String> {
    let names: Vec<String> = text.split(',').map(str::to_owned).collect();
    if names.len() > most {
        return Err("it is on more than one link".into());
    }
    match names.iter().find(|name| !facts::is_name(name)) {
        Some(name) => Err(format!("{} is not the name of a network interface", shown(name))),
        None => Ok(names),
    }
}

fn bond(name: &str, rest: &[&str], draft: &mut Draft) -> Wrong {
    made(name, draft)?;
    let part = |at: usize| rest.get(at).copied().filter(|text| !text.is_empty());
    let given = part(1).unwrap_or("mode=balance-rr").split(',').map(|option| {
        let (key, value) = option.split_once('=').unwrap_or((option, ""));
        (key, value.split(';').collect())
    });
    let link = DraftLink::bond(name, given, &mut draft.out);
    let mut link = link.ok_or("its mode is not one of the kernel's")?;
    link.parts = members_of(part(0).unwrap_or("eth0,eth1"), usize::MAX)?;
    link.link.mtu_bytes = part(2).map(mtu_of).transpose()?;
    draft.links.push(link);
    Ok(())
}

fn bridge(name: &str, rest: &[&str], draft: &mut Draft) -> Wrong {
    made(name, draft)?;
    let bridge: Option<Bridge> = options::bridge(name, false, std::iter::empty(), &mut draft.out);
    let Some(bridge) = bridge else { return Err("it cannot be made".into()) };
    let mut link = DraftLink::new(name, LinkKind::Bridge(bridge));
    link.parts = members_of(rest.first().copied().unwrap_or("eth0"), usize::MAX)?;
    draft.links.push(link);
    Ok(())
}

/// `network:gateway[:interface]`; without the interface it is the one whose network the gateway is in, or the only one.
fn route(to: &str, gateway: &str, on: Option<&str>, draft: &mut Draft) -> Wrong {
    let to: Prefix = facts::network(to, None).ok_or("what is before the gateway is not a network")?;
    let gateway = if gateway.is_empty() { None } else { Some(ip(gateway)?) };
    let route = facts::route(to, gateway);
    if let Some(name) = on.filter(|name| !name.is_empty()) {
        let link = link_of(name, draft)?;
        link.link.routes.push(route);
        return Ok(());
    }
    if gateway.is_none() {
        return Err("it has neither a gateway nor an interface".into());
    }
    if let [link] = &mut draft.links[..] {
        link.link.routes.push(route);
    } else {
        draft.add_route(route);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
