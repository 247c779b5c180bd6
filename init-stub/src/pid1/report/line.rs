//! Events as lines for people. The start of a stage says nothing: its end does, or its failure.

use crate::core::bytes::size_text;
use crate::core::error::{Code, Error};
use crate::core::event::{ActionKind, Body, Cause, FailingProbe, LinkChange, NetworkOrigin, Process, SourceVerdict};

/// The console line of an event; None for one that people need not see.
pub fn of(body: &Body) -> Option<String> {
    Some(match body {
        Body::BootStarted { init_version, kernel_version } => format!("Keel {init_version} on Linux {kernel_version}"),
        // kubeadm's words are in its log and in the events; a failed join says on the console what they mean.
        Body::StageStarted { .. } | Body::UsageMeasured { .. } | Body::ProcessOutput { .. } => return None,
        Body::StageFinished { stage, duration_ms } => format!("{stage:<12} ok {duration_ms:>6} ms"),
        Body::SourceAnswered { source, answer: SourceVerdict::Config, sha256, bytes } => {
            let digest = sha256.as_deref().and_then(|hex| hex.get(..12)).unwrap_or_default();
            format!("machine config from {source}: {} bytes, sha256 {digest}…", bytes.unwrap_or(0))
        }
        Body::SourceAnswered { source, answer, .. } => {
            format!("source {source}: {}", if *answer == SourceVerdict::NoConfig { "none" } else { "failed" })
        }
        Body::GenerationChosen { generation, source, api_version, passed_over, .. } => {
            let over: Vec<String> = passed_over
                .iter()
                .map(|one| format!("; {} is passed over: {}", name(one.generation), name(one.why)))
                .collect();
            format!("this is the {} machine config, from {source}, of {api_version}{}", name(generation), over.concat())
        }
        Body::GenerationStaged { source, .. } => format!("the machine config from {source} is new: staged"),
        Body::GenerationCommitted { .. } => "the staged machine config is the current one now".into(),
        Body::ImageStarted { version, entry, state, boots } => {
            let boots = boots.map(|count| format!("; boot {count} that came this far")).unwrap_or_default();
            format!("image {version} ({entry}, {}){boots}", name(state))
        }
        Body::ImageGood { version, .. } => {
            format!("image {version} is good: the boot loader counts its boots no longer")
        }
        Body::UpdateRolledBack { from, to, cause, stage, code } => {
            let why = match (cause, stage, code) {
                (Cause::NeverStarted, ..) => "no boot of it reached keel-init: the firmware or the boot loader refused it, or its kernel did not come up".into(),
                (Cause::Failed, Some(stage), Some(code)) => format!("its last boot failed in stage {stage}: {code}"),
                _ => "its last boot ended without a failure that keel-init saw: a panic, a hang or a power cut".into(),
            };
            format!("image {from} did not come up; this is {to} again: {why}")
        }
        Body::PlatformDetected { platform, by } => format!("platform {platform} (from the {})", name(by)),
        Body::NetworkFound { origin, used, left_out, only_there, only_config } => {
            let whose = match origin {
                NetworkOrigin::CommandLine => "keel.network= on the kernel command line",
                NetworkOrigin::Platform => "the platform",
            };
            let does = if *used { "names the links" } else { "names another network, and that of the config is used" };
            let parts = [("not taken over", left_out), ("only there", only_there), ("only in the config", only_config)];
            let parts = parts.iter().filter(|(_, list)| !list.is_empty());
            let rest: Vec<String> = parts.map(|(what, list)| format!("; {what}: {}", list.join(", "))).collect();
            format!("{whose} {does}{}", rest.concat())
        }
        Body::FirewallSet { links, rules, guarded } => {
            let closed = if links.is_empty() { String::new() } else { format!(" for {}", links.join(", ")) };
            let guard = if guarded.is_empty() { "" } else { "; metadata services are closed to pods" };
            format!("firewall set{closed}: {rules} rules{guard}")
        }
        Body::LinkConfigured { interface, method, address, gateway, .. } => {
            let over = gateway.as_ref().map(|gateway| format!(", gateway {gateway}")).unwrap_or_default();
            format!("{interface} has {address} ({}){over}", name(method))
        }
        Body::LinkChanged { interface, change, of, left_out } => {
            let of = of.as_deref().unwrap_or_default();
            let left_out =
                left_out.map(|count| format!("; {count} changes before it are left out")).unwrap_or_default();
            format!("{interface} {}{left_out}", link_change(*change, of))
        }
        Body::LeaseLost { interface, address } => format!("{interface} has lost its lease of {address}"),
        Body::LeaseRenewed { interface, address, .. } => format!("{interface} has renewed its lease of {address}"),
        Body::WireguardKey { interface, public_key } => format!("{interface} has the public key {public_key}"),
        Body::ClockSet { by, server, offset_ms } => {
            format!("clock set by {offset_ms} ms from {}", server.clone().unwrap_or_else(|| name(by)))
        }
        Body::Joined { node_name, attempts: 0, .. } => format!("{node_name} joined its cluster in an earlier boot"),
        Body::Joined { node_name, duration_ms, .. } => format!("{node_name} joined its cluster in {duration_ms} ms"),
        Body::ReadyReported { platform, .. } => format!("reported to {platform} that the machine is up"),
        Body::PodsDrained { complete, duration_ms } => {
            format!("pods {} after {duration_ms} ms", if *complete { "stopped" } else { "not stopped" })
        }
        Body::WatchdogStarted { device, identity, timeout_ms } => {
            format!("{device} ({identity}) resets the machine when init is stuck for {} s", timeout_ms / 1000)
        }
        Body::WatchdogReset { device, identity } => {
            format!("WARNING {device} ({identity}) has reset the machine: init was stuck")
        }
        Body::HealthChanged { healthy: true, .. } => "healthy: all that is asked holds".into(),
        Body::HealthChanged { failing, .. } => format!("not healthy yet: {}", failing_text(failing)),
        Body::NodeHealthy { duration_ms } => format!("the node is good: healthy {duration_ms} ms after it was steady"),
        Body::NodeUnhealthy { failing, duration_ms } => {
            format!("WARNING not healthy {} s after it was steady: {}", duration_ms / 1000, failing_text(failing))
        }
        Body::PlanMade { actions: 0, .. } => return None,
        Body::PlanMade { phase, actions, durable } => {
            format!("plan for {}: {actions} actions, {durable} of them on disk", name(phase))
        }
        Body::SpaceUnused { device, partition, bytes } => {
            format!("WARNING {} after {partition} on {device} are unused", size_text(*bytes))
        }
        Body::ActionFinished { durable: false, .. }
        | Body::ActionFinished { action: ActionKind::MakeDirectory, .. } => return None,
        Body::ActionFinished { action, object, duration_ms, .. } => {
            format!("{} {object} in {duration_ms} ms", name(action))
        }
        Body::ImageReady { path, imported, duration_ms } => {
            format!("image {path} {} in {duration_ms} ms", if *imported { "imported" } else { "already imported" })
        }
        Body::ProcessStarted { process, pid, restarts } => {
            format!("{} started, pid {pid}{}", process.name(), again(*restarts))
        }
        Body::ProcessConfigured { .. } => return None,
        Body::ProcessReady { process, .. } => format!("{} is ready", process.name()),
        Body::ProcessExited { process: Process::Kubeadm, .. } => return None,
        Body::ProcessExited { process, wanted: true, .. } => format!("{} stopped", process.name()),
        Body::ProcessExited { process, exit_code, signal, restart_in_ms, last_lines, .. } => {
            let how = exit_code
                .map(|code| format!("exit code {code}"))
                .or(signal.map(|number| format!("signal {number}")))
                .unwrap_or_default();
            let next = restart_in_ms.map(|ms| format!(", restarting in {ms} ms")).unwrap_or_default();
            let last = last_lines.last().map(|line| format!("; last output: {line}")).unwrap_or_default();
            format!("{} exited unexpectedly with {how}{next}{last}", process.name())
        }
        Body::Steady { usage } => format!("steady; {} MiB of memory available", usage.mem_available_bytes >> 20),
        // The failure block tells a fatal failure on every console; the end of a process has a line of its own.
        Body::Failed { fatal: true, .. } | Body::Failed { error: Error { code: Code::ProcessCrashed, .. }, .. } => {
            return None;
        }
        Body::Failed { error, retry_in_ms, .. } => {
            let next = retry_in_ms.map(|ms| format!("; retrying in {ms} ms")).unwrap_or_default();
            format!("{}{next}", crate::pid1::remedy::sentence(error))
        }
        Body::ShutdownStarted { reason, then } => format!("shutdown by {}, then {}", name(reason), name(then)),
        Body::ShutdownFinished { clean, .. } => if *clean {
            "everything is stopped, unmounted and synced"
        } else {
            "stopped and synced, but not everything could be unmounted"
        }
        .into(),
    })
}

