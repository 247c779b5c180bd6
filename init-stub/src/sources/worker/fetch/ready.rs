//! `child ready`: tells the platform's own server that the machine is up. On stdout one line of JSON, a [`ReadyReport`].

use super::client::{Ask, Client, HttpResponse};
use super::failure::Failure;
use super::outcome::status_text;
use crate::core::codec::xml::text_of;
use crate::pid1::worker::{job, reply};
use crate::sources::azure_ready::{ATTEMPT, ReadyReport};
use crate::sources::platform;
use std::time::Instant;

const LIMIT: u64 = 256 << 10;
/// Every version of the protocol that is still spoken understands this one.
const HEADERS: [(&str, &str); 2] = [("x-ms-agent-name", "keel-init"), ("x-ms-version", "2012-11-30")];
const XML: (&str, &str) = ("content-type", "text/xml; charset=utf-8");

/// 0: a line was written, whatever it says.
pub fn run() -> u8 {
    let Some((platform, _)) = job::<String>(0) else { return 2 };
    let Some(service) = platform::row(&platform).and_then(|row| row.report_ready_to) else { return 2 };
    let sent = Client::new(Instant::now() + ATTEMPT, false, None).and_then(|client| tell(service, &client));
    let report = match sent {
        Ok(()) => ReadyReport { failure: None, after_ms: None },
        Err(failure) => ReadyReport { failure: Some(failure.detail), after_ms: failure.after_ms },
    };
    reply(&report, &[])
}

/// The report must name the goal of the server that it answers, so that is asked first.
pub fn tell(service: &str, client: &Client) -> Result<(), Failure> {
    let url = format!("{service}/machine/?comp=goalstate");
    let goal = client.ask(&Ask { method: "GET", url: &url, headers: &HEADERS, body: None, limit: LIMIT })?;
    let goal = String::from_utf8_lossy(&accepted(goal)?.body).into_owned();
    let url = format!("{service}/machine/?comp=health");
    let report = report(&goal).ok_or_else(|| Failure::refused("the response is not a valid goal state"))?;
    let [agent, version] = HEADERS;
    let ask =
        Ask { method: "POST", url: &url, headers: &[agent, version, XML], body: Some(report.as_bytes()), limit: LIMIT };
    accepted(client.ask(&ask)?).map(drop)
}

fn accepted(answer: HttpResponse) -> Result<HttpResponse, Failure> {
    match answer.status {
        200..=299 => Ok(answer),
        status => Err(Failure::busy(format!("the answer is {}", status_text(status)), answer.retry_after_ms)),
    }
}

/// None when the goal state lacks one of the names, or has one that would need to be escaped.
pub fn report(goal: &str) -> Option<String> {
    let plain = |text: &&str| {
        !text.is_empty()
            && text.len() < 256
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let of = |element: &str| text_of(goal, element).filter(plain);
    let (incarnation, container, instance) = (of("Incarnation")?, of("ContainerId")?, of("InstanceId")?);
    Some(format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <Health xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">\
         <GoalStateIncarnation>{incarnation}</GoalStateIncarnation>\
         <Container><ContainerId>{container}</ContainerId><RoleInstanceList><Role><InstanceId>{instance}</InstanceId>\
         <Health><State>Ready</State></Health></Role></RoleInstanceList></Container></Health>"
    ))
}
