//! The sections `health` and `watchdog`.

use serde::{Deserialize, Serialize};

/// When a machine config is good.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Health {
    pub timeout_ms: u64,
    pub stable_for_ms: u64,
    pub node_ready: bool,
    pub probes: Vec<HealthProbe>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum HealthProbe {
    Http { url: String, status: Option<u16> },
    Tcp { address: String },
}

/// What resets a machine whose init hangs.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Watchdog {
    pub device: WatchdogDevice,
    pub timeout_ms: u64,
}

/// Which watchdog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WatchdogDevice {
    /// The first of the machine's own, else that of the kernel.
    Auto,
    /// That of the kernel.
    Software,
    /// None.
    Off,
}
