//! The section `kubernetes`.

use super::Prefix;
use serde::Deserialize;
use std::fmt;

/// The part the node plays for Kubernetes.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "role", rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum Kubernetes {
    None(Empty),
    Standalone(Box<Standalone>),
    Worker(Box<Worker>),
}

impl Kubernetes {
    /// The version of Kubernetes that the image must have; None: any.
    pub fn version(&self) -> Option<&str> {
        match self {
            Self::None(_) => None,
            Self::Standalone(node) => node.version.as_deref(),
            Self::Worker(node) => node.version.as_deref(),
        }
    }

    /// The proxy of containerd and the kubelet.
    pub fn proxy(&self) -> Option<&Proxy> {
        match self {
            Self::None(_) => None,
            Self::Standalone(node) => node.proxy.as_ref(),
            Self::Worker(node) => node.proxy.as_ref(),
        }
    }
}

/// A tagged variant with no key but its tag; a unit variant would let unknown keys pass.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// containerd and a kubelet without a cluster.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Standalone {
    pub version: Option<String>,
    pub cni: Cni,
    pub images: Vec<String>,
    pub static_pods: Vec<StaticPod>,
    pub kubelet_config: String,
    pub proxy: Option<Proxy>,
    pub shutdown: Shutdown,
}

/// containerd and a kubelet that joins a cluster.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Worker {
    pub version: Option<String>,
    pub cni: Cni,
    pub images: Vec<String>,
    pub static_pods: Vec<StaticPod>,
    pub kubelet_patch: String,
    pub kubelet_extra_args: Vec<ExtraArg>,
    pub node_name: Option<String>,
    pub node_address: Option<NodeAddress>,
    pub node_labels_from: Option<String>,
    pub labels: Vec<Label>,
    pub taints: Vec<Taint>,
    pub discovery: Discovery,
    pub join: Join,
    pub proxy: Option<Proxy>,
    pub shutdown: Shutdown,
    /// What the platform calls the node, as a JSON object, once it was asked.
    #[serde(skip)]
    pub platform_facts: Option<String>,
}

/// Which of its addresses the node has in the cluster.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct NodeAddress {
    pub subnets: Vec<Prefix>,
}

/// The HTTP proxy of containerd and the kubelet.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Proxy {
    pub http: Option<String>,
    pub https: Option<String>,
    pub no_proxy: Vec<String>,
    pub credentials: Option<Credentials>,
}

/// What a proxy asks for. The password is a secret, so `Debug` shows neither.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Credentials {
    pub username: String,
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("credentials")
    }
}

/// One flag of the kubelet.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ExtraArg {
    pub name: String,
    pub value: String,
}

/// One label of the node.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Label {
    pub name: String,
    pub value: String,
}

/// One taint of the node.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Taint {
    pub key: String,
    pub value: String,
    pub effect: String,
}

/// How the node finds the cluster and comes to trust it. It holds secrets, so `Debug` shows only the kind.
#[derive(Clone, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Discovery {
    Token { endpoint: String, token: String, ca_cert_hashes: Vec<String> },
    File { kubeconfig: String, tls_bootstrap_token: Option<String> },
    Joined {},
}

impl fmt::Debug for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token { .. } => "discovery by token",
            Self::File { .. } => "discovery by file",
            Self::Joined {} => "joined",
        })
    }
}

/// Bounds of kubeadm join and of its repetition.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Join {
    pub discovery_timeout_ms: u64,
    pub kubelet_timeout_ms: u64,
    pub retry_delay_ms: u64,
    pub max_retry_delay_ms: u64,
}

/// How long pods get to stop.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Shutdown {
    pub grace_period_ms: u64,
    #[allow(dead_code, reason = "the kubelet reads it, from its own configuration")]
    pub critical_pods_grace_period_ms: u64,
}

/// The network of pods without hostNetwork.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Cni {
    None {},
    Bridge { pod_cidrs: Option<Vec<Prefix>> },
}

/// One static pod. Its text may hold secrets, so it has no `Debug` beyond its name.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct StaticPod {
    pub name: String,
    pub pod: String,
}

impl fmt::Debug for StaticPod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "static pod {}", self.name)
    }
}
