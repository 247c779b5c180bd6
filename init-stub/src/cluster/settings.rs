//! What the kubelet of a node that has joined runs with. kubeadm writes flags and configuration at a join only; here they follow
//! the machine config at every later boot. What KEEL-STATE keeps is of a kubelet that became ready with it, and comes back when
//! another one ends soon.

use super::first_kubelet::forget_notes;
use super::join::{self, PATCHES, Record, classify};
use super::services::short_lived_environment;
use super::{is_early, serve_as, start_kubelet, stop_kubelet, worker_kubelet};
use crate::core::config::Worker;
use crate::core::error::{Code, Error, Step};
use crate::core::event::Process;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::Job;
use crate::pid1::node::Node;
use crate::pid1::service;
use crate::pid1::wait::{program, until};
use crate::sys::atomic_write;
use crate::sys::kernel::{Kernel, Sys};
use std::fs;
use std::path::Path;
use std::time::Duration;

const CONFIG: &str = "/var/lib/kubelet/config.yaml";
/// What kubeadm has found out about this node at the join; a part of the configuration.
const OF_THIS_NODE: &str = "instance-config.yaml";
/// Where kubeadm writes, in RAM: it does not replace a file in one step.
const MADE: &str = "/run/keel/join/made";
/// Some settings end a kubelet only when it has found its container runtime, after it has said that it is ready. So it is
/// watched for so long after that, in milliseconds.
const SETTLED: u64 = 10_000;
/// Where kubeadm 1.34 writes nevertheless, into a folder of its own.
const MADE_BY_1_34: &str = "/etc/kubernetes/tmp";
/// What kubeadm needs in addition to the time of its questions, in milliseconds: it is loaded from the disk, on a busy machine.
const SLACK: u64 = 60_000;
/// How long a kubelet with new settings may take to be ready or to end, in milliseconds; then nobody waits for it here.
const TRIAL: u64 = 240_000;

/// Starts the kubelet with the settings of the machine config, or with those that it has where they cannot be made. One that
/// runs since before the network with other settings makes way.
pub fn start(node: &mut Node, worker: &Worker, name: &str) -> Result<(), Interrupt> {
    let (old, earlier) = (join::kubelet_flags().unwrap_or_default(), Record::read());
    let mut record = Record::of(worker, name.to_owned()).after(earlier.as_ref(), &old).in_cluster_of(earlier.as_ref());
    let mut is_new = false;
    if let Some(earlier) = earlier.as_ref().filter(|earlier| !earlier.has_settings_of(&record)) {
        is_new = true;
        if let Err(interrupt) = make_configuration(node, worker) {
            let why = interrupt.failure()?.detail.unwrap_or_default();
            record.take_settings(earlier);
            let error = Error::new(Code::JoinOutdated, "make", "kubelet configuration").with_detail(format!(
                "{why}; the kubelet starts with the configuration that it has, and the next boot tries again"
            ));
            node.warn(error.with_pointer("/kubernetes/kubeletPatch"), None);
            is_new = false;
        }
    }
    let flags = join::current_kubelet_flags(worker, name, &join::machine_name(), &old);
    if flags != old
        && let Err(error) = join::write_kubelet_flags(&flags)
    {
        node.warn(error, None);
    }
    let runs = is_early(node);
    if !runs || is_new || flags != join::early_kubelet_flags(worker, old) {
        if runs {
            stop_kubelet(node)?;
        }
        if !join::is_as_kept(Path::new("/")) {
            // One of the new settings may be a policy.
            forget_notes();
        }
        serve_as(node, name);
        start_kubelet(node, worker_kubelet(worker, flags));
    }
    if !join::is_as_kept(Path::new("/")) && !is_proved(node, worker)? {
        record.take_settings(earlier.as_ref().unwrap_or(&record.clone()));
    }
    if earlier.is_some_and(|earlier| earlier != record)
        && let Err(error) = record.write()
    {
        node.warn(error, None);
    }
    Ok(())
}

