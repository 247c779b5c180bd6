//! The machine config: its types and the one way to read it. [`parse`] judges exactly as `schema/machine/v1.json`
//! says, because it interprets that very file; the types below only give the accepted document a shape.

mod canonical;
mod json;
mod meaning;
mod schema;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// Most bytes of a machine config, unpacked.
pub const LIMIT: usize = 16 << 20;
pub use canonical::digest as canonical_digest;
pub use meaning::is_host_name;

/// Why a document is no machine config: the place as a JSON pointer, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// JSON pointer of the offending value; empty for the whole document.
    pub pointer: String,
    /// What is wrong, without any value of the document that could be a secret.
    pub message: String,
    /// Whether the document ends in the middle.
    pub is_cut_short: bool,
}

impl Refusal {
    fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into(), is_cut_short: false }
    }
}

/// Reads a machine config. Accepts what the schema accepts, in strict JSON: no duplicate key, every number an
/// integer of plain digits, no byte order mark, nothing after the document.
pub fn parse(bytes: &[u8]) -> Result<MachineConfig, Refusal> {
    let document = json::read(bytes)?;
    schema::check(&document)?;
    drop(document);
    serde_json::from_slice(bytes).map_err(|e| {
        // Only a contradiction between the schema and the types below can end here. The text of a type error
        // may quote the document, so only its place is told.
        Refusal::new("", format!("keel-init's types contradict its schema at line {} column {}", e.line(), e.column()))
    })
}

/// Reads a machine config and refuses what no node can obey, although the schema lets it pass: see [`meaning`].
pub fn accept(bytes: &[u8]) -> Result<MachineConfig, Refusal> {
    let config = parse(bytes)?;
    meaning::check(&config)?;
    Ok(config)
}

/// What one machine must be; the fields are documented in `schema/machine/v1.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct MachineConfig {
    /// Always `keel/v1`; the schema has seen to it.
    #[allow(dead_code, reason = "read by nobody, but a closed object must name all its keys")]
    pub api_version: String,
    /// Always `MachineConfig`.
    #[allow(dead_code, reason = "as above")]
    pub kind: String,
    pub hostname: Hostname,
    pub kernel: Kernel,
    pub network: Network,
    pub time: Time,
    pub storage: Storage,
    pub kubernetes: Kubernetes,
    pub on_failure: OnFailure,
}

/// The host name, or where the machine finds one.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Hostname {
    Fixed { name: String },
    Discovered { from: Vec<NameOrigin> },
}

/// Where a discovered host name may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum NameOrigin {
    Metadata,
    Dhcp,
    Mac,
}

/// Modules and sysctl values.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Kernel {
    pub modules: Vec<String>,
    pub sysctl: Vec<Sysctl>,
}

/// One value below /proc/sys.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Sysctl {
    pub name: String,
    pub value: String,
}

/// Addresses and name servers.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Network {
    pub interfaces: Vec<Interface>,
    pub nameservers: Vec<std::net::Ipv4Addr>,
    pub route_timeout_ms: u64,
}

/// One network interface, or all that no other entry names.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Interface {
    pub selector: InterfaceSelector,
    pub ipv4: Ipv4,
    pub mtu_bytes: Option<u32>,
}

/// How an interface gets its IPv4 address.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Ipv4 {
    Static { address: std::net::Ipv4Addr, prefix_length: u8, gateway: Option<std::net::Ipv4Addr> },
    Dhcp {},
}

/// Where the clock is set from.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Time {
    pub servers: Vec<String>,
    pub timeout_ms: u64,
}

/// Names one interface of the machine.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum InterfaceSelector {
    All {},
    Name { name: String },
    Mac { mac: String },
}

/// Disks, filesystems and what is on them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Storage {
    pub disks: Vec<Disk>,
    pub filesystems: Vec<Filesystem>,
    pub persist: Vec<Persist>,
    pub directories: Vec<Directory>,
    pub files: Vec<File>,
    pub links: Vec<Link>,
}

