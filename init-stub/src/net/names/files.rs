//! The texts of the name files, and writing them.

use crate::core::config::{HostEntry, MachineConfig};
use crate::core::error::{Code, Result, Step};
use crate::core::hex::hex;
use crate::core::scoped::ScopedAddress;
use crate::sys::kernel::Sys;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};

/// What the resolver reads.
const MOST_NAMESERVERS: usize = 3;

/// Whether the config itself declares this path; such a file stays as declared.
pub fn is_declared(config: &MachineConfig, path: &str) -> bool {
    config.storage.files.iter().any(|file| file.path == path)
        || config.storage.links.iter().any(|link| link.path == path)
}

/// Writes what the config does not declare.
pub fn write(sys: &dyn Sys, config: &MachineConfig, texts: &[(&str, String)]) -> Result<()> {
    for (path, text) in texts.iter().filter(|(path, _)| !is_declared(config, path)) {
        sys.write(path, 0o644, text.as_bytes()).step(Code::PathUnwritable, "write", *path)?;
    }
    Ok(())
}

/// The node finds its own name without DNS, also where there is none: kubeadm and the kubelet ask for it. Names of the config follow.
pub fn hosts(name: &str, own: Option<IpAddr>, more: &[HostEntry]) -> String {
    let own = own.unwrap_or(Ipv4Addr::new(127, 0, 1, 1).into());
    let short = name.split('.').next().filter(|short| *short != name);
    let short = short.map(|short| format!(" {short}")).unwrap_or_default();
    let mut text = format!("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n{own} {name}{short}\n");
    for HostEntry { address, names } in more {
        let _ = writeln!(text, "{address} {}", names.join(" "));
    }
    text
}

/// Name servers and search domains. glibc, musl and Go all read the interface of a link-local server behind a `%`.
pub fn resolv_conf(servers: &[ScopedAddress], search: &[String]) -> String {
    let mut text = if search.is_empty() { String::new() } else { format!("search {}\n", search.join(" ")) };
    for server in servers.iter().take(MOST_NAMESERVERS) {
        let _ = writeln!(text, "nameserver {server}");
    }
    text
}

/// 32 hexadecimal digits that are the same at every boot of one machine: made from the firmware's UUID, or, where
/// that says nothing, from the host name.
pub fn machine_id(uuid: Option<&str>, hostname: &str) -> String {
    let seed = match uuid {
        Some(uuid) => format!("keel machine-id of {uuid}"),
        None => format!("keel machine-id of host {hostname}"),
    };
    let digits = hex(&Sha256::digest(seed));
    format!("{}\n", digits.get(..32).unwrap_or_default())
}

#[cfg(test)]
mod tests;
