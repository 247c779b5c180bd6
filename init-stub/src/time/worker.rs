//! `child sntp`: asks the servers in this order until one tells the time, says how far the clock is
//! off, and ends. It can set nothing: PID 1 does that.

use crate::core::codec::sntp::{Fault, PACKET, REPLY_TIMEOUT, offset, question};
use crate::pid1::worker::job;
use crate::sys::name_lookup::Names;
use crate::sys::random;
use crate::sys::timex::now;
use crate::time::ServerReply;
use std::io::{ErrorKind, Result};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

const PORT: u16 = 123;
const LOOK_UP: Duration = Duration::from_secs(5);
/// A name may stand for a whole pool.
const MOST_ADDRESSES: usize = 4;

/// Asks. Exit code 0: a server told the time.
pub fn run() -> u8 {
    let Some((servers, _)) = job::<Vec<String>>(0) else { return 2 };
    for server in &servers {
        let reply = ask(server);
        let line = serde_json::to_string(&reply).unwrap_or_default() + "\n";
        if !crate::sys::stdio::print(&line) || matches!(reply, ServerReply::Time { .. }) {
            return 0;
        }
    }
    1
}

fn ask(server: &str) -> ServerReply {
    let failed = |why: String| ServerReply::Failed { server: server.into(), why };
    let found = match server.parse() {
        Ok(address) => Ok(vec![address]),
        Err(_) => Names::of_this_machine().look_up(server.trim_end_matches('.'), Instant::now() + LOOK_UP),
    };
    let found: Vec<Ipv4Addr> = match found {
        Ok(found) => found,
        Err(e) => return failed(format!("cannot look it up: {e}")),
    };
    let mut why = "has no IPv4 address".to_owned();
    for address in found.into_iter().take(MOST_ADDRESSES) {
        match exchange(SocketAddr::from((address, PORT))) {
            Ok(Ok(offset_ns)) => return ServerReply::Time { server: server.into(), offset_ns },
            Ok(Err(Fault::Denied)) => return ServerReply::Denied { server: server.into() },
            Ok(Err(Fault::Unusable(reason))) => why = reason.into(),
            Ok(Err(Fault::NotOurs)) => why = "no answer".into(),
            Err(e) => why = e.to_string(),
        }
    }
    failed(why)
}

/// One question and the answer to it. A connected socket takes packets of this server only.
fn exchange(server: SocketAddr) -> Result<std::result::Result<i64, Fault>> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect(server)?;
    let token = random::secret()?;
    let (sent, until) = (now(), Instant::now() + REPLY_TIMEOUT);
    socket.send(&question(token))?;
    let mut packet = [0; 4 * PACKET];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Err(Fault::NotOurs));
        }
        socket.set_read_timeout(Some(left))?;
        let length = match socket.recv(&mut packet) {
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
            received => received?,
        };
        match offset(packet.get(..length).unwrap_or_default(), token, sent, now()) {
            Err(Fault::NotOurs) => {}
            checked => return Ok(checked),
        }
    }
}
