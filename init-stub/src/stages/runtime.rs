//! Stage `runtime`: containerd and the preloaded images; on a standalone node the kubelet beside them, then static pods.
//! What takes long to load begins earlier, with [`load`].

mod cni;
pub mod store;

use crate::config::{Cni, Kubernetes, MachineConfig, StaticPod};
use crate::error::{Code, Error, Result, Step};
use crate::event::Body;
use crate::gpt;
use crate::join::{self, KUBELET_PKI};
use crate::logind;
use crate::node::Node;
use crate::serving;
use crate::supervise::{CONFIG, Plan, STATIC_PODS, Supervisor, until_ready, with};
use crate::sys::kernel::{Kernel, Sys};
use rustix::mount::MountFlags as Flags;
use std::path::Path;

const STAGE: &str = "runtime";
const KUBELET_CONFIG: &str = "/run/keel/kubelet/config.json";
/// The pause image of every pod, which containerd has pinned.
const PAUSE: &str = "/usr/lib/keel/images/pause.tar";
/// The only directory with programs.
const PATH: &str = "/bin";

/// Lets containerd go on. On a standalone node it returns when everything that the config asks for runs; a worker's kubelet
/// starts when it joins, and whether it may is known before containerd goes on.
pub fn run(node: &mut Node) -> Result<()> {
    let config = node.config()?;
    match &config.kubernetes {
        Kubernetes::None(_) => Ok(()),
        Kubernetes::Standalone(standalone) => {
            let grace_ms = standalone.shutdown.grace_period_ms;
            start(node, &standalone.cni, &standalone.images, &standalone.static_pods, grace_ms)?;
            serve_as(node, &join::machine_name());
            Kernel.write(KUBELET_CONFIG, 0o600, standalone.kubelet_config.as_bytes()).step(
                Code::PathUnwritable,
                STAGE,
                "write",
                KUBELET_CONFIG,
            )?;
            with(node, |all, node| all.start_kubelet(node, kubelet(vec![format!("--config={KUBELET_CONFIG}")])));
            until_ready(node);
            Ok(())
        }
        Kubernetes::Worker(worker) => {
            join::check(worker, STAGE)?;
            let grace_ms = worker.shutdown.grace_period_ms;
            start(node, &worker.cni, &worker.images, &worker.static_pods, grace_ms)
        }
    }
}

/// Lets containerd load itself while the disks are set up, which takes about as long. Beside it kubeadm, on a machine that
/// has no KEEL-STATE yet and so has joined nothing.
pub fn load(node: &mut Node, config: &MachineConfig) {
    if matches!(config.kubernetes, Kubernetes::None(_)) {
        return;
    }
    let mut supervisor = Supervisor::load(node, containerd());
    let is_new = node.observation.as_ref().is_some_and(|seen| seen.partitions_of(gpt::STATE).next().is_none());
    if join::worker(config).is_some() && is_new {
        // The stage `join` tries again, and tells why it cannot be.
        let _ = supervisor.load_kubeadm(node);
    }
    node.supervisor = Some(supervisor);
}

/// Prepares what containerd, the kubelet and pods need, and lets containerd go on.
fn start(node: &mut Node, cni: &Cni, images: &[String], static_pods: &[StaticPod], grace_ms: u64) -> Result<()> {
    let archives = archives(images)?;
    for (path, mode) in [
        ("/var/log/keel", 0o755),
        ("/var/log/pods", 0o755),
        ("/var/lib/kubelet", 0o750),
        (KUBELET_PKI, 0o700),
        ("/run/containerd", 0o711),
        ("/etc/cni/net.d", 0o755),
        (STATIC_PODS, 0o755),
    ] {
        Kernel.mkdir(path, mode).step(Code::PathUnwritable, STAGE, "make directory", path)?;
    }
    write_cni(cni)?;
    store::lay_down().step(Code::PathUnwritable, STAGE, "lay down the images of", store::STORE)?;
    Kernel.mount("tmpfs", STATIC_PODS, "tmpfs", Flags::NOSUID | Flags::NODEV | Flags::NOEXEC, "mode=0755").step(
        Code::MountFailed,
        STAGE,
        "mount",
        STATIC_PODS,
    )?;
    logind::open(node, grace_ms)?;
    with(node, |all, node| all.go_on(node, archives, static_pods.to_vec()));
    Ok(())
}

/// Gives the kubelet its serving certificate; without one it makes its own.
pub fn serve_as(node: &mut Node, name: &str) {
    let made = serving::ensure(name).step(Code::PathUnwritable, STAGE, "write serving certificate to", KUBELET_PKI);
    if let Err(error) = made {
        node.emit(Body::Failed { fatal: false, error, retry_in_ms: None });
    }
}

/// All archives to import, the pause image's first: without it no pod starts.
fn archives(images: &[String]) -> Result<Vec<String>> {
    let missing = |path: &str| {
        Error::new(Code::ImageArchiveMissing, STAGE, "find", path).with_detail("there is no such file on the node")
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

fn write_cni(cni: &Cni) -> Result<()> {
    let Cni::Bridge { pod_cidr } = cni else { return Ok(()) };
    Kernel.write(cni::PATH, 0o644, cni::bridge(pod_cidr).as_bytes()).step(
        Code::PathUnwritable,
        STAGE,
        "write",
        cni::PATH,
    )
}

fn containerd() -> Plan {
    Plan {
        argv: ["/bin/containerd", "--config", CONFIG].map(str::to_owned).to_vec(),
        environment: environment(),
        cgroup: "/sys/fs/cgroup/system/containerd",
        oom_score: -999,
        configuration: Some("/etc/containerd/config.toml"),
    }
}

/// The kubelet of a worker, with the flags that kubeadm wrote down. The same words join and come back after a reboot:
/// the kubeconfig of the bootstrap is read only as long as the kubelet has no other, and neither before its configuration.
pub fn worker_kubelet(flags: Vec<String>) -> Plan {
    let own =
        ["--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf", "--kubeconfig=/etc/kubernetes/kubelet.conf"];
    let config = std::iter::once(format!("--config={CONFIG}"));
    let all = own.into_iter().map(str::to_owned).chain(config).chain(flags);
    Plan { configuration: Some("/var/lib/kubelet/config.yaml"), ..kubelet(all.collect()) }
}

fn kubelet(arguments: Vec<String>) -> Plan {
    Plan {
        argv: std::iter::once("/bin/kubelet".to_owned()).chain(arguments).collect(),
        environment: environment().into_iter().chain([logind::environment()]).collect(),
        cgroup: "/sys/fs/cgroup/system/kubelet",
        oom_score: -999,
        configuration: None,
    }
}

/// Of every program that init runs for Kubernetes.
pub fn environment() -> Vec<(String, String)> {
    vec![("PATH".into(), PATH.into()), ("HOME".into(), "/root".into())]
}

/// Of one that ends by itself soon: collecting its garbage as often as a daemon's would take a fifth of its processor time.
pub fn brief_environment() -> Vec<(String, String)> {
    environment().into_iter().chain([("GOGC".into(), "400".into())]).collect()
}
