//! The node's part of a cluster: containerd and the kubelet, the images and static pods that they are given, the join, and
//! the orderly end of the pods.

mod cni;
mod containers;
mod drain;
pub mod early;
mod first_kubelet;
mod host_pods;
mod import;
pub mod join;
pub mod joining;
mod kubeadm;
mod kubelet_cert;
pub mod logind;
pub mod node_object;
mod proxy;
pub mod pulls;
mod services;
mod settings;
pub mod store;
pub mod versions;
pub mod worker;

pub use kubeadm::{KubeadmExit, KubeadmJob};
pub use services::{start_kubelet, worker_kubelet};

use crate::core::config::{Cni, Kubernetes, MachineConfig, Standalone, StaticPod};
use crate::core::error::{Code, Error, Result, Step};
use crate::core::event::Process;
use crate::core::gpt;
use crate::pid1::event_loop::Wakeup;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::{Node, Subject};
use crate::pid1::service;
use crate::pid1::wait::{turn, until, until_while_stopping};
use crate::sys::kernel::{Kernel, Sys};
use join::KUBELET_PKI;
use rustix::mount::MountFlags as Flags;
use services::{KUBELET_CONFIG, STATIC_PODS, standalone_kubelet};
use std::path::Path;

/// As the event loop knows it.
pub const SUBJECT: Subject = Subject { stage: "runtime", handle, stop };

/// The pause image of every pod, which containerd has pinned.
const PAUSE: &str = "/usr/lib/keel/images/pause.tar";
/// How long each step of the end may take before it is forced, in milliseconds.
const GRACE: u64 = 10_000;
const AFTER_KILL: u64 = 5_000;
/// How long the kubelet of a failed join may take to end, in milliseconds.
const KUBELET_GRACE: u64 = 10_000;

/// The static pods of the config.
#[derive(Default)]
struct StaticPods {
    /// Those that are written as soon as their images are there.
    waiting: Vec<StaticPod>,
    /// Those with the host's network started before the network.
    is_early: bool,
}

/// What a node of a cluster needs in addition to its kubelet.
pub struct Runtime<'a> {
    /// The network of its pods.
    pub cni: &'a Cni,
    /// Archives of images.
    pub images: &'a [String],
    /// Pods that the kubelet runs by itself.
    pub static_pods: &'a [StaticPod],
    /// How long pods get to stop at a shutdown, in milliseconds.
    pub grace_ms: u64,
}

impl<'a> Runtime<'a> {
    /// What a config asks for; None without Kubernetes.
    pub fn of(config: &'a MachineConfig) -> Option<Self> {
        let (cni, images, static_pods, shutdown) = match &config.kubernetes {
            Kubernetes::None(_) => return None,
            Kubernetes::Standalone(all) => (&all.cni, &all.images, &all.static_pods, &all.shutdown),
            Kubernetes::Worker(all) => (&all.cni, &all.images, &all.static_pods, &all.shutdown),
        };
        Some(Self { cni, images, static_pods, grace_ms: shutdown.grace_period_ms })
    }
}

/// Starts containerd while the disks are set up, which takes about as long as it takes to load itself. In parallel kubeadm, on
/// a machine that has no KEEL-STATE yet and so has joined nothing.
pub fn load(node: &mut Node, config: &MachineConfig) {
    if matches!(config.kubernetes, Kubernetes::None(_)) {
        return;
    }
    service::load(node, services::containerd(config.kubernetes.proxy()));
    let is_new = node.observation.as_ref().is_some_and(|seen| seen.partitions_of(gpt::STATE).next().is_none());
    if join::worker(config).is_some() && is_new {
        // The stage `join` tries again, and tells why it cannot be.
        let _ = kubeadm::load(node);
    }
}

/// Prepares what containerd, the kubelet and pods need, and lets containerd go on; the import of images follows, and then the
/// pods. What began before the network is not begun again.
pub fn start(node: &mut Node, runtime: &Runtime) -> std::result::Result<(), Interrupt> {
    let is_early = is_early(node);
    if !is_early {
        prepare(node, runtime)?;
    }
    let left = runtime.static_pods.iter().filter(|pod| !is_early || host_pods::host_pod(pod).is_none());
    node.state::<StaticPods>().waiting.extend(left.cloned());
    write_pods(node);
    Ok(())
}

/// The same before the network, with these pods alone; [`start`] adds the others.
pub fn start_early(node: &mut Node, runtime: &Runtime, pods: Vec<StaticPod>) -> std::result::Result<(), Interrupt> {
    prepare(node, runtime)?;
    *node.state() = StaticPods { waiting: pods, is_early: true };
    Ok(())
}

/// Whether it began before the network.
pub fn is_early(node: &mut Node) -> bool {
    node.state::<StaticPods>().is_early
}

fn prepare(node: &mut Node, runtime: &Runtime) -> std::result::Result<(), Interrupt> {
    let archives = archives(runtime.images)?;
    for (path, mode) in [
        ("/var/log/keel", 0o755),
        ("/var/log/pods", 0o755),
        ("/var/lib/kubelet", 0o750),
        (KUBELET_PKI, 0o700),
        ("/run/containerd", 0o711),
        ("/etc/cni/net.d", 0o755),
        (cni::LEASES, 0o755),
        (STATIC_PODS, 0o755),
    ] {
        Kernel.mkdir(path, mode).step(Code::PathUnwritable, "make directory", path)?;
    }
    if let Cni::Bridge { pod_cidrs } = runtime.cni {
        let text = cni::bridge(pod_cidrs.as_deref().unwrap_or_default());
        let written = Kernel.write(cni::PATH, 0o644, text.as_bytes());
        written.step(Code::PathUnwritable, "write", cni::PATH)?;
    }
    store::ensure(node)?;
    let flags = Flags::NOSUID | Flags::NODEV | Flags::NOEXEC;
    for path in [STATIC_PODS, cni::LEASES] {
        Kernel.mount("tmpfs", path, "tmpfs", flags, "mode=0755").step(Code::MountFailed, "mount", path)?;
    }
    logind::open(node, runtime.grace_ms)?;
    import::want(node, archives);
    service::release(node, Process::Containerd);
    Ok(())
}

