//! The state of one boot, handed from stage to stage: only what all of them share. What one subject alone keeps is behind
//! [`Node::state`].

use super::event_loop::{EventLoop, Token, Wakeup};
use super::states::States;
use crate::core::config::MachineConfig;
use crate::core::content::volume::Volume;
use crate::core::error::{Code, Error, Result};
use crate::core::event::Body;
use crate::core::observation::Observation;
use crate::core::platform_network::PlatformNetwork;
use crate::core::scoped::ScopedAddress;
use crate::pid1::report::Reporter;
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::net::IpAddr;
use std::rc::Rc;

/// A part of the node that runs in parallel with the boot, as the event loop knows it.
pub struct Subject {
    /// The stage that its failures are of.
    pub stage: &'static str,
    /// Acts on a wakeup, if it is about this subject.
    pub handle: fn(&mut Node, Wakeup),
    /// The machine is stopping.
    pub stop: fn(&mut Node),
}

/// What the stages of a boot know and share.
pub struct Node {
    /// Where events go.
    pub reporter: Reporter,
    /// What PID 1 waits for.
    pub events: EventLoop,
    /// The subjects that handle each wakeup, in this order.
    pub subjects: &'static [Subject],
    /// What is on the disks; absent before the stage `observe`.
    pub observation: Option<Observation>,
    /// Filesystems that a source may be on; empty before the stage `observe`.
    pub volumes: Vec<Volume>,
    /// The machine config; absent until the stage `verify` accepted one.
    pub config: Option<Rc<MachineConfig>>,
    /// The document that a source gave, until it is kept.
    pub document: Option<Vec<u8>>,
    /// Which source gave the document; None when it came from no source.
    pub origin: Option<ConfigSource>,
    /// What the machine's provider calls it.
    pub instance: Instance,
    /// What the leases say.
    pub network: NetworkFacts,
    /// The stage whose failures are reported now.
    pub stage: &'static str,
    /// The stage that the boot is in.
    pub boot_stage: &'static str,
    states: States,
    report_timer: Token,
}

/// Where the machine config came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSource {
    /// Name of the source, as in events.
    pub source: &'static str,
    /// SHA-256 of the document, in hexadecimal.
    pub sha256: String,
}

/// What a machine's provider says about it. No boot fails for the lack of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    /// The provider's id of this instance.
    pub instance_id: Option<String>,
    /// The host name that the provider gives it.
    pub hostname: Option<String>,
    /// Its network.
    #[serde(default)]
    pub network: Option<PlatformNetwork>,
}

/// Facts from the network. Leases fill them; the config takes precedence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkFacts {
    /// The node's own address: the first static one, else that of the lease whose default route wins.
    pub address: Option<IpAddr>,
    /// All addresses of the node by which a cluster may know it: static ones in the order of the config, then those of leases and of
    /// router advertisements, and last those whose preferred lifetime is over. No link-local ones.
    pub addresses: Vec<IpAddr>,
    /// A valid host name of a lease.
    pub hostname: Option<String>,
    /// Name servers of leases and routers.
    pub nameservers: Vec<ScopedAddress>,
    /// NTP servers of leases.
    pub ntp_servers: Vec<ScopedAddress>,
    /// Domains of leases and routers in which short names are looked up.
    pub search: Vec<String>,
    /// How often something of this has come, so that others notice.
    pub changes: u64,
}

impl Node {
    /// A node that knows nothing yet.
    pub fn new(reporter: Reporter, mut events: EventLoop, subjects: &'static [Subject]) -> Self {
        Self {
            reporter,
            report_timer: events.token(),
            events,
            subjects,
            observation: None,
            volumes: Vec::new(),
            config: None,
            document: None,
            origin: None,
            instance: Instance::default(),
            network: NetworkFacts::default(),
            stage: "mounts",
            boot_stage: "mounts",
            states: States::default(),
        }
    }

    /// What a subject keeps.
    pub fn state<T: Any + Default>(&mut self) -> &mut T {
        self.states.of()
    }

    /// The state of a part of PID 1, and the event loop.
    pub fn state_and_events<T: Any + Default>(&mut self) -> (&mut T, &mut EventLoop) {
        (self.states.of(), &mut self.events)
    }

    /// The accepted machine config. Cheap to call: it is shared, so that a stage can hold it and emit events.
    pub fn config(&self) -> Result<Rc<MachineConfig>> {
        self.config
            .clone()
            .ok_or_else(|| Error::new(Code::Bug, "use", "machine config").with_detail("no stage has accepted one yet"))
    }

    /// Takes over what a provider says about the machine. One that calls it nothing takes no name away, and one that does not name its
    /// network takes no network away.
    pub fn take_instance(&mut self, mut instance: Instance) {
        let network = instance.network.take().or_else(|| self.instance.network.take());
        if instance == Instance::default() {
            self.instance.network = network;
        } else {
            self.instance = Instance { network, ..instance };
        }
    }

    /// Reports what happened. A failure that names no stage is of the one that runs.
    pub fn emit(&mut self, mut body: Body) {
        if let Body::Failed { error, .. } = &mut body {
            error.add_stage(self.stage);
        }
        self.reporter.emit(body);
    }

    /// Reports a failure that ends nothing; `retry_in_ms` says when it is tried again.
    pub fn warn(&mut self, error: Error, retry_in_ms: Option<u64>) {
        self.emit(Body::Failed { fatal: false, error, retry_in_ms });
    }

    /// Does something in the name of a stage.
    pub fn in_stage<T>(&mut self, stage: &'static str, act: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.stage, stage);
        let result = act(self);
        self.stage = before;
        result
    }

    /// Sends what the report channel did not take before, and comes back to what it still does not take.
    pub fn flush_report(&mut self) {
        if let Some(later) = self.reporter.flush() {
            self.events.set_timer(self.report_timer, later);
        }
    }

    /// Wakes the loop up for the report channel after so many milliseconds.
    pub fn schedule_report(&mut self, after: u64) {
        self.events.set_timer(self.report_timer, after);
    }
}