/// The name on the wire.
fn name(value: impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(|name| name.replace('-', " ")))
        .unwrap_or_default()
}

fn link_change(change: LinkChange, of: &str) -> String {
    match change {
        LinkChange::Appeared => "has appeared".into(),
        LinkChange::Gone if of.is_empty() => "is gone".into(),
        LinkChange::Gone => format!("is gone from this machine and from {of}"),
        LinkChange::Joined => format!("has joined {of}"),
        LinkChange::Left => format!("has left {of}"),
        LinkChange::CarrierLost => "has lost its carrier".into(),
        LinkChange::CarrierFound => "has a carrier again".into(),
        LinkChange::CarrierMissing => "has no carrier yet".into(),
    }
}

fn again(restarts: u64) -> String {
    if restarts == 0 { String::new() } else { format!(" (restart {restarts})") }
}

fn failing_text(failing: &[FailingProbe]) -> String {
    let each: Vec<String> = failing.iter().map(|one| format!("{} ({})", one.probe, one.detail)).collect();
    each.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::event::{Reason, Then};

    #[test]
    fn a_crash_says_how_it_ended_what_follows_and_the_last_words() {
        let body = Body::ProcessExited {
            process: Process::Kubelet,
            pid: 9,
            wanted: false,
            exit_code: None,
            signal: Some(9),
            restart_in_ms: Some(100),
            last_lines: vec!["oh".into()],
        };
        assert_eq!(
            of(&body).unwrap(),
            "kubelet exited unexpectedly with signal 9, restarting in 100 ms; last output: oh"
        );
    }

    #[test]
    fn the_lines_in_operations_are_what_init_prints() {
        let config = Body::SourceAnswered {
            source: "nocloud",
            answer: SourceVerdict::Config,
            sha256: Some("9f86d081884c7d65".into()),
            bytes: Some(2417),
        };
        let join = Error::new(Code::JoinUnreachable, "join", "cp.example.org:6443")
            .with_detail("dial tcp 192.0.2.10:6443: connect: connection refused");
        let lines = [
            (1204, config),
            (1933, Body::StageFinished { stage: "disks", duration_ms: 312 }),
            (9120, Body::Failed { fatal: false, error: join, retry_in_ms: Some(5000) }),
        ];
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md");
        let page = std::fs::read_to_string(page).unwrap();
        for (at, body) in lines {
            let line = super::super::text_of(at, &body).unwrap();
            assert!(page.contains(&format!("\n{line}\n")), "operations.md does not have {line}");
        }
    }

    #[test]
    fn a_member_that_is_unplugged_names_its_bond_and_what_is_left_out() {
        let of = |change, of: Option<&str>, left_out| {
            let (interface, of) = ("eth1".to_owned(), of.map(str::to_owned));
            super::of(&Body::LinkChanged { interface, change, of, left_out }).unwrap()
        };
        assert_eq!(of(LinkChange::Gone, Some("bond0"), None), "eth1 is gone from this machine and from bond0");
        let text = "eth1 has a carrier again; 7 changes before it are left out";
        assert_eq!(of(LinkChange::CarrierFound, None, Some(7)), text);
    }

    #[test]
    fn a_shutdown_is_a_sentence() {
        assert_eq!(
            of(&Body::ShutdownStarted { reason: Reason::PowerButton, then: Then::PowerOff }).unwrap(),
            "shutdown by power button, then power off"
        );
    }
}
