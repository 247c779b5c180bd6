//! `keel.config.url=`: the document at an http or https address. `${uuid}`, `${serial}`, `${mac}` and `${hostname}` in
//! it become facts of this machine, so that one command line serves many.

use super::fetch::{Online, PROXY, Place, ask as fetch};
use super::platform::firmware;
use super::smbios::machine_uuid;
use super::{SourceAnswer, value};
use crate::core::codec::percent;
use crate::core::error::{Code, Error, Result};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;

const NAME: &str = "keel.config.url=";

/// Asks the server, once the network is there.
pub fn ask(node: &mut Node) -> std::result::Result<SourceAnswer, Interrupt> {
    let Some(template) = value(NAME) else { return Ok(SourceAnswer::NoConfig) };
    if !template.starts_with("http://") && !template.starts_with("https://") {
        return Ok(SourceAnswer::Fatal(wrong("it begins with neither http:// nor https://")));
    }
    if let Some(why) = value(PROXY).and_then(|proxy| not_a_proxy(&proxy)) {
        return Ok(SourceAnswer::Fatal(Error::new(Code::CmdlineInvalid, "read", PROXY).with_detail(why)));
    }
    if node.state::<Option<Online>>().is_none() {
        return Ok(SourceAnswer::NeedsNetwork);
    }
    match expand(&template, |fact| fact_of(node, fact)) {
        Ok(url) => {
            let object = shown(&url);
            fetch(node, Place::Url { url }, &object)
        }
        Err(error) => Ok(SourceAnswer::Fatal(error)),
    }
}

fn wrong(detail: impl Into<String>) -> Error {
    Error::new(Code::CmdlineInvalid, "read", NAME).with_detail(detail)
}

/// What is wrong with the address of a proxy. It may have a password, so none of it is quoted.
fn not_a_proxy(proxy: &str) -> Option<&'static str> {
    let Some(rest) = proxy.strip_prefix("http://") else { return Some("it does not begin with http://") };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let host = rest.rsplit('@').next().unwrap_or_default();
    let has_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    match host.rsplit_once(':') {
        _ if rest.contains(['/', '?', '#']) => Some("it has a path; a proxy is http://host:port"),
        Some((name, port)) if !name.is_empty() && has_port(port) => None,
        _ => Some("it has no port; a proxy is http://host:port"),
    }
}

/// The address without what may be a secret: the query, and a password before the host.
pub fn shown(url: &str) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    match plain.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.split_once('/')?))) {
        Some((scheme, (host, path))) => format!("{scheme}://{}/{path}", host.rsplit('@').next().unwrap_or_default()),
        None => plain.rsplit('@').next().unwrap_or_default().to_owned(),
    }
}

/// The template with facts of this machine in the place of `${…}`, percent-encoded.
pub fn expand(template: &str, fact_of: impl Fn(&str) -> Option<String>) -> Result<String> {
    let mut parts = template.split("${");
    let mut url = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').ok_or_else(|| wrong("a ${ has no }"))?;
        if !["uuid", "serial", "mac", "hostname"].contains(&name) {
            return Err(wrong(format!(
                "${{{name}}} is unknown; there are ${{uuid}}, ${{serial}}, ${{mac}} and ${{hostname}}"
            )));
        }
        let fact = fact_of(name).ok_or_else(|| wrong(format!("this machine has no ${{{name}}}")))?;
        url.push_str(&percent::encode(&fact));
        url.push_str(rest);
    }
    Ok(url)
}

/// What vendors write where nothing is known.
const NOTHING: [&str; 6] = ["", "none", "not specified", "not available", "default string", "to be filled by o.e.m."];

fn fact_of(node: &Node, name: &str) -> Option<String> {
    let fact = match name {
        "uuid" => machine_uuid()?,
        "serial" => firmware("product_serial"),
        "mac" => mac()?,
        "hostname" => node.network.hostname.clone()?,
        _ => return None,
    };
    (!NOTHING.contains(&fact.to_lowercase().as_str())).then_some(fact)
}

