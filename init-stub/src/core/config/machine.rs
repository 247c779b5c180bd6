//! The whole machine config, and what has no file of its own.

use super::{Health, Hostname, Kubernetes, Network, Storage, Time, Watchdog};
use serde::Deserialize;

/// What one machine must be; the fields are documented in `schema/machine/v1.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct MachineConfig {
    /// The minor of the schema that it is written in: `keel/v1`, `keel/v1.1`, ….
    pub api_version: String,
    /// Always `MachineConfig`.
    #[allow(dead_code, reason = "read by nobody, but a closed object must name all its keys")]
    pub kind: String,
    pub hostname: Hostname,
    pub kernel: Kernel,
    pub network: Network,
    pub time: Time,
    pub storage: Storage,
    pub kubernetes: Kubernetes,
    pub health: Option<Health>,
    pub watchdog: Option<Watchdog>,
    pub on_failure: OnFailure,
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

/// What init does when the boot cannot go on.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum OnFailure {
    Halt {},
    Reboot { delay_ms: u64, max_delay_ms: u64 },
}
