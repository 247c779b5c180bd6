//! Is the document a machine config? A worker checks it, because the bytes are from outside; PID 1
//! reads only what the worker accepted.

use crate::core::config::{Empty, Hostname, Kernel, Kubernetes, MachineConfig, Network, OnFailure, Storage, Time};
use crate::core::error::{Code, Error};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::{Call, refusal};
use crate::pid1::node::Node;
use crate::pid1::wait;
use std::rc::Rc;

const OBJECT: &str = "machine config";

/// Leaves the accepted config in the node.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let Some(document) = node.document.take() else {
        node.config = Some(Rc::new(nothing()));
        return Ok(());
    };
    let call = Call::new("verify", &(), 64 << 10, OBJECT);
    let output = wait::worker(node, &Call { bytes: &document, ..call })?;
    if !output.ok() {
        return Err(refusal(&output, OBJECT).into());
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

/// What a node without a config is, when none is required: in RAM, without a network, without Kubernetes.
fn nothing() -> MachineConfig {
    MachineConfig {
        api_version: "keel/v1".into(),
        kind: "MachineConfig".into(),
        hostname: Hostname::Fixed { name: "localhost".into() },
        kernel: Kernel { modules: Vec::new(), sysctl: Vec::new() },
        network: Network { interfaces: Vec::new(), nameservers: Vec::new(), route_timeout_ms: 0 },
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
        on_failure: OnFailure::Halt {},
    }
}