/// Starts the kubelet of a node without a cluster; by this name, if there is one, and else by that of the machine.
pub fn start_standalone(node: &mut Node, all: &Standalone, name: Option<&str>) -> Result<()> {
    serve_as(node, name.unwrap_or(&join::machine_name()));
    let written = Kernel.write(KUBELET_CONFIG, 0o600, all.kubelet_config.as_bytes());
    written.step(Code::PathUnwritable, "write", KUBELET_CONFIG)?;
    start_kubelet(node, standalone_kubelet(all.proxy.as_ref(), name));
    Ok(())
}

/// Gives the kubelet its serving certificate; without one it makes its own.
pub fn serve_as(node: &mut Node, name: &str) {
    let made = kubelet_cert::ensure(name).step(Code::PathUnwritable, "write serving certificate to", KUBELET_PKI);
    if let Err(error) = made {
        node.warn(error.in_stage(SUBJECT.stage), None);
    }
}

/// The kubelet of a failed join has its port, and would go on with the credentials of that join.
pub fn stop_kubelet(node: &mut Node) -> std::result::Result<(), Interrupt> {
    service::stop_unless_held(node, Process::Kubelet);
    let is_gone = |node: &mut Node| !service::works(node, Process::Kubelet);
    if !until(node, KUBELET_GRACE, is_gone)? {
        service::kill(node, Process::Kubelet);
        until(node, KUBELET_GRACE, is_gone)?;
    }
    Ok(())
}

/// Has kubeadm join as soon as containerd is ready, while the kubelet that it will most likely want loads itself. Returns how
/// that ended.
pub fn join(node: &mut Node, job: KubeadmJob) -> std::result::Result<KubeadmExit, Interrupt> {
    kubeadm::join(node, job)?;
    kubeadm::go_on(node);
    loop {
        if let Some(exit) = kubeadm::exit(node) {
            return Ok(exit);
        }
        turn(node)?;
    }
}

/// Forgets a join that has ended.
pub fn forget_join(node: &mut Node) {
    kubeadm::forget(node);
}

/// Handles wakeups until everything that the config asks for runs.
pub fn until_ready(node: &mut Node) -> std::result::Result<(), Interrupt> {
    while !is_ready(node) {
        turn(node)?;
    }
    Ok(())
}

fn is_ready(node: &mut Node) -> bool {
    let runs = [Process::Containerd, Process::Kubelet].iter().all(|process| service::is_ready(node, *process));
    runs && import::is_finished(node) && node.state::<StaticPods>().waiting.is_empty()
}

fn handle(node: &mut Node, wakeup: Wakeup) {
    if let Wakeup::Readable(token) = wakeup {
        logind::serve(node, token);
        kubeadm::drain_watch(node, token);
    }
    if service::is_stopping(node) {
        return;
    }
    kubeadm::follow(node);
    if service::is_ready(node, Process::Containerd) {
        kubeadm::go_on(node);
        // From containerd's readiness on: a machine that joins has a processor to spare while kubeadm works.
        import::go_on(node);
    }
    write_pods(node);
}

/// Writes the static pods that wait for their images, once those are there.
fn write_pods(node: &mut Node) {
    if import::is_finished(node) {
        for pod in std::mem::take(&mut node.state::<StaticPods>().waiting) {
            write_pod(node, &pod);
        }
    }
}

/// Lets the kubelet stop the pods, then stops it, what is left of the containers, and containerd.
fn stop(node: &mut Node) {
    let grace = drain::run(node, GRACE);
    service::start_no_more(node);
    import::abandon(node);
    stop_service(node, Process::Kubelet);
    containers::stop(node, grace, AFTER_KILL);
    stop_service(node, Process::Containerd);
    service::close_logs(node);
    kubeadm::forget(node);
}

fn stop_service(node: &mut Node, process: Process) {
    service::stop(node, process);
    let is_gone = |node: &mut Node| !service::runs(node, process);
    if !until_while_stopping(node, GRACE, is_gone) {
        service::kill(node, process);
        until_while_stopping(node, AFTER_KILL, is_gone);
    }
}

/// All archives to import, the pause image's first: without it no pod starts.
fn archives(images: &[String]) -> Result<Vec<String>> {
    let missing = |path: &str| {
        Error::new(Code::ImageArchiveMissing, "find", path).with_detail("there is no such file on the node")
    };
    if !Path::new(PAUSE).is_file() {
        return Err(missing(PAUSE));
    }
    for (at, path) in images.iter().enumerate() {
        if !Path::new(path).is_file() {
            return Err(missing(path).with_pointer(format!("/kubernetes/images/{at}")));
        }
    }
    Ok(std::iter::once(PAUSE.to_owned()).chain(images.iter().cloned()).collect())
}

/// The kubelet skips names that begin with a dot, so it never reads half a pod.
fn write_pod(node: &mut Node, pod: &StaticPod) {
    let (temporary, path) = (format!("{STATIC_PODS}/.{}.new", pod.name), format!("{STATIC_PODS}/{}.json", pod.name));
    let written = std::fs::write(&temporary, &pod.pod).and_then(|()| std::fs::rename(&temporary, &path));
    if let Err(error) = written.step(Code::PathUnwritable, "write static pod", path) {
        node.warn(error, None);
    }
}
