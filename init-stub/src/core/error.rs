//! The one error type. Every failure has the same facts: a code, the stage, the verb, what it was done to,
//! and what the kernel or a parser said. So this is one struct and not an enum that grows.

use serde::{Deserialize, Serialize};

/// Every way in which init can fail; `schema/event/v1.json` documents each, and a test holds the two equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the schema describes every code")]
pub enum Code {
    KernelRefused,
    ConfigMissing,
    ConfigUnreadable,
    ConfigForeign,
    ConfigRefused,
    ConfigTooLarge,
    ConfigTooNew,
    ConfigTooOld,
    ConfigDigestMismatch,
    SourcesDisagree,
    CmdlineInvalid,
    SourceAmbiguous,
    SourceUnreadable,
    SourceUnreachable,
    SourceRefused,
    TlsRefused,
    PlatformUnknown,
    PlatformReportFailed,
    PlatformFactsMissing,
    StateForeign,
    ParserCrashed,
    ModuleMissing,
    ModuleRefused,
    WatchdogMissing,
    DiskNotFound,
    DiskAmbiguous,
    DiskClaimedTwice,
    DiskForeign,
    DiskReadOnly,
    DiskTooSmall,
    DiskIo,
    PartitionMismatch,
    PartitionForeign,
    FilesystemMismatch,
    FilesystemToolFailed,
    MountFailed,
    PathOccupied,
    PathUnwritable,
    DiskFull,
    SysctlRefused,
    InterfaceNotFound,
    InterfaceClaimedTwice,
    NetworkRefused,
    AddressTaken,
    PeerIsSelf,
    EndpointUnresolved,
    DhcpTimeout,
    HostnameMissing,
    HostnameRefused,
    ClockUnset,
    KubernetesVersionMismatch,
    ImageArchiveMissing,
    ImageImportFailed,
    ImageNotFound,
    ImagePullFailed,
    RegistryUnreachable,
    RegistryAccessDenied,
    RegistryUntrusted,
    ProcessMissing,
    ProcessNotReady,
    ProcessCrashed,
    JoinUnreachable,
    JoinEndpointWrong,
    JoinTokenUnknown,
    JoinTokenWrong,
    JoinCaMismatch,
    NodeAddressMissing,
    JoinNameTaken,
    JoinClockWrong,
    JoinPreflightFailed,
    JoinVersionSkew,
    JoinKubeletFailed,
    JoinFailed,
    JoinChanged,
    JoinOutdated,
    JoinCredentialsMissing,
    KubeletSettingsRefused,
    NodeCertificateExpired,
    ApiServerUnreachable,
    UnmountFailed,
    FirmwareVariablesRefused,
    EspUnusable,
    Bug,
}

/// One failed step, as it travels in a `failed` event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// What kind of failure.
    pub code: Code,
    /// The stage that failed: a name of the `Stage` enum of the event schema. Who runs the stage adds it.
    #[serde(default)]
    pub stage: String,
    /// What was being done, for example `mount`.
    pub verb: String,
    /// What it was done to, for example `/dev/vda1`.
    pub object: String,
    /// The kernel's error number, when it gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errno: Option<i32>,
    /// The cause as text; never contains a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// JSON pointer into the machine config, when a part of it is the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

/// What every fallible function of init returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error with the three facts that none can lack; `with_*` add the others, and the runner of the stage its name.
    pub fn new(code: Code, verb: &str, object: impl Into<String>) -> Self {
        Self::of(code, verb, object.into())
    }

    /// Once in the binary, and not at each of three hundred places.
    #[inline(never)]
    fn of(code: Code, verb: &str, object: String) -> Self {
        Self { code, stage: String::new(), verb: verb.into(), object, errno: None, detail: None, pointer: None }
    }

    /// What the kernel refused. A path that cannot be written for lack of space is a fault of its own.
    #[inline(never)]
    fn refused(cause: &std::io::Error, code: Code, verb: &str, object: String) -> Self {
        let is_full = code == Code::PathUnwritable && cause.kind() == std::io::ErrorKind::StorageFull;
        let code = if is_full { Code::DiskFull } else { code };
        let errno = cause.raw_os_error();
        let error = Self { errno, ..Self::of(code, verb, object) };
        if errno.is_some() { error } else { error.with_detail(cause.to_string()) }
    }

    /// Adds the cause as text. Never pass a secret.
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds the stage that it is of, where that is another than the one that runs.
    pub fn in_stage(mut self, stage: &str) -> Self {
        self.add_stage(stage);
        self
    }

    /// Adds the stage, if it has none yet.
    pub fn add_stage(&mut self, stage: &str) {
        if self.stage.is_empty() {
            self.stage = stage.into();
        }
    }

    /// Adds the place in the machine config that is the cause.
    pub fn with_pointer(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }
}

/// Turns what the kernel refused into an [`Error`]: no failure can leave a stage without its context.
pub trait Step<T> {
    /// `code` says what the refusal means here; most system calls are [`Code::KernelRefused`].
    fn step(self, code: Code, verb: &str, object: impl Into<String>) -> Result<T>;
}

impl<T> Step<T> for std::io::Result<T> {
    fn step(self, code: Code, verb: &str, object: impl Into<String>) -> Result<T> {
        self.map_err(|e| Error::refused(&e, code, verb, object.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Error as Cause;

    #[test]
    fn only_a_path_that_cannot_be_written_for_lack_of_space_is_a_full_disk() {
        let code =
            |errno, code| Err::<(), _>(Cause::from_raw_os_error(errno)).step(code, "write", "/a").unwrap_err().code;
        let (full, denied) = (28, 13);
        assert_eq!(code(full, Code::PathUnwritable), Code::DiskFull);
        assert_eq!(code(denied, Code::PathUnwritable), Code::PathUnwritable);
        assert_eq!(code(full, Code::KernelRefused), Code::KernelRefused, "inotify has no room for another watch");
    }
}
