//! Getting the document at an address. Redirects are followed as long as they stay on the host.

use super::client::{Ask, Client};
use super::failure::Failure;
use super::outcome::{DOCUMENT_LIMIT, Outcome, is_passing, status_text};
use super::proxy::Proxy;
use crate::core::scoped::is_link_local;
use crate::pid1::node::Instance;
use crate::sys::udp::index_of;
use std::net::Ipv6Addr;
use std::time::Instant;
use ureq::http::Uri;

const MOST_REDIRECTS: u32 = 5;

/// The document; none when the server has none. `ca` is the value of `keel.config.ca=`, `proxy` that of `keel.proxy=`.
pub fn ask(url: &str, until: Instant, ca: Option<&str>, proxy: Option<&str>) -> Result<Outcome, Failure> {
    let proxy = proxy.map(Proxy::read).transpose()?;
    let authorization = proxy.as_ref().and_then(Proxy::authorization);
    let (url, link) = without_zone(url)?;
    let mut url = straight(&url);
    for _ in 0..=MOST_REDIRECTS {
        let https = url.starts_with("https://");
        let client = match &proxy {
            Some(proxy) => Client::through(until, https, ca, proxy)?,
            None => Client::by_link(until, https, ca, link)?,
        };
        // What a proxy connects to is not to see how the proxy is used.
        let header = authorization.as_deref().filter(|_| !https).map(|value| ("Proxy-Authorization", value));
        let ask = Ask { method: "GET", url: &url, headers: header.as_slice(), body: None, limit: DOCUMENT_LIMIT };
        let response = client.ask(&ask)?;
        let document = match response.status {
            200 if !response.body.is_empty() => Some(response.body),
            200 | 204 | 404 | 410 => None,
            301 | 302 | 303 | 307 | 308 => {
                url = join(&url, response.location.as_deref().unwrap_or_default())?;
                continue;
            }
            status if is_passing(status) => {
                return Err(Failure::busy(format!("the answer is {}", status_text(status)), response.retry_after_ms));
            }
            status => return Err(Failure::refused(format!("the answer is {}", status_text(status)))),
        };
        return Ok(Outcome { document, instance: Instance::default() });
    }
    Err(Failure::refused(format!("more than {MOST_REDIRECTS} redirects")))
}

/// The address without `.` and `..` in its path, as RFC 3986 has clients do it: a PXE script names files of its own folder so.
pub fn straight(url: &str) -> String {
    let (plain, query) = url.find(['?', '#']).and_then(|at| url.split_at_checked(at)).unwrap_or((url, ""));
    let Some((scheme, rest)) = plain.split_once("://") else { return url.to_owned() };
    let Some((host, path)) = rest.split_once('/') else { return url.to_owned() };
    let mut kept: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "." => {}
            ".." => drop(kept.pop()),
            step => kept.push(step),
        }
    }
    format!("{scheme}://{host}/{}{query}", kept.join("/"))
}

/// The address without the interface of a link-local one, and its number; 0: there is none. `[fe80::1%25eth0]` names it as RFC 6874
/// says, `[fe80::1%eth0]` as people type it. It means something on this machine only, so no server sees it, and no certificate has it.
fn without_zone(url: &str) -> Result<(String, u32), Failure> {
    let Some(literal) = literal(url) else { return Ok((url.to_owned(), 0)) };
    let (address, zone) = literal.split_once('%').unwrap_or((literal, ""));
    let Ok(ip) = address.parse::<Ipv6Addr>() else {
        return Err(Failure::misspelled(format!("{address} is not an IPv6 address")));
    };
    let zone = zone.strip_prefix("25").filter(|zone| !zone.is_empty()).unwrap_or(zone);
    let link = match (is_link_local(ip.into()), zone) {
        (true, "") => {
            let example = format!("{address} needs the interface that leads to it, as in [{address}%25eth0]");
            return Err(Failure::misspelled(example));
        }
        // A card may still appear.
        (true, zone) => index_of(zone).map_err(|e| Failure::unreachable(e.to_string()))?,
        (false, _) => 0,
    };
    Ok((url.replacen(&format!("[{literal}]"), &format!("[{address}]"), 1), link))
}

/// What stands in brackets in the place of the host.
fn literal(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
    authority.rsplit('@').next()?.strip_prefix('[')?.split(']').next()
}

/// A host as it is compared: an IPv6 address can be written in several ways.
fn same_host(host: &str) -> String {
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')?.parse::<Ipv6Addr>().ok());
    address.map_or_else(|| host.to_lowercase(), |ip| format!("[{ip}]"))
}

