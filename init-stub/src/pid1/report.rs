//! Where events go: the report channel, /run/keel/events.jsonl and, as readable lines, the console.

mod handover;
pub mod line;
mod own;
mod port;

use crate::core::event::{Body, Event, VERSION};
use crate::pid1::console::say;
use crate::sys::clock::mono_ms;
pub use handover::Handover;
use own::Own;
use port::Port;

/// The record of this boot on the node.
pub const LOG: &str = "/run/keel/events.jsonl";

const FIRST_RETRY_MS: u64 = 100;
const LONGEST_RETRY_MS: u64 = 30_000;

/// An event as the console shows it, with the milliseconds since the kernel started.
fn text_of(time: u64, body: &Body) -> Option<String> {
    Some(format!("keel {:>4}.{:03}  {}", time / 1000, time % 1000, line::of(body)?))
}

/// Numbers events and writes them out.
pub struct Reporter {
    seq: u64,
    boot_id: String,
    own: Own,
    /// Events from before /proc told the boot id, with their times.
    early: Vec<(u64, Body)>,
    /// Whether events wait until all of them are written at once.
    is_held: bool,
    port: Port,
    retry_ms: u64,
}

impl Reporter {
    /// The report of a boot that begins.
    pub fn begin() -> Self {
        Self {
            seq: 0,
            boot_id: String::new(),
            own: Own::new(LOG),
            early: Vec::new(),
            is_held: false,
            port: Port::unopened(),
            retry_ms: FIRST_RETRY_MS,
        }
    }

    /// Goes on with the report after PID 1 has executed itself in the root image.
    pub fn resume(handover: &Handover) -> Self {
        let log = std::fs::read(LOG).unwrap_or_default();
        let unsent = usize::try_from(handover.sent).ok().and_then(|sent| log.get(sent..)).unwrap_or_default();
        Self { seq: handover.seq, port: Port::inherited(handover, unsent.to_vec()), ..Self::begin() }
    }

    /// What [`Self::resume`] needs. The report channel stays open across exec.
    pub fn handover(&mut self, since: u64) -> Handover {
        Handover { seq: self.seq, sent: self.port.sent(), port: self.port.keep_across_exec(), since, watchdog: None }
    }

    /// Reports one event. A channel that takes nothing never stops the boot.
    pub fn emit(&mut self, body: Body) {
        self.early.push((mono_ms(), body));
        self.write_all();
    }

    /// From now on events keep their times and wait for [`Self::release`]: a console is slow, and what happens in between is not to be.
    pub fn hold(&mut self) {
        self.is_held = true;
    }

    /// Writes the events that have waited.
    pub fn release(&mut self) {
        self.is_held = false;
        self.write_all();
    }

    fn write_all(&mut self) {
        if self.is_held || self.early.is_empty() {
            return;
        }
        if self.boot_id.is_empty() {
            self.boot_id =
                std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned();
        }
        if !self.boot_id.is_empty() {
            let all = std::mem::take(&mut self.early);
            for (time, body) in &all {
                self.write(*time, body);
            }
            self.port.flush();
            let lines: Vec<String> = all.iter().filter_map(|(time, body)| text_of(*time, body)).collect();
            if !lines.is_empty() {
                say(&lines.join("\n"));
            }
        }
    }

    /// Reports the last event and waits until the host has it, at most a second: the machine is about to stop.
    pub fn emit_last(&mut self, body: Body) {
        self.port.settle();
        self.emit(body);
    }

    fn write(&mut self, time: u64, body: &Body) {
        self.seq += 1;
        let event = Event { v: VERSION, seq: self.seq, boot_id: &self.boot_id, mono_ms: time, body };
        if let Ok(mut json) = serde_json::to_vec(&event) {
            json.push(b'\n');
            self.own.add(&json);
            self.port.push(&json);
        }
    }

    /// Sends what the report channel did not take before. What is left is worth another try after so many
    /// milliseconds, later each time: nobody may be reading.
    pub fn flush(&mut self) -> Option<u64> {
        if self.port.flush() {
            self.retry_ms = FIRST_RETRY_MS;
            return None;
        }
        self.retry_ms = (self.retry_ms * 2).min(LONGEST_RETRY_MS);
        Some(self.retry_ms)
    }
}
