//! Stage `runtime`: containerd, then the kubelet and the preloaded images beside each other, then static pods.

mod cni;

use crate::config::{Cni, Kubernetes, Standalone};
use crate::error::{Code, Error, Result, Step};
use crate::logind;
use crate::node::Node;
use crate::supervise::{Plan, STATIC_PODS, Supervisor, until_ready};
use crate::sys::kernel::{Kernel, Sys};
use rustix::mount::MountFlags as Flags;
use std::path::Path;

const STAGE: &str = "runtime";
const KUBELET_CONFIG: &str = "/run/keel/kubelet/config.json";
/// The pause image of every pod, which containerd has pinned.
const PAUSE: &str = "/usr/lib/keel/images/pause.tar";
/// The only directory with programs.
const PATH: &str = "/bin";

/// Returns when everything that the config asks for runs.
pub fn run(node: &mut Node) -> Result<()> {
    let config = node.config()?;
    let Kubernetes::Standalone(standalone) = &config.kubernetes else { return Ok(()) };
    let archives = archives(standalone)?;
    for (path, mode) in [
        ("/var/log/keel", 0o755),
        ("/var/log/pods", 0o755),
        ("/run/containerd", 0o711),
        ("/etc/cni/net.d", 0o755),
        (STATIC_PODS, 0o755),
    ] {
        Kernel.mkdir(path, mode).step(Code::PathUnwritable, STAGE, "make directory", path)?;
    }
    write_cni(&standalone.cni)?;
    Kernel.mount("tmpfs", STATIC_PODS, "tmpfs", Flags::NOSUID | Flags::NODEV | Flags::NOEXEC, "mode=0755").step(
        Code::MountFailed,
        STAGE,
        "mount",
        STATIC_PODS,
    )?;
    Kernel.write(KUBELET_CONFIG, 0o600, standalone.kubelet_config.as_bytes()).step(
        Code::PathUnwritable,
        STAGE,
        "write",
        KUBELET_CONFIG,
    )?;
    logind::open(node, standalone.shutdown.grace_period_ms)?;
    let supervisor = Supervisor::start(node, containerd(), kubelet(), archives, standalone.static_pods.clone());
    node.supervisor = Some(supervisor);
    until_ready(node);
    Ok(())
}

/// All archives to import, the pause image's first: without it no pod starts.
fn archives(standalone: &Standalone) -> Result<Vec<String>> {
    let missing = |path: &str| {
        Error::new(Code::ImageArchiveMissing, STAGE, "find", path).with_detail("there is no such file on the node")
    };
    if !Path::new(PAUSE).is_file() {
        return Err(missing(PAUSE));
    }
    for (at, path) in standalone.images.iter().enumerate() {
        if !Path::new(path).is_file() {
            return Err(missing(path).with_pointer(format!("/kubernetes/images/{at}")));
        }
    }
    Ok(std::iter::once(PAUSE.to_owned()).chain(standalone.images.iter().cloned()).collect())
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
        argv: ["/bin/containerd", "--config", "/etc/containerd/config.toml"].map(str::to_owned).to_vec(),
        environment: environment(),
        cgroup: "/sys/fs/cgroup/system/containerd",
        oom_score: -999,
    }
}

fn kubelet() -> Plan {
    Plan {
        argv: vec!["/bin/kubelet".into(), format!("--config={KUBELET_CONFIG}")],
        environment: environment().into_iter().chain([logind::environment()]).collect(),
        cgroup: "/sys/fs/cgroup/system/kubelet",
        oom_score: -999,
    }
}

fn environment() -> Vec<(String, String)> {
    vec![("PATH".into(), PATH.into()), ("HOME".into(), "/root".into())]
}
