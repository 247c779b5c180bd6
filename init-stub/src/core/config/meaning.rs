//! What the schema cannot check in a machine config: values of the right type that no node can apply. Every one is refused
//! here, before anything is written, and not by the stage that would stumble over it. docs/boot/refusals.md lists the
//! rules; keelctl has each of them for node configs, so it never emits such a value.

mod health;
mod kubernetes;
mod network;
mod paths;
mod prefix;
mod storage;
mod text;
mod verdict;
mod wireguard;

use super::{Hostname, Kernel, MachineConfig};
pub use network::{check as check_network, is_link_name};
use text::is_time_server;
pub use text::{is_host_name, is_label_value};
use verdict::{Verdict, want};

/// Accepts the config, or reports the first value that cannot be applied.
pub fn check(config: &MachineConfig) -> Verdict {
    if let Hostname::Fixed { name } = &config.hostname {
        want(is_host_name(name), format_args!("/hostname/name"), "is not a valid host name for a node")?;
    }
    kernel(&config.kernel)?;
    network::check(&config.network)?;
    for (i, server) in config.time.servers.iter().enumerate() {
        let is_one = is_time_server(server);
        want(is_one, format_args!("/time/servers/{i}"), "is neither a host name nor an IP address")?;
    }
    storage::check(&config.storage)?;
    paths::check(config)?;
    kubernetes::check(&config.kubernetes)?;
    config.health.as_ref().map_or(Ok(()), |health| health::check(health, &config.kubernetes))
}

fn kernel(kernel: &Kernel) -> Verdict {
    for (i, module) in kernel.modules.iter().enumerate() {
        let is_name = module.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        want(is_name, format_args!("/kernel/modules/{i}"), "is not the name of a kernel module")?;
    }
    for (i, sysctl) in kernel.sysctl.iter().enumerate() {
        want(is_sysctl(&sysctl.name), format_args!("/kernel/sysctl/{i}/name"), "is not the name of a sysctl")?;
        let fits = !sysctl.value.contains(['\0', '\n', '\r']);
        want(fits, format_args!("/kernel/sysctl/{i}/value"), "contains a NUL or a line break")?;
    }
    Ok(())
}

/// Dots separate the parts, and a slash stands for a dot inside of one, as in `net.ipv4.conf.eth0/100.rp_filter`.
fn is_sysctl(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.split('/').any(str::is_empty);
    let is_printable = |b: u8| b.is_ascii_graphic();
    name.bytes().all(is_printable) && name.contains('.') && name.split('.').all(is_part)
}

#[cfg(test)]
mod tests;
