//! The firewall of the config and the guard of metadata services. They are set before a link is up, and a node that cannot set them does
//! not boot: an open node is worse than none.

use crate::core::config::MachineConfig;
use crate::core::error::{Code, Error, Result, Step};
use crate::core::event::Body;
use crate::core::plan::firewall::chains;
use crate::pid1::node::Node;
use crate::sys::nftables::{self, Refused};
use rustix::fs::{Mode, mkdir, stat};
use rustix::io::Errno;

/// Where the kubelet puts all pods: directly below the root, as [`chains`] has it.
const PODS: &str = "/sys/fs/cgroup/kubepods";

/// Sets what the config asks for; without either of them the packet filter is not touched.
pub fn set(node: &mut Node) -> Result<()> {
    let config = node.config()?;
    let MachineConfig { network, .. } = &*config;
    let guarded = network.metadata_guard.as_deref().unwrap_or_default();
    let firewall = network.firewall.as_ref();
    if firewall.is_none() && guarded.is_empty() {
        return Ok(());
    }
    let pods = if guarded.is_empty() { 0 } else { group_of_pods()? };
    let chains = chains(firewall, guarded, pods);
    nftables::replace(&chains).map_err(refusal)?;
    node.emit(Body::FirewallSet {
        links: firewall.map(|firewall| firewall.links.clone()).unwrap_or_default(),
        rules: chains.iter().map(|chain| chain.rules.len() as u64).sum(),
        guarded: guarded.iter().map(ToString::to_string).collect(),
    });
    Ok(())
}

fn refusal(refused: Refused) -> Error {
    let what = refused.part.unwrap_or_else(|| "the firewall".into());
    Error { errno: refused.cause.raw_os_error(), ..Error::new(Code::KernelRefused, "set", what) }
}

/// The kernel's number of the cgroup of pods: a rule names it by that, so it is there before the kubelet, which goes on with it.
fn group_of_pods() -> Result<u64> {
    match mkdir(PODS, Mode::from_raw_mode(0o755)) {
        Err(Errno::EXIST) => Ok(()),
        made => made.step(Code::KernelRefused, "make", PODS),
    }?;
    Ok(stat(PODS).step(Code::KernelRefused, "look at", PODS)?.st_ino)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_rule_and_what_the_kernel_answered() {
        let cause = || std::io::Error::from_raw_os_error(2);
        let text = |part: Option<&str>| {
            serde_json::to_string(&refusal(Refused { part: part.map(str::to_owned), cause: cause() })).unwrap()
        };
        let of = |object: &str| {
            format!(r#"{{"code":"kernel-refused","stage":"","verb":"set","object":"{object}","errno":2}}"#)
        };
        assert_eq!(text(Some("rule 3 of the chain external")), of("rule 3 of the chain external"));
        assert_eq!(text(None), of("the firewall"));
    }
}