/// One disk and the partitions that must be on it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Disk {
    pub selector: DiskSelector,
    pub wipe: bool,
    pub partitions: Vec<Partition>,
}

/// What the wanted disk looks like; all given facts must hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct DiskSelector {
    pub serial: Option<String>,
    pub wwid: Option<String>,
    pub model: Option<String>,
    pub transport: Option<Transport>,
    pub boot_disk: Option<bool>,
    pub min_size_bytes: Option<u64>,
    pub max_size_bytes: Option<u64>,
}

/// How a disk is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum Transport {
    Virtio,
    Nvme,
    Sata,
    Scsi,
    Usb,
    Mmc,
}

/// One GPT partition.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Partition {
    pub label: String,
    pub type_guid: String,
    pub size: PartitionSize,
}

/// How large a partition is made.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum PartitionSize {
    Fixed { size_bytes: u64 },
    Rest { min_size_bytes: u64 },
}

/// One filesystem on a partition of this config.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Filesystem {
    pub partition: String,
    pub format: Format,
    pub mount_path: String,
    pub mount_options: Vec<MountOption>,
}

/// Kind of filesystem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum Format {
    Ext4,
}

/// One mount flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum MountOption {
    Nodev,
    Nosuid,
    Noexec,
    Noatime,
    Ro,
}

/// One directory that lives on a filesystem and is bound to its path.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Persist {
    pub path: String,
    pub partition: String,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

/// One directory.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Directory {
    pub path: String,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

/// One regular file.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct File {
    pub path: String,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub contents: Contents,
}

/// The bytes of a file. They may be a secret, so `Debug` shows their size only.
#[derive(Clone, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Contents {
    Text { text: String },
    Base64 { base64: String },
}

impl Contents {
    /// The bytes; None: the base64 is not as it must be.
    pub fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Text { text } => Some(Cow::Borrowed(text.as_bytes())),
            Self::Base64 { base64 } => STANDARD.decode(base64).ok().map(Cow::Owned),
        }
    }

    /// Number of bytes, without decoding them.
    pub fn size_bytes(&self) -> u64 {
        match self {
            Self::Text { text } => text.len() as u64,
            Self::Base64 { base64 } => {
                let padding = base64.bytes().rev().take_while(|b| *b == b'=').count();
                (base64.len() / 4 * 3).saturating_sub(padding) as u64
            }
        }
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text } => write!(f, "{} bytes of text", text.len()),
            Self::Base64 { base64 } => write!(f, "{} characters of base64", base64.len()),
        }
    }
}

/// One symbolic link.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Link {
    pub path: String,
    pub target: String,
}

/// The part the node plays for Kubernetes.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "role", rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum Kubernetes {
    None(Empty),
    Standalone(Standalone),
    Worker(Box<Worker>),
}

/// A tagged variant with nothing beside its tag; a unit variant would let unknown keys pass.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// containerd and a kubelet without a cluster.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Standalone {
    pub cni: Cni,
    pub images: Vec<String>,
    pub static_pods: Vec<StaticPod>,
    pub kubelet_config: String,
    pub shutdown: Shutdown,
}

/// containerd and a kubelet that joins a cluster.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Worker {
    pub cni: Cni,
    pub images: Vec<String>,
    pub static_pods: Vec<StaticPod>,
    pub kubelet_patch: String,
    pub kubelet_extra_args: Vec<ExtraArg>,
    pub node_name: Option<String>,
    pub labels: Vec<Label>,
    pub taints: Vec<Taint>,
    pub discovery: Discovery,
    pub join: Join,
    pub shutdown: Shutdown,
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
    Bridge { pod_cidr: String },
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

/// What init does when the boot cannot go on.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum OnFailure {
    Halt {},
    Reboot { delay_ms: u64, max_delay_ms: u64 },
}

#[cfg(test)]
mod tests;
