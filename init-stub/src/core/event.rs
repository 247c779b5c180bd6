//! What init reports: the union of `schema/event/v1.json`, one variant per event.

#[rustfmt::skip]
mod process;

use crate::core::error::Error;
pub use process::Process;
use serde::{Deserialize, Serialize};

/// Version of the event schema.
pub const VERSION: u32 = 1;

/// One event as it is written: the common fields, then the body.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event<'a> {
    /// Always [`VERSION`].
    pub v: u32,
    /// Position in this boot, from 1 without a gap.
    pub seq: u64,
    /// The kernel's random boot id.
    pub boot_id: &'a str,
    /// CLOCK_MONOTONIC in milliseconds.
    pub mono_ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub body: &'a Body,
}

/// What happened; the field names are those of the schema.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[allow(missing_docs, reason = "the schema describes every field")]
pub enum Body {
    BootStarted {
        init_version: String,
        kernel_version: String,
    },
    StageStarted {
        stage: &'static str,
    },
    StageFinished {
        stage: &'static str,
        duration_ms: u64,
    },
    PlatformDetected {
        platform: &'static str,
        by: DetectedBy,
    },
    NetworkFound {
        origin: NetworkOrigin,
        used: bool,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        left_out: Vec<String>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        only_there: Vec<String>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        only_config: Vec<String>,
    },
    SourceAnswered {
        source: &'static str,
        answer: SourceVerdict,
        #[serde(skip_serializing_if = "Option::is_none")]
        sha256: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    GenerationChosen {
        generation: Generation,
        source: &'static str,
        sha256: String,
        api_version: String,
        passed_over: Vec<PassedOver>,
    },
    GenerationStaged {
        source: String,
        sha256: String,
        api_version: String,
    },
    GenerationCommitted {
        sha256: String,
    },
    ImageStarted {
        version: String,
        entry: String,
        state: SlotImageState,
        #[serde(skip_serializing_if = "Option::is_none")]
        boots: Option<u32>,
    },
    ImageGood {
        version: String,
        entry: String,
    },
    UpdateRolledBack {
        from: String,
        to: String,
        cause: Cause,
        #[serde(skip_serializing_if = "Option::is_none")]
        stage: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
    FirewallSet {
        links: Vec<String>,
        rules: u64,
        guarded: Vec<String>,
    },
    LinkConfigured {
        interface: String,
        method: Method,
        address: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        gateway: Option<String>,
        nameservers: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        lease_ms: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        left_out: Option<u64>,
    },
    LinkChanged {
        interface: String,
        change: LinkChange,
        #[serde(skip_serializing_if = "Option::is_none")]
        of: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        left_out: Option<u64>,
    },
    LeaseLost {
        interface: String,
        address: String,
    },
    LeaseRenewed {
        interface: String,
        address: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        lease_ms: Option<u64>,
    },
    WireguardKey {
        interface: String,
        public_key: String,
    },
    ClockSet {
        by: ClockOrigin,
        #[serde(skip_serializing_if = "Option::is_none")]
        server: Option<String>,
        offset_ms: i64,
    },
    WatchdogStarted {
        device: String,
        identity: String,
        timeout_ms: u64,
    },
    WatchdogReset {
        device: String,
        identity: String,
    },
    PlanMade {
        phase: Phase,
        actions: u64,
        durable: u64,
    },
    SpaceUnused {
        device: String,
        partition: String,
        bytes: u64,
    },
    ActionFinished {
        action: ActionKind,
        object: String,
        durable: bool,
        duration_ms: u64,
    },
    ImageReady {
        path: String,
        imported: bool,
        duration_ms: u64,
    },
    ProcessStarted {
        process: Process,
        pid: u32,
        restarts: u64,
    },
    ProcessConfigured {
        process: Process,
    },
    ProcessReady {
        process: Process,
        pid: u32,
    },
    ProcessExited {
        process: Process,
        pid: u32,
        wanted: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        exit_code: Option<i32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        signal: Option<i32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        restart_in_ms: Option<u64>,
        last_lines: Vec<String>,
    },
    ProcessOutput {
        process: Process,
        line: String,
    },
    Joined {
        node_name: String,
        attempts: u64,
        duration_ms: u64,
    },
    ReadyReported {
        platform: &'static str,
        attempts: u64,
    },
    PodsDrained {
        complete: bool,
        duration_ms: u64,
    },
    Steady {
        usage: Usage,
    },
    HealthChanged {
        healthy: bool,
        failing: Vec<FailingProbe>,
    },
    NodeHealthy {
        duration_ms: u64,
    },
    NodeUnhealthy {
        failing: Vec<FailingProbe>,
        duration_ms: u64,
    },
    UsageMeasured {
        usage: Usage,
    },
    Failed {
        fatal: bool,
        error: Error,
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_in_ms: Option<u64>,
    },
    ShutdownStarted {
        reason: Reason,
        then: Then,
    },
    ShutdownFinished {
        then: Then,
        clean: bool,
    },
}

/// Who said on which platform the machine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the schema describes every value")]
pub enum DetectedBy {
    Cmdline,
    Firmware,
}

/// Who else says something about the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum NetworkOrigin {
    CommandLine,
    Platform,
}

/// Where an address is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the schema describes every value")]
pub enum Method {
    Static,
    Dhcp,
    Dhcp6,
    Slaac,
}

/// What has become of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the schema describes every value")]
pub enum LinkChange {
    Appeared,
    Gone,
    Joined,
    Left,
    CarrierLost,
    CarrierFound,
    CarrierMissing,
}

/// Where the time is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the schema describes every value")]
pub enum ClockOrigin {
    BuildDate,
    State,
    Ntp,
}

/// What a source said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the schema describes every value")]
pub enum SourceVerdict {
    Config,
    NoConfig,
    Retry,
    Fatal,
}

/// One machine config on KEEL-STATE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the schema describes every value")]
pub enum Generation {
    Staged,
    Current,
    Previous,
}

/// What an image on the ESP has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the schema describes every value")]
pub enum SlotImageState {
    NoSlot,
    Good,
    Trial,
    Failed,
    Unfinished,
}

/// What is known about the boots of an image that did not come up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the schema describes every value")]
pub enum Cause {
    NeverStarted,
    NoAnswer,
    Failed,
}

/// What does not hold, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every field")]
pub struct FailingProbe {
    pub probe: String,
    pub detail: String,
}

/// A generation that did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the schema describes every field")]
pub struct PassedOver {
    pub generation: Generation,
    pub why: WhyNot,
}

/// Why a generation did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the schema describes every value")]
pub enum WhyNot {
    NotSteady,
    Damaged,
    Refused,
    TooNew,
    TooOld,
}

/// Which of the three uses of `plan()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the schema describes every value")]
pub enum Phase {
    Storage,
    Persist,
    Files,
}

/// What an action does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the schema describes every value")]
pub enum ActionKind {
    WriteTable,
    RepairTable,
    AddPartition,
    MakeFilesystem,
    FinishPartition,
    MakeDirectory,
    WriteFile,
    SetOwnerMode,
    MakeLink,
}

/// What asked for a shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the schema describes every value")]
pub enum Reason {
    PowerButton,
    Signal,
    Failure,
}

/// What follows a shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, dead_code, reason = "the schema describes every value; nothing asks for a halt by itself yet")]
pub enum Then {
    PowerOff,
    Reboot,
    Halt,
}

/// What the node uses at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the schema describes every field")]
pub struct Usage {
    pub init_peak_rss_bytes: u64,
    pub children_peak_rss_bytes: u64,
    pub mem_total_bytes: u64,
    pub mem_available_bytes: u64,
    pub processes: Vec<String>,
    pub listeners: Vec<String>,
}

#[cfg(test)]
mod tests;
