//! `child fetch`: asks a source of the network. A [`Request`] as JSON on stdin; on stdout one line of JSON, the
//! [`Reply`], and behind it the document. What a server sends never reaches PID 1 but as the bytes of that document.

pub mod client;
pub mod failure;
mod low_port;
mod metadata;
mod node;
pub mod outcome;
mod proxy;
pub mod ready;
mod resolver;
mod roots;
mod server_version;
pub mod url;

use crate::core::error::{Code, Error};
use crate::pid1::node::Instance;
use crate::pid1::worker::{job, reply};
use crate::sources::fetch::{AnswerKind, Place, Reply, Request};
use crate::sources::platform::{ON_THE_LINK, Platform, row};
use crate::sys::confine::drop_capabilities;
use crate::sys::netdev::Links;
use client::Client;
use failure::Failure;
use low_port::LowPorts;
use outcome::Outcome;
use std::time::{Duration, Instant};

/// 0: a reply was written, whatever it says. 1: not even that.
pub fn run() -> u8 {
    let Some((request, _)) = job::<Request>(0) else { return 1 };
    // They have to be bound as long as that is allowed.
    let ports = platform_of(&request).filter(|platform| platform.low_port).map(|_| LowPorts::reserve());
    let asked = drop_capabilities().map_err(|e| Failure::unconfined(&e)).and_then(|()| ask(&request, ports));
    let (answer, document) = match asked {
        Ok(Outcome { document, instance }) => {
            let verdict = if document.is_some() { AnswerKind::Config } else { AnswerKind::NoConfig };
            (Reply { verdict, instance, error: None, after_ms: None }, document.unwrap_or_default())
        }
        Err(failure) => (refusal(&request, failure), Vec::new()),
    };
    reply(&answer, &document)
}

fn platform_of(request: &Request) -> Option<&'static Platform> {
    match &request.place {
        Place::Url { .. } | Place::ApiServer { .. } => None,
        Place::Platform { name, .. } => row(name),
    }
}

fn ask(request: &Request, ports: Option<LowPorts>) -> Result<Outcome, Failure> {
    let until = Instant::now() + Duration::from_millis(request.attempt_ms);
    let platform = match &request.place {
        Place::Url { url } => return url::ask(url, until, request.ca.as_deref(), request.proxy.as_deref()),
        Place::ApiServer { endpoint } => return server_version::ask(endpoint, until, request.ca.as_deref()),
        _ => platform_of(request).ok_or_else(|| Failure::refused("no platform has this name"))?,
    };
    let question = if matches!(request.place, Place::Platform { node: true, .. }) { node::ask } else { metadata::ask };
    let client = match ports {
        Some(ports) => Client::from_low_ports(until, ports),
        None => Client::new(until, false, None)?,
    };
    match ask_in_turn(platform, platform.services, &client, question) {
        Err(failure) if platform.on_the_link && failure.code == Code::SourceUnreachable => {
            ask_on_the_links(platform, until, question).unwrap_or(Err(failure))
        }
        asked => asked,
    }
}

/// What a service is asked for.
type Question = fn(&Platform, &str, &Client) -> Result<Outcome, Failure>;

/// Asks at one address after the other until somebody answers. An address to which no route leads costs no time. Where nobody
/// answers, the failure has the reason of each address: on a node with one family only one of them says something.
fn ask_in_turn(
    platform: &Platform,
    services: &[&str],
    client: &Client,
    question: Question,
) -> Result<Outcome, Failure> {
    let mut reasons = Vec::new();
    for service in services {
        match question(platform, service, client) {
            Err(failure) if failure.code == Code::SourceUnreachable => reasons.push((service, failure.detail)),
            asked => return asked,
        }
    }
    let line = |(service, why): &(&&str, String)| format!("{}: {why}", service.trim_start_matches("http://"));
    Err(match reasons.as_slice() {
        [] => Failure::refused("no address of the service is known"),
        [(_, why)] => Failure::unreachable(why),
        several => Failure::unreachable(several.iter().map(line).collect::<Vec<_>>().join("; ")),
    })
}

/// Asks at the address that is on the link itself, link by link; None when nobody answers there either.
fn ask_on_the_links(platform: &Platform, until: Instant, question: Question) -> Option<Result<Outcome, Failure>> {
    let links = Links::open().and_then(|links| links.all()).unwrap_or_default();
    links.iter().filter(|link| link.is_physical() && link.carrier).find_map(|link| {
        let asked = question(platform, ON_THE_LINK, &Client::on_link(until, link.index));
        Some(asked).filter(|asked| !matches!(asked, Err(failure) if failure.code == Code::SourceUnreachable))
    })
}

fn refusal(request: &Request, failure: Failure) -> Reply {
    let error = Error::new(failure.code, "ask", &request.object).with_detail(failure.detail);
    Reply {
        verdict: if failure.retry { AnswerKind::Retry } else { AnswerKind::Fatal },
        instance: Instance::default(),
        error: Some(error),
        after_ms: failure.after_ms,
    }
}

#[cfg(test)]
pub mod tests;
