//! The services of a node of a cluster, as values. One more is a function here, its name in the event schema, of which
//! [`Process`] is generated, and where it is to start and to stop the calls of [`crate::pid1::service`].

use super::{logind, proxy, pulls};
use crate::core::config::{Proxy, Worker};
use crate::core::event::Process;
use crate::pid1::gate::CONFIG;
use crate::pid1::node::Node;
use crate::pid1::service::{self, Service};
use std::path::Path;

/// The stage that failures of all of them are of.
const RUNTIME: &str = "runtime";
/// The configuration of a kubelet without a cluster.
pub const KUBELET_CONFIG: &str = "/run/keel/kubelet/config.json";
/// Where the kubelet looks for static pods: a tmpfs, so that the config is the only origin of a pod.
pub const STATIC_PODS: &str = "/etc/kubernetes/manifests";
/// The only directory with programs.
const PATH: &str = "/bin";

/// containerd, held until its store is there.
pub fn containerd(proxy: Option<&Proxy>) -> Service {
    Service {
        process: Process::Containerd,
        stage: RUNTIME,
        argv: ["/bin/containerd", "--config", CONFIG].map(str::to_owned).to_vec(),
        environment: [environment(), proxy::environment(proxy, &[])].concat(),
        cgroup: "/sys/fs/cgroup/system/containerd",
        oom_score: -999,
        configuration: Some("/etc/containerd/config.toml"),
        after: &[],
        on_line: Some(pulls::follow),
    }
}

/// The kubelet of a worker, with the flags that kubeadm wrote down. The same words join and come back after a reboot:
/// the kubeconfig of the bootstrap is read only as long as the kubelet has no other, and neither before its configuration. It
/// never reaches an API server through a proxy.
pub fn worker_kubelet(worker: &Worker, flags: Vec<String>) -> Service {
    let own =
        ["--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf", "--kubeconfig=/etc/kubernetes/kubelet.conf"];
    let config = std::iter::once(format!("--config={CONFIG}"));
    let all = own.into_iter().map(str::to_owned).chain(config).chain(flags);
    let direct = worker.proxy.as_ref().map(|_| proxy::api_servers(Path::new("/"), worker)).unwrap_or_default();
    let kubelet = kubelet(all.collect(), proxy::environment(worker.proxy.as_ref(), &direct));
    Service { configuration: Some("/var/lib/kubelet/config.yaml"), ..kubelet }
}

/// The kubelet of a node without a cluster, with its configuration in [`KUBELET_CONFIG`]; it may have another name than the
/// machine.
pub fn standalone_kubelet(proxy: Option<&Proxy>, name: Option<&str>) -> Service {
    let name = name.map(|name| format!("--hostname-override={name}"));
    let arguments = std::iter::once(format!("--config={KUBELET_CONFIG}")).chain(name);
    kubelet(arguments.collect(), proxy::environment(proxy, &[]))
}

/// A kubelet that reads its own configuration.
fn kubelet(arguments: Vec<String>, proxy: Vec<(String, String)>) -> Service {
    Service {
        process: Process::Kubelet,
        stage: RUNTIME,
        argv: std::iter::once("/bin/kubelet".to_owned()).chain(arguments).collect(),
        environment: [environment(), vec![logind::environment()], proxy].concat(),
        cgroup: "/sys/fs/cgroup/system/kubelet",
        oom_score: -999,
        configuration: None,
        after: &[Process::Containerd],
        on_line: None,
    }
}

/// Starts the kubelet, now or as soon as containerd is ready; one that is held, started by the same words, goes on.
pub fn start_kubelet(node: &mut Node, kubelet: Service) {
    service::plan(node, kubelet);
    service::release(node, Process::Kubelet);
}

/// Of every program that init runs for Kubernetes.
fn environment() -> Vec<(String, String)> {
    vec![("PATH".into(), PATH.into()), ("HOME".into(), "/root".into())]
}

/// Of one that ends by itself soon: collecting its garbage as often as a daemon's would take a fifth of its processor time.
pub fn short_lived_environment() -> Vec<(String, String)> {
    environment().into_iter().chain([("GOGC".into(), "400".into())]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::join::example;
    use serde_json::json;

    fn value<'a>(environment: &'a [(String, String)], name: &str) -> Option<&'a str> {
        environment.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn containerd_and_the_kubelet_have_the_proxy_and_what_ends_by_itself_has_none() {
        let token = json!({ "type": "token", "endpoint": "cp.lab:6443", "token": "", "caCertHashes": [] });
        let proxy = serde_json::from_value(json!({ "https": "http://p:3128", "noProxy": [".lab"] })).unwrap();
        let worker = Worker { proxy: Some(proxy), ..example(token) };
        let containerd = containerd(worker.proxy.as_ref()).environment;
        let kubelet = worker_kubelet(&worker, Vec::new()).environment;
        for environment in [&containerd, &kubelet] {
            assert_eq!(value(environment, "HTTPS_PROXY"), Some("http://p:3128"));
            assert_eq!(value(environment, "PATH"), Some(PATH));
        }
        assert_eq!(value(&containerd, "NO_PROXY"), Some(".lab"));
        assert_eq!(value(&kubelet, "NO_PROXY"), Some(".lab,cp.lab"));
        assert_eq!(value(&short_lived_environment(), "HTTPS_PROXY"), None);
    }
}
