//! Is the document a machine config? A worker checks it, because the bytes are from outside; PID 1
//! reads only what the worker accepted.

use crate::core::config::{Empty, Hostname, Kernel, Kubernetes, MachineConfig, Network, OnFailure, Storage, Time};
use crate::core::error::{Code, Error};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::{Call, refusal};
use crate::pid1::node::Node;
use crate::pid1::wait;
use crate::sources::generations::{OfBoot, TooNew};
use crate::sources::requirements::CmdlineRequirements;
use crate::sources::{STATE_SOURCE, state, value};
use serde::Deserialize;
use std::rc::Rc;

const OBJECT: &str = "machine config";

/// A document that is not a machine config for this keel-init.
struct Refused {
    error: Error,
    /// The version that it names, where that is too new.
    version: Option<String>,
}

/// What the worker adds to its error.
#[derive(Deserialize)]
struct NamedVersion {
    version: Option<String>,
}

/// Leaves the accepted config in the node.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let Some(mut document) = node.document.take() else {
        node.config = Some(Rc::new(nothing()));
        return Ok(());
    };
    if let Err(refused) = check(node, &document)? {
        document = instead_of(node, document, refused)?;
        check(node, &document)?.map_err(|refused| refused.error)?;
    }
    let config: MachineConfig = serde_json::from_slice(&document)
        // The text of a type error may quote the document, so only its place is reported.
        .map_err(|e| {
            Error::new(Code::Bug, "read", OBJECT).with_detail(format!(
                "accepted, then not read at line {} column {}",
                e.line(),
                e.column()
            ))
        })?;
    node.config = Some(Rc::new(config));
    node.document = Some(document);
    Ok(())
}

/// What the worker says about a document.
fn check(node: &mut Node, document: &[u8]) -> std::result::Result<std::result::Result<(), Refused>, Interrupt> {
    let call = Call::new("verify", &(), 64 << 10, OBJECT);
    let output = wait::worker(node, &Call { bytes: document, ..call })?;
    if output.ok() {
        return Ok(Ok(()));
    }
    let version = serde_json::from_slice(&output.stdout).ok().and_then(|NamedVersion { version }| version);
    Ok(Err(Refused { error: refusal(&output, OBJECT), version }))
}

/// Of a document that is too new for this keel-init: the newest generation on KEEL-STATE that is not, and the document is staged
/// there for one that is newer. A document that the command line requires by its digest has no substitute.
fn instead_of(
    node: &mut Node,
    document: Vec<u8>,
    Refused { error, version }: Refused,
) -> std::result::Result<Vec<u8>, Interrupt> {
    let (Some(api_version), Some(origin)) = (version, node.origin.clone()) else { return Err(error.into()) };
    let is_required = CmdlineRequirements::read(value)?.digest.is_some();
    if is_required || origin.source == STATE_SOURCE || !state::fall_back(node)? {
        return Err(error.into());
    }
    node.warn(error, None);
    node.state::<OfBoot>().too_new = Some(TooNew { document, origin, api_version });
    Ok(node.document.take().unwrap_or_default())
}

/// What a node without a config is, when none is required: in RAM, without a network, without Kubernetes.
fn nothing() -> MachineConfig {
    MachineConfig {
        api_version: "keel/v1".into(),
        kind: "MachineConfig".into(),
        hostname: Hostname::Fixed { name: "localhost".into() },
        kernel: Kernel { modules: Vec::new(), sysctl: Vec::new() },
        network: Network::default(),
        time: Time { servers: Vec::new(), timeout_ms: 0 },
        storage: Storage {
            disks: Vec::new(),
            filesystems: Vec::new(),
            persist: Vec::new(),
            directories: Vec::new(),
            files: Vec::new(),
            links: Vec::new(),
        },
        kubernetes: Kubernetes::None(Empty {}),
        health: None,
        watchdog: None,
        on_failure: OnFailure::Halt {},
    }
}
