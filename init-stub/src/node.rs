//! The state of one boot, handed from stage to stage.

use crate::clock::Clock;
use crate::config::MachineConfig;
use crate::error::{Code, Error, Result};
use crate::event::Body;
use crate::logind::Logind;
use crate::network::Network;
use crate::observe::Observation;
use crate::ready::Ready;
use crate::report::Reporter;
use crate::supervise::Supervisor;
use crate::volume::Volume;
use crate::wakes::Wakes;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// What the stages of a boot know and share.
pub struct Node {
    /// Where events go.
    pub reporter: Reporter,
    /// What PID 1 waits for.
    pub wakes: Wakes,
    /// What is on the disks; absent before the stage `observe`.
    pub observation: Option<Observation>,
    /// Filesystems that a source may be on; empty before the stage `observe`.
    pub volumes: Vec<Volume>,
    /// The machine config; absent until the stage `verify` accepted one.
    pub config: Option<Rc<MachineConfig>>,
    /// The document that a source gave, until its copy is kept.
    pub document: Option<Vec<u8>>,
    /// Which source gave the document; None when it came from no source.
    pub origin: Option<Origin>,
    /// What the machine's provider calls it.
    pub identity: Identity,
    /// Set once a source of the network may be asked.
    pub online: Option<Online>,
    /// What the leases say.
    pub network: Network,
    /// How the clock is kept right.
    pub clock: Clock,
    /// Whether the platform knows that the machine is up.
    pub ready: Ready,
    /// containerd and kubelet, once the stage `runtime` has started them.
    pub supervisor: Option<Supervisor>,
    /// Where the kubelet hears of a shutdown; None: pods are not drained.
    pub logind: Option<Logind>,
}

/// The network is there, and a source of it is being asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Online {
    /// CLOCK_MONOTONIC in milliseconds after which asking is given up; None: never.
    pub until: Option<u64>,
}

/// Where the machine config came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Name of the source, as in events.
    pub source: &'static str,
    /// SHA-256 of the document, in hexadecimal.
    pub sha256: String,
}

/// What a machine's provider calls it. No boot fails for the lack of either.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The provider's id of this instance.
    pub instance_id: Option<String>,
    /// The host name that the provider gives it.
    pub hostname: Option<String>,
}

impl Node {
    /// A node that knows nothing yet.
    pub fn new(reporter: Reporter, wakes: Wakes) -> Self {
        Self {
            reporter,
            wakes,
            observation: None,
            volumes: Vec::new(),
            config: None,
            document: None,
            origin: None,
            identity: Identity::default(),
            online: None,
            network: Network::default(),
            clock: Clock::default(),
            ready: Ready::default(),
            supervisor: None,
            logind: None,
        }
    }

    /// The accepted machine config. Cheap to call: it is shared, so that a stage can hold it and emit events.
    pub fn config(&self) -> Result<Rc<MachineConfig>> {
        self.config.clone().ok_or_else(|| {
            Error::new(Code::Bug, "verify", "use", "machine config").with_detail("no stage has accepted one yet")
        })
    }

    /// Takes over what a provider calls the machine. One that calls it nothing takes no name away.
    pub fn take_name(&mut self, identity: Identity) {
        if identity != Identity::default() {
            self.identity = identity;
        }
    }

    /// Reports what happened.
    pub fn emit(&mut self, body: Body) {
        self.reporter.emit(body);
    }
}
