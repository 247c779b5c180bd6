//! Links that no kernel makes, and routes that it refuses.

use super::prefix::{is_network, network, prefix};
use super::text::{has_control, is_vendor_class};
use super::verdict::{Verdict, want};
use super::wireguard;
use crate::core::config::{
    Bond, Firewall, LinkKind, LinkSelector, Network, NetworkLink, Prefix, RouteTo, RoutingRule, Vlan,
};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The kernel's table of the node's own addresses.
const LOCAL: u32 = 255;

/// Accepts the links of a network, or reports the first value that cannot be applied.
pub fn check(network: &Network) -> Verdict {
    let mut names = BTreeSet::new();
    for (i, link) in network.links().iter().enumerate() {
        let at = format!("/network/links/{i}");
        kind(link, &names, &at)?;
        if let Some(name) = &link.name {
            want(is_link_name(name), format_args!("{at}/name"), "is not the name of a network interface")?;
            want(names.insert(name.as_str()), format_args!("{at}/name"), "is the name of another link")?;
        }
        lease(link, &at)?;
        addresses(link, &at)?;
    }
    network.firewall.as_ref().map_or(Ok(()), firewall)
}

fn firewall(firewall: &Firewall) -> Verdict {
    for (i, link) in firewall.links.iter().enumerate() {
        want(
            is_link_name(link),
            format_args!("/network/firewall/links/{i}"),
            "is not the name of a network interface",
        )?;
    }
    for (i, one) in firewall.allow.iter().enumerate() {
        let at = format!("/network/firewall/allow/{i}");
        let is_fit = one.has_ports() == one.ports.is_some();
        want(is_fit, format_args!("{at}/protocol"), "has ports if it is TCP, UDP or SCTP, and only then")?;
        for (j, range) in one.ports.iter().flatten().enumerate() {
            want(range.first <= range.last, format_args!("{at}/ports/{j}/last"), "is less than the first port")?;
        }
        for (j, from) in one.from.iter().flatten().enumerate() {
            self::network(*from, &format!("{at}/from/{j}"))?;
        }
    }
    Ok(())
}

/// `names` are those of the links before it.
fn kind(link: &NetworkLink, names: &BTreeSet<&str>, at: &str) -> Verdict {
    let at = format!("{at}/kind");
    let members = match &link.kind {
        LinkKind::Physical { selector: one } => {
            let is_one = !one.is_all()
                || (link.name.is_none() && *one == LinkSelector { all: Some(true), ..LinkSelector::default() });
            want(is_one, format_args!("{at}/selector"), "means all interfaces and one")?;
            return selector(one, &format!("{at}/selector"));
        }
        LinkKind::Bond(bond) => {
            self::bond(bond, &at)?;
            &bond.members
        }
        LinkKind::Bridge(bridge) => &bridge.members,
        LinkKind::Vlan(Vlan { link, .. }) => {
            want(
                names.contains(link.as_str()),
                format_args!("{at}/link"),
                "is not the name of a link before this one",
            )?;
            &Vec::new()
        }
        LinkKind::Dummy {} => &Vec::new(),
        LinkKind::Wireguard(tunnel) => {
            wireguard::check(tunnel, &at)?;
            &Vec::new()
        }
    };
    want(link.name.is_some(), format_args!("{at}/type"), "needs a name for the link")?;
    for (i, member) in members.iter().enumerate() {
        selector(member, &format!("{at}/members/{i}"))?;
    }
    Ok(())
}

fn bond(bond: &Bond, at: &str) -> Verdict {
    let is_member = bond.primary.is_none_or(|place| place < bond.members.len());
    want(is_member, format_args!("{at}/primary"), "is not the place of a member")?;
    let has_monitor = bond.mii_monitor_interval_ms.is_some_and(|ms| ms > 0);
    for (key, delay) in [("upDelayMs", bond.up_delay_ms), ("downDelayMs", bond.down_delay_ms)] {
        want(delay.is_none() || has_monitor, format_args!("{at}/{key}"), "needs miiMonitorIntervalMs")?;
    }
    let is_whole = bond.learn_packet_interval_ms.is_none_or(|ms| ms % 1000 == 0);
    want(is_whole, format_args!("{at}/learnPacketIntervalMs"), "is not a number of whole seconds")
}

