//! `child health`: asks everything once, one after the other, and says what does not hold.

use super::{HealthJob, NODE_READY};
use crate::cluster::node_object::worker::not_ready;
use crate::core::config::HealthProbe;
use crate::core::event::FailingProbe;
use crate::pid1::worker::{job, reply};
use crate::sources::worker::fetch::client::{Ask, Client};
use crate::sources::worker::fetch::failure::of_io;
use crate::sources::worker::fetch::outcome::status_text;
use crate::sys::name_lookup::Names;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

/// For one answer.
const TIME: Duration = Duration::from_secs(3);

/// 0: an answer was written, whatever it says.
pub fn run() -> u8 {
    let Some((job, _)) = job::<HealthJob>(0) else { return 2 };
    reply(&ask_all(&job, Path::new("/")), &[])
}

/// With the files of the node below `root`.
fn ask_all(job: &HealthJob, root: &Path) -> Vec<FailingProbe> {
    let node = job.node.iter().filter_map(|name| {
        let detail = not_ready(name, root, TIME)?;
        Some(FailingProbe { probe: NODE_READY.into(), detail })
    });
    let probes = job.probes.iter().filter_map(|probe| {
        let (probe, answer) = match probe {
            HealthProbe::Http { url, status } => (url, by_http(url, *status)),
            HealthProbe::Tcp { address } => (address, by_tcp(address)),
        };
        Some(FailingProbe { probe: probe.clone(), detail: answer.err()? })
    });
    node.chain(probes).collect()
}

/// Certificates are not checked, as the kubelet does not check them for its probes: a node asks itself, by an address that no
/// certificate has.
fn by_http(url: &str, wanted: Option<u16>) -> Result<(), String> {
    let until = Instant::now() + TIME;
    let client = if url.starts_with("https:") {
        Client::unverified(until)
    } else {
        Client::new(until, false, None).map_err(|failure| failure.detail)?
    };
    let ask = Ask { method: "GET", url, headers: &[], body: None, limit: 0 };
    let status = client.status(&ask).map_err(|failure| failure.detail)?;
    let holds = wanted.map_or((200..300).contains(&status), |wanted| wanted == status);
    if holds { Ok(()) } else { Err(format!("the answer is {}", status_text(status))) }
}

fn by_tcp(address: &str) -> Result<(), String> {
    let until = Instant::now() + TIME;
    let mut failure = "it has no address".to_owned();
    for address in addresses(address, until)? {
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&address, left) {
            Ok(_) => return Ok(()),
            Err(e) => failure = of_io(&e),
        }
    }
    Err(failure)
}

fn addresses(address: &str, until: Instant) -> Result<Vec<SocketAddr>, String> {
    if let Ok(address) = address.parse() {
        return Ok(vec![address]);
    }
    let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
    let port = port.parse().map_err(|_| "it has no port")?;
    let found: Vec<IpAddr> = Names::of_this_machine().look_up(host, until).map_err(|e| e.to_string())?;
    Ok(found.into_iter().map(|ip| SocketAddr::new(ip, port)).collect())
}

#[cfg(test)]
mod tests;