/// Where a redirect leads, if it may be followed: to the same host, and never from https to http.
pub fn join(from: &str, location: &str) -> Result<String, Failure> {
    let parse = |text: &str| text.parse::<Uri>().ok();
    let wrong = || Failure::refused("the answer redirects to nowhere");
    let base = parse(from).ok_or_else(wrong)?;
    let (scheme, authority) = (base.scheme_str().unwrap_or("http"), base.authority().map_or("", |name| name.as_str()));
    let target = match location {
        "" => return Err(wrong()),
        absolute if absolute.starts_with("http://") || absolute.starts_with("https://") => absolute.to_owned(),
        other_host if other_host.starts_with("//") => format!("{scheme}:{other_host}"),
        path if path.starts_with('/') => format!("{scheme}://{authority}{path}"),
        query if query.starts_with('?') => format!("{scheme}://{authority}{}{query}", base.path()),
        name => {
            let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{scheme}://{authority}{folder}/{name}")
        }
    };
    // The interface stays that of before: a server does not know it.
    let target = without_zone(&target).map_or(target, |(target, _)| target);
    let to = parse(&target).ok_or_else(wrong)?;
    if to.host().map(same_host) != base.host().map(same_host) {
        return Err(Failure::refused(format!(
            "the answer redirects to another host ({}), which is not followed",
            to.host().unwrap_or_default()
        )));
    }
    if base.scheme_str() == Some("https") && to.scheme_str() != Some("https") {
        return Err(Failure::refused("the answer redirects from https to http, which is not followed"));
    }
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::error::Code;

    #[test]
    fn an_address_relative_to_another_is_normalised() {
        for (url, wanted) in [
            ("http://h:81/boot.ipxe/../machines/a.json", "http://h:81/machines/a.json"),
            ("http://h/a/b/./../../../c?x=/../y", "http://h/c?x=/../y"),
            ("http://h", "http://h"),
            ("http://h/a//b", "http://h/a//b"),
        ] {
            assert_eq!(straight(url), wanted);
        }
    }

    #[test]
    fn a_redirect_stays_on_its_host() {
        for (location, target) in [
            ("/b", "http://h:81/b"),
            ("b?c", "http://h:81/a/b?c"),
            ("?c", "http://h:81/a/x?c"),
            ("http://H/b", "http://H/b"),
            ("https://h/b", "https://h/b"),
        ] {
            assert_eq!(join("http://h:81/a/x", location).unwrap(), target);
        }
        for (location, target) in [
            ("/b", "http://[fe80::1]:81/b"),
            ("http://[FE80:0::1]/b", "http://[FE80:0::1]/b"),
            ("http://[fe80::1%25lo]/b", "http://[fe80::1]/b"),
        ] {
            assert_eq!(join("http://[fe80::1]:81/a", location).unwrap(), target);
        }
        for (from, location, why) in [
            ("http://h/", "http://other/", "another host (other)"),
            ("http://h/", "//other/", "another host (other)"),
            ("http://[fd00::1]/", "http://[fd00::2]/", "another host ([fd00::2])"),
            ("https://h/", "http://h/", "https to http"),
            ("http://h/", "", "nowhere"),
        ] {
            assert!(join(from, location).unwrap_err().detail.contains(why), "{location}");
        }
    }

    #[test]
    fn the_interface_of_a_link_local_address_is_for_this_machine_only() {
        for (url, plain, link) in [
            ("http://[fe80::1%25lo]/a%20b?c", "http://[fe80::1]/a%20b?c", 1),
            ("https://u:p@[fe80::1%lo]:8443", "https://u:p@[fe80::1]:8443", 1),
            ("http://[fe80::1%257]/", "http://[fe80::1]/", 7),
            ("http://[2001:db8::1]:81/", "http://[2001:db8::1]:81/", 0),
            ("http://h/[fe80::1]", "http://h/[fe80::1]", 0),
        ] {
            assert_eq!(without_zone(url).unwrap(), (plain.to_owned(), link), "{url}");
        }
        for (url, code, why) in [
            ("http://[fe80::1]/", Code::CmdlineInvalid, "as in [fe80::1%25eth0]"),
            ("http://[host]/", Code::CmdlineInvalid, "host is not an IPv6 address"),
            ("http://[fe80::1%25none0]/", Code::SourceUnreachable, "no interface none0"),
        ] {
            let failure = without_zone(url).unwrap_err();
            assert_eq!(failure.code, code, "{url}");
            assert!(failure.detail.contains(why), "{}", failure.detail);
        }
    }
}
