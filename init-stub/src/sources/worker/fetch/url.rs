//! Getting the document at an address. Redirects are followed as long as they stay on the host.

use super::client::{Ask, Client};
use super::failure::Failure;
use super::outcome::{DOCUMENT_LIMIT, Outcome, is_passing, status_text};
use crate::pid1::node::Instance;
use std::time::Instant;
use ureq::http::Uri;

const MOST_REDIRECTS: u32 = 5;

/// The document; none when the server has none. `ca` is the value of `keel.config.ca=`.
pub fn ask(url: &str, until: Instant, ca: Option<&str>) -> Result<Outcome, Failure> {
    let mut url = straight(url);
    for _ in 0..=MOST_REDIRECTS {
        let client = Client::new(until, url.starts_with("https://"), ca)?;
        let response =
            client.ask(&Ask { method: "GET", url: &url, headers: &[], body: None, limit: DOCUMENT_LIMIT })?;
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
    let to = parse(&target).ok_or_else(wrong)?;
    if to.host().map(str::to_lowercase) != base.host().map(str::to_lowercase) {
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
        for (from, location, why) in [
            ("http://h/", "http://other/", "another host (other)"),
            ("http://h/", "//other/", "another host (other)"),
            ("https://h/", "http://h/", "https to http"),
            ("http://h/", "", "nowhere"),
        ] {
            assert!(join(from, location).unwrap_err().detail.contains(why), "{location}");
        }
    }
}