fn selector(selector: &LinkSelector, at: &str) -> Verdict {
    if let Some(name) = &selector.name {
        want(is_link_name(name), format_args!("{at}/name"), "is not the name of a network interface")?;
    }
    for (key, mac) in [("mac", &selector.mac), ("permanentMac", &selector.permanent_mac)] {
        let is_fit = mac.as_deref().is_none_or(is_mac);
        want(is_fit, format_args!("{at}/{key}"), "is not six lower-case hexadecimal bytes joined by colons")?;
    }
    let is_plain = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && b != b'/');
    for (key, text) in [("driver", &selector.driver), ("path", &selector.path)] {
        want(text.as_deref().is_none_or(is_plain), format_args!("{at}/{key}"), "is not the name of one")?;
    }
    Ok(())
}

fn lease(link: &NetworkLink, at: &str) -> Verdict {
    let Some(overrides) = &link.dhcp4_overrides else { return Ok(()) };
    let at = format!("{at}/dhcp4Overrides");
    want(link.has_dhcp4(), format_args!("{at}"), "needs dhcp4")?;
    let is_fit = overrides.vendor_class.as_deref().is_none_or(is_vendor_class);
    want(is_fit, format_args!("{at}/vendorClass"), "is not 1 to 255 characters of printable ASCII")
}

fn addresses(link: &NetworkLink, at: &str) -> Verdict {
    for (i, address) in link.addresses.iter().enumerate() {
        prefix(*address, &format!("{at}/addresses/{i}"))?;
    }
    for (i, one) in link.routes.iter().enumerate() {
        route(one, &format!("{at}/routes/{i}"))?;
    }
    for (i, one) in link.rules.iter().flatten().enumerate() {
        rule(one, &format!("{at}/rules/{i}"))?;
    }
    Ok(())
}

fn route(route: &RouteTo, at: &str) -> Verdict {
    let to = Prefix { address: route.destination, prefix_length: route.prefix_length };
    prefix(to, at)?;
    want(is_network(to), format_args!("{at}/destination"), "is an address and not a network")?;
    let is_of_family = |ip: Option<IpAddr>| ip.is_none_or(|ip| ip.is_ipv4() == route.destination.is_ipv4());
    want(is_of_family(route.gateway), format_args!("{at}/gateway"), "is of another family than the destination")?;
    want(is_of_family(route.source), format_args!("{at}/source"), "is of another family than the destination")?;
    want(route.on_link != Some(true) || route.gateway.is_some(), format_args!("{at}/onLink"), "needs a gateway")?;
    want(route.table != Some(LOCAL), format_args!("{at}/table"), "is the kernel's own")
}

fn rule(rule: &RoutingRule, at: &str) -> Verdict {
    for (key, one) in [("from", rule.from), ("to", rule.to)] {
        let Some(one) = one else { continue };
        network(one, &format!("{at}/{key}"))?;
        want(one.prefix_length > 0, format_args!("{at}/{key}/prefixLength"), "means every address")?;
    }
    let is_one_family = |(from, to): (Prefix, Prefix)| from.address.is_ipv4() == to.address.is_ipv4();
    want(rule.from.zip(rule.to).is_none_or(is_one_family), format_args!("{at}/to"), "is of another family than from")?;
    let has_condition = rule.from.is_some() || rule.to.is_some() || rule.mark.is_some();
    want(has_condition, format_args!("{at}"), "has no condition")?;
    let (has_family, has_address) = (rule.family.is_some(), rule.from.or(rule.to).is_some());
    want(
        has_family != has_address,
        format_args!("{at}/family"),
        "stands where no address says the family, and only there",
    )?;
    want(rule.table != LOCAL, format_args!("{at}/table"), "is the kernel's own")
}

/// Whether a network interface can be called so: the kernel's own rule, which counts bytes.
pub fn is_link_name(name: &str) -> bool {
    let fits = name.len() <= 15 && !matches!(name, "." | ".." | "lo" | "all" | "default" | "bonding_masters");
    fits && !name.contains(['/', ':']) && !name.contains(char::is_whitespace) && !has_control(name)
}

fn is_mac(mac: &str) -> bool {
    let mut bytes = mac.split(':');
    let is_byte = |byte: &str| byte.len() == 2 && byte.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    bytes.clone().count() == 6 && bytes.all(is_byte)
}