/// Whether the kubelet works with its new settings, which are kept then. One that ends goes on with those that were kept.
fn is_proved(node: &mut Node, worker: &Worker) -> Result<bool, Interrupt> {
    let ended = |node: &mut Node| service::has_ended(node, Process::Kubelet);
    let is_over = until(node, TRIAL, |node| ended(node) || service::is_ready(node, Process::Kubelet))?;
    if is_over && !ended(node) && !until(node, SETTLED, ended)? {
        let kept = join::make_durable(node).and_then(|()| Ok(join::keep(Path::new("/"))?));
        if let Err(interrupt) = kept {
            node.warn(interrupt.failure()?, None);
        }
        return Ok(true);
    }
    if is_over {
        let error = Error::new(Code::KubeletSettingsRefused, "start", "kubelet").with_detail(
            "it ended soon after its start; it goes on with the flags and the configuration it had before",
        );
        node.warn(error.with_pointer("/kubernetes"), None);
        join::put_back(Path::new("/"))?;
        stop_kubelet(node)?;
        forget_notes();
        let flags = join::with_node_ip(worker, join::kubelet_flags().unwrap_or_default());
        let flags = join::without_old_labels(worker, flags);
        start_kubelet(node, worker_kubelet(worker, flags));
    }
    Ok(false)
}

/// Has kubeadm make the configuration again, of the cluster's and the patch; it asks the API server as the kubelet.
fn make_configuration(node: &mut Node, worker: &Worker) -> Result<(), Interrupt> {
    forget_made();
    let made = run_kubeadm(node, worker);
    join::forget();
    forget_made();
    join::drop_pages();
    let made = made?;
    Ok(atomic_write::write(Path::new(CONFIG), 0o644, &made).step(Code::PathUnwritable, "write", CONFIG)?)
}

/// A power cut leaves what kubeadm made for an earlier config. Mostly there is nothing.
fn forget_made() {
    let _ = fs::remove_dir_all(MADE_BY_1_34);
}

/// A dry run writes the same file as a real one, but where it is told to, and leaves the Node alone.
fn run_kubeadm(node: &mut Node, worker: &Worker) -> Result<Vec<u8>, Interrupt> {
    join::write_patch(&Kernel, worker)?;
    Kernel.mkdir(MADE, 0o700).step(Code::PathUnwritable, "make directory", MADE)?;
    let (known, made) = (Path::new(CONFIG).with_file_name(OF_THIS_NODE), Path::new(MADE));
    if let Ok(text) = fs::read(&known) {
        let written = fs::write(made.join(OF_THIS_NODE), text);
        written.step(Code::PathUnwritable, "write", MADE)?;
    }
    let to = ("KUBEADM_UPGRADE_DRYRUN_DIR".to_owned(), MADE.to_owned());
    let output = program(
        node,
        &Job {
            argv: &["/bin/kubeadm", "upgrade", "node", "phase", "kubelet-config", "--dry-run", "--patches", PATCHES],
            environment: &[short_lived_environment(), vec![to]].concat(),
            stdin: [&[], &[]],
            address_space: None,
            // It shows the whole configuration.
            stdout_limit: 0,
            deadline: Duration::from_millis(worker.join.discovery_timeout_ms + SLACK),
        },
    )?;
    match made_in(made, Path::new(MADE_BY_1_34)) {
        Some(text) if output.ok() => Ok(text),
        _ => {
            let lines: Vec<String> = String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned).collect();
            Err(Error::new(Code::JoinOutdated, "run", "kubeadm").with_detail(classify(&lines).detail).into())
        }
    }
}

/// What kubeadm has made: in this folder, or in one below the other.
fn made_in(folder: &Path, other: &Path) -> Option<Vec<u8>> {
    let below = fs::read_dir(other).into_iter().flatten().flatten().map(|entry| entry.path());
    std::iter::once(folder.to_owned()).chain(below).find_map(|folder| fs::read(folder.join("config.yaml")).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn what_kubeadm_has_made_is_found_where_each_version_writes_it() {
        let root = Scratch::new("made");
        let (folder, other) = (root.join("made"), root.join("tmp"));
        assert_eq!(made_in(&folder, &other), None);
        atomic_write::write(&other.join("kubeadm-upgrade-dryrun7/config.yaml"), 0o600, b"1.34").unwrap();
        assert_eq!(made_in(&folder, &other).unwrap(), b"1.34");
        atomic_write::write(&folder.join("config.yaml"), 0o600, b"1.35").unwrap();
        assert_eq!(made_in(&folder, &other).unwrap(), b"1.35");
    }
}
