//! Stage `system`: host name, machine id, name files, configured modules, sysctl values.

use crate::config::{Hostname, Ipv4, MachineConfig};
use crate::error::{Code, Error, Result, Step};
use crate::modules::{Index, live};
use crate::node::Node;
use crate::observe::hex;
use crate::sys::kernel::{Kernel, Sys};
use sha2::{Digest, Sha256};
use std::fmt::Write;

const STAGE: &str = "system";

/// Makes the machine known to itself, then loads modules, then sets the sysctl values that may need them.
pub fn run(node: &mut Node) -> Result<()> {
    let config = node.config()?;
    let name = name_of(&config.hostname);
    rustix::system::sethostname(name.as_bytes()).step(Code::KernelRefused, STAGE, "set host name", name)?;
    let identity = std::fs::read_to_string("/sys/class/dmi/id/product_uuid").unwrap_or_default();
    write_files(&Kernel, &config, identity.trim())?;
    load_modules(&config)?;
    set_sysctls(&Kernel, &config)
}

/// A file that the config itself declares is written already, and stays as declared.
fn write_files(sys: &dyn Sys, config: &MachineConfig, identity: &str) -> Result<()> {
    let files = [
        ("/etc/hostname", format!("{}\n", name_of(&config.hostname))),
        ("/etc/hosts", hosts(config)),
        ("/etc/resolv.conf", resolv_conf(config)),
        ("/etc/machine-id", machine_id(identity, name_of(&config.hostname))),
    ];
    for (path, text) in files {
        let declared = config.storage.files.iter().any(|file| file.path == path)
            || config.storage.links.iter().any(|link| link.path == path);
        if !declared {
            sys.write(path, 0o644, text.as_bytes()).step(Code::PathUnwritable, STAGE, "write", path)?;
        }
    }
    Ok(())
}

fn hosts(config: &MachineConfig) -> String {
    let own = config.network.interfaces.iter().find_map(|interface| match interface.ipv4 {
        Ipv4::Static { address, .. } => Some(address.to_string()),
        Ipv4::Dhcp {} => None,
    });
    let own = own.unwrap_or_else(|| "127.0.1.1".into());
    let name = name_of(&config.hostname);
    let short =
        name.split('.').next().filter(|short| *short != name).map(|short| format!(" {short}")).unwrap_or_default();
    format!("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n{own} {name}{short}\n")
}

/// The name of the config; a discovered one is looked for by nobody yet.
fn name_of(hostname: &Hostname) -> &str {
    match hostname {
        Hostname::Fixed { name } => name,
        Hostname::Discovered { .. } => "localhost",
    }
}

fn resolv_conf(config: &MachineConfig) -> String {
    config.network.nameservers.iter().fold(String::new(), |mut text, server| {
        let _ = writeln!(text, "nameserver {server}");
        text
    })
}

/// 32 hexadecimal digits that are the same at every boot of one machine: made from the firmware's UUID, or, where
/// that says nothing, from the host name.
fn machine_id(identity: &str, hostname: &str) -> String {
    let says_nothing = identity.is_empty() || identity.chars().all(|c| matches!(c, '0' | '-'));
    let seed = if says_nothing {
        format!("keel machine-id of host {hostname}")
    } else {
        format!("keel machine-id of {}", identity.to_lowercase())
    };
    let digits = hex(&Sha256::digest(seed));
    format!("{}\n", digits.get(..32).unwrap_or_default())
}

fn load_modules(config: &MachineConfig) -> Result<()> {
    let missing: Vec<_> =
        config.kernel.modules.iter().enumerate().filter(|(_, name)| !live(&name.replace('-', "_"))).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let index = Index::read(STAGE)?;
    for (at, name) in missing {
        index.load(STAGE, name).map_err(|error| error.with_pointer(format!("/kernel/modules/{at}")))?;
    }
    Ok(())
}

fn set_sysctls(sys: &dyn Sys, config: &MachineConfig) -> Result<()> {
    for (at, sysctl) in config.kernel.sysctl.iter().enumerate() {
        let refused = |error: Error| error.with_pointer(format!("/kernel/sysctl/{at}"));
        let path = sysctl_path(&sysctl.name).ok_or_else(|| {
            refused(
                Error::new(Code::SysctlRefused, STAGE, "set", &sysctl.name).with_detail("this is no name of a sysctl"),
            )
        })?;
        // The newline makes an empty value a value, too.
        sys.poke(&path, &format!("{}\n", sysctl.value))
            .step(Code::SysctlRefused, STAGE, "set", &sysctl.name)
            .map_err(refused)?;
    }
    Ok(())
}

/// Dots separate, and a slash stands for a dot inside a part, as in `net.ipv4.conf.eth0/100.rp_filter`.
fn sysctl_path(name: &str) -> Option<String> {
    let parts: Vec<String> = name.split('.').map(|part| part.replace('/', ".")).collect();
    let fit = parts.iter().all(|part| !matches!(part.as_str(), "" | "." | ".."));
    fit.then(|| format!("/proc/sys/{}", parts.join("/")))
}

#[cfg(test)]
mod tests;