/// That of the interface with the default route; without one, that of the first interface.
fn mac() -> Option<String> {
    let routes = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let (v4, v6) = (routes("/proc/net/route"), routes("/proc/net/ipv6_route"));
    let first = || {
        let mut links: Vec<_> =
            std::fs::read_dir("/sys/class/net").ok()?.flatten().map(|link| link.file_name()).collect();
        links.sort();
        links.into_iter().filter_map(|name| name.into_string().ok()).find(|name| name != "lo")
    };
    let link = default_link(&v4).or_else(|| default_link_of_ipv6(&v6)).map(str::to_owned).or_else(first)?;
    let mac = std::fs::read_to_string(format!("/sys/class/net/{link}/address")).ok()?;
    Some(mac.trim().to_lowercase())
}

/// The interface of the first line whose destination is 0.
fn default_link(routes: &str) -> Option<&str> {
    routes.lines().skip(1).find_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let link = words.next()?;
        (words.next()? == "00000000").then_some(link)
    })
}

/// The interface of the first line whose destination is `::/0`. On the loopback the kernel has one that leads nowhere.
fn default_link_of_ipv6(routes: &str) -> Option<&str> {
    routes.lines().find_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let is_default = words.next()?.bytes().all(|digit| digit == b'0') && words.next()? == "00";
        words.next_back().filter(|link| is_default && *link != "lo")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(name: &str) -> Option<String> {
        match name {
            "uuid" => Some("ab-12".into()),
            "serial" => Some("S/N 1&2".into()),
            "mac" => Some("52:54:00:12:34:56".into()),
            _ => None,
        }
    }

    #[test]
    fn facts_are_put_in_percent_encoded() {
        assert_eq!(
            expand("http://h/${uuid}?s=${serial}&m=${mac}", fact).unwrap(),
            "http://h/ab-12?s=S%2FN%201%262&m=52%3A54%3A00%3A12%3A34%3A56"
        );
        assert_eq!(expand("http://h/a$b", fact).unwrap(), "http://h/a$b");
    }

    #[test]
    fn a_fact_that_is_missing_or_unknown_is_named() {
        for (template, part) in [
            ("http://h/${hostname}", "no ${hostname}"),
            ("http://h/${name}", "${name} is unknown"),
            ("http://h/${uuid", "no }"),
        ] {
            let error = expand(template, fact).unwrap_err();
            assert_eq!(error.code, Code::CmdlineInvalid);
            assert!(error.detail.unwrap().contains(part), "{template}");
        }
    }

    #[test]
    fn a_proxy_has_a_host_and_a_port() {
        for good in ["http://192.0.2.1:3128", "http://u:p%40@proxy.example.org:80/", "http://[2001:db8::1]:3128"] {
            assert_eq!(not_a_proxy(good), None, "{good}");
        }
        for wrong in [
            "https://h:1",
            "h:1",
            "http://h",
            "http://h:0",
            "http://[2001:db8::1]",
            "http://h:1/x",
            "http://:1",
            "http://u:1@h",
        ] {
            assert!(not_a_proxy(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        assert_eq!(shown("https://u:p@h:8443/a/b?token=x"), "https://h:8443/a/b");
        assert_eq!(shown("http://h"), "http://h");
    }

    #[test]
    fn the_default_route_tells_the_interface() {
        let table = "Iface\tDestination\tGateway\neth1\t0002000A\t0\neth0\t00000000\t0202000A\n";
        assert_eq!(default_link(table), Some("eth0"));
        let line = |to: &str, length: &str, link: &str| {
            let (none, flags) = ("0".repeat(32), "00000064 00000001 00000000 00450003");
            format!("{to} {length} {none} 00 {none} {flags} {link}\n")
        };
        let nowhere = line(&"0".repeat(32), "00", "lo");
        let table = nowhere.clone()
            + &line("20010db8000000000000000000000000", "40", "eth1")
            + &line(&"0".repeat(32), "60", "eth1")
            + &line(&"0".repeat(32), "00", "eth0");
        assert_eq!(default_link_of_ipv6(&table), Some("eth0"));
        assert_eq!(default_link_of_ipv6(&nowhere), None);
    }
}
