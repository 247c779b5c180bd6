//! Stage `verify`: is the document a machine config? A child judges, because the bytes are from outside; PID 1
//! reads only what the child accepted.

use crate::child::{self, load_beside};
use crate::config::{Empty, Hostname, Kernel, Kubernetes, MachineConfig, Network, OnFailure, Storage, Time};
use crate::error::{Code, Error, Result};
use crate::node::Node;
use crate::stages::runtime;
use std::rc::Rc;

const STAGE: &str = "verify";
const OBJECT: &str = "machine config";

/// Leaves the accepted config in the node.
pub fn run(node: &mut Node) -> Result<()> {
    let Some(document) = node.document.take() else {
        node.config = Some(Rc::new(nothing()));
        return Ok(());
    };
    let output = child::run(STAGE, &["verify"], &document, 64 << 10, OBJECT)?;
    if !output.ok() {
        return Err(child::refusal(&output, STAGE, OBJECT));
    }
    let config: MachineConfig = serde_json::from_slice(&document)
        // The text of a type error may quote the document, so only its place is told.
        .map_err(|e| {
            Error::new(Code::Bug, STAGE, "read", OBJECT).with_detail(format!(
                "accepted, then not read at line {} column {}",
                e.line(),
                e.column()
            ))
        })?;
    // The stage `system` needs them; loading them takes about as long as all stages until then.
    if !config.kernel.modules.is_empty() {
        load_beside("modules", config.kernel.modules.iter().map(String::as_str));
    }
    runtime::load(node, &config);
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
