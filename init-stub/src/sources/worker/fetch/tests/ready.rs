//! What Azure's server hears, and what it may say.

use super::server::{Server, answer, header};
use super::*;
use crate::core::codec::xml::text_of;

const GOAL: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><GoalState xmlns:xsi=\"x\"><Version>2012-11-30</Version>\
    <Incarnation>1</Incarnation><Container><ContainerId>c-1</ContainerId><RoleInstanceList><RoleInstance>\
    <InstanceId>i_1</InstanceId><State>Started</State></RoleInstance></RoleInstanceList></Container></GoalState>";

fn tell(server: &Server) -> Result<(), Failure> {
    super::super::ready::tell(&server.url(""), &Client::new(Instant::now() + Duration::from_secs(5), false, None)?)
}

#[test]
fn the_goal_is_asked_for_and_the_answer_repeats_its_names() {
    let server = Server::new(vec![answer(200, GOAL), answer(200, "")]);
    tell(&server).unwrap();
    let requests = server.requests();
    let lines: Vec<_> = requests.iter().filter_map(|request| request.lines().next()).collect();
    assert_eq!(lines, ["GET /machine/?comp=goalstate HTTP/1.1", "POST /machine/?comp=health HTTP/1.1"]);
    for request in &requests {
        assert_eq!(header(request, "x-ms-version"), Some("2012-11-30"));
        assert_eq!(header(request, "x-ms-agent-name"), Some("keel-init"));
    }
    assert_eq!(header(&requests[1], "content-type"), Some("text/xml; charset=utf-8"));
    let sent = ["GoalStateIncarnation", "ContainerId", "InstanceId", "State"].map(|name| text_of(&requests[1], name));
    assert_eq!(sent, [Some("1"), Some("c-1"), Some("i_1"), Some("Ready")]);
}

#[test]
fn a_server_that_cannot_accept_the_report_gets_it_again_when_it_asks() {
    let busy = "HTTP/1.1 503 x\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
    for answers in [vec![busy.to_owned()], vec![answer(200, GOAL), busy.to_owned()]] {
        let failure = tell(&Server::new(answers)).unwrap_err();
        assert_eq!((failure.after_ms, failure.detail.as_str()), (Some(7000), "the answer is 503 Service Unavailable"));
    }
}

#[test]
fn an_invalid_goal_state_is_not_answered() {
    for goal in ["", "<html>", &GOAL.replace("c-1", "c&quot;1"), &GOAL.replace("ContainerId", "Other")] {
        let server = Server::new(vec![answer(200, goal)]);
        assert!(tell(&server).unwrap_err().detail.contains("goal state"), "{goal}");
        assert_eq!(server.requests().len(), 1);
    }
}
