//! `child sntp`: asks the servers in this order until one tells the time, says how far the clock is
//! off, and ends. It can set nothing: PID 1 does that.

use crate::core::codec::sntp::{Fault, PACKET, REPLY_TIMEOUT, offset, question};
use crate::core::scoped::ScopedAddress;
use crate::pid1::worker::job;
use crate::sys::name_lookup::Names;
use crate::sys::random;
use crate::sys::timex::now;
use crate::sys::udp::{connected, socket_address};
use crate::time::ServerReply;
use std::io::{ErrorKind, Result};
use std::net::SocketAddr;
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
    let found = match addresses_of(server) {
        Ok(found) => found,
        Err(why) => return failed(why),
    };
    let mut why = "has no address".to_owned();
    for address in found.into_iter().take(MOST_ADDRESSES) {
        match exchange(address) {
            Ok(Ok(offset_ns)) => return ServerReply::Time { server: server.into(), offset_ns },
            Ok(Err(Fault::Denied)) => return ServerReply::Denied { server: server.into() },
            Ok(Err(Fault::Unusable(reason))) => why = reason.into(),
            Ok(Err(Fault::NotOurs)) => why = "no answer".into(),
            Err(e) => why = e.to_string(),
        }
    }
    failed(why)
}

/// Where a server is: an address, with the interface where it is one of the link itself, or a name.
fn addresses_of(server: &str) -> std::result::Result<Vec<SocketAddr>, String> {
    if let Ok(address) = server.parse::<ScopedAddress>() {
        return socket_address(&address, PORT).map(|one| vec![one]).map_err(|e| e.to_string());
    }
    let found = Names::of_this_machine().look_up(server.trim_end_matches('.'), Instant::now() + LOOK_UP);
    let found = found.map_err(|e| format!("cannot look it up: {e}"))?;
    Ok(found.into_iter().map(|address| SocketAddr::new(address, PORT)).collect())
}

/// One question and the answer to it. A connected socket takes packets of this server only.
fn exchange(server: SocketAddr) -> Result<std::result::Result<i64, Fault>> {
    let socket = connected(server)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn servers_are_asked_over_the_family_of_their_address() {
        for loopback in ["127.0.0.1:0", "[::1]:0"] {
            let server = UdpSocket::bind(loopback).unwrap();
            let address = server.local_addr().unwrap();
            std::thread::spawn(move || {
                let mut packet = [0; PACKET];
                let (_, from) = server.recv_from(&mut packet).unwrap();
                // Mode 4 and stratum 0, which is DENY.
                let token: [u8; 8] = packet[40..48].try_into().unwrap();
                packet[0] = 0x24;
                packet[12..16].copy_from_slice(b"DENY");
                packet[24..32].copy_from_slice(&token);
                server.send_to(&packet, from).unwrap();
            });
            assert_eq!(exchange(address).unwrap(), Err(Fault::Denied), "{loopback}");
        }
    }

    #[test]
    fn a_server_may_be_an_address_of_either_family() {
        let shown = |server: &str| addresses_of(server).map(|found| found[0].to_string());
        assert_eq!(shown("192.0.2.1").unwrap(), "192.0.2.1:123");
        assert_eq!(shown("2001:db8::123").unwrap(), "[2001:db8::123]:123");
        assert_eq!(shown("fe80::1%lo").unwrap(), "[fe80::1%1]:123");
        assert_eq!(shown("fe80::1%none0").unwrap_err(), "this machine has no interface none0");
    }
}
