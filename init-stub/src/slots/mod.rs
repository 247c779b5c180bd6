//! Slots: which image runs, whether it is on trial, that it is good, and what became of one that did not come up. The boot loader counts
//! the boots of an image on trial by the name of its file; one without a boot left does not start again. A machine that no such loader
//! has started has no slots, and nothing here does anything.

mod esp;
mod firmware;
mod job;
pub mod worker;

use crate::core::error::{Code, Error, Result};
pub use crate::core::event::SlotImageState;
use crate::core::event::{Body, Reason, Then};
use crate::core::gpt::Guid;
use crate::core::slots::SlotState;
use crate::disk::apply::kernel_partitions::device_of;
use crate::pid1::event_loop::{Token, Wakeup};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::{Call, refusal};
use crate::pid1::node::{Node, Subject};
use crate::pid1::remedy::code_name;
use crate::pid1::task::{self, Command, End, Next, Task};
use crate::pid1::worker::first_line;
use crate::pid1::{console, status, wait};
use crate::sources::generations;
use crate::sys::os_release;
use crate::watchdog;
use job::{Begun, Failure, Job, RolledBack, Settled};
use serde::de::DeserializeOwned;
use std::path::Path;

/// What an image leaves that did not get the node healthy in time: the event of that name.
const UNHEALTHY: &str = "node-unhealthy";
/// How messages call them.
const OBJECT: &str = "slots";
/// Until an image that cannot be made good is tried again, in milliseconds.
const AGAIN: u64 = 30_000;
/// How long an image on trial may take until the node is steady, unless its config says how long it may take to be healthy, in milliseconds.
const UNTIL_STEADY: u64 = 900_000;
/// Longest answer of the worker.
const LIMIT: usize = 64 << 10;
/// Until the machine reboots whose image on trial has failed, in milliseconds: time to read the console.
const REBOOT_AFTER: u64 = 10_000;
/// The last rollback, for as long as KEEL-STATE lives.
const LAST_ROLLBACK: &str = "/keel/state/last-rollback.json";

#[derive(Default)]
struct OfBoot {
    begun: Begun,
    /// What the running task has said.
    answer: Option<String>,
    /// Why an image on trial gives way.
    failure: Option<Failure>,
    /// When it does, if it is not steady by then.
    deadline: Option<Token>,
}

/// As the event loop knows it.
pub const SUBJECT: Subject = Subject { stage: "steady", handle, stop: |_| {} };

/// Makes the running image good, and says what became of the others.
static SETTLE: Task = Task {
    name: "slots",
    stage: "steady",
    command: settle_command,
    deadline_ms: Some(60_000),
    lines: take_line,
    ended: settled,
    ..Task::DEFAULT
};
/// Notes why an image on trial gives way.
static FAIL: Task = Task {
    name: "slots-fail",
    stage: "steady",
    command: fail_command,
    deadline_ms: Some(60_000),
    lines: take_line,
    ended: failed,
    ..Task::DEFAULT
};

/// Asks the firmware what was started, and leaves there that an image on trial has begun. A firmware that does not answer is reported, and
/// then there are no slots.
pub fn begin(node: &mut Node) -> std::result::Result<(), Interrupt> {
    if !firmware::is_there() {
        return Ok(());
    }
    match ask::<Begun>(node, &Job::Begin)? {
        Ok(begun) => node.state::<OfBoot>().begun = begun,
        Err(error) => node.warn(error, None),
    }
    if is_trial(node) {
        let deadline = node.events.token();
        node.events.set_timer(deadline, UNTIL_STEADY);
        node.state::<OfBoot>().deadline = Some(deadline);
        watchdog::begin_trial(node)?;
    }
    Ok(())
}

/// The config is known: it may say how long the node may take.
pub fn configure(node: &mut Node) {
    let limit = node.config.as_ref().and_then(|config| config.health.as_ref()).map(|health| health.timeout_ms);
    if let (Some(deadline), Some(limit)) = (node.state::<OfBoot>().deadline, limit) {
        node.events.set_timer(deadline, limit);
    }
}

/// An image on trial whose boot waits for something for too long gives way.
fn handle(node: &mut Node, wakeup: Wakeup) {
    if let Wakeup::Due(token) = wakeup
        && node.state::<OfBoot>().deadline == Some(token)
    {
        give_way(node, node.boot_stage);
    }
}

/// Reports which image runs. To be called once, by the root image.
pub fn report(node: &mut Node) {
    let begun = node.state::<OfBoot>().begun.clone();
    let version = version();
    let state = match (begun.image(), begun.image_on_trial()) {
        (None, _) => SlotImageState::NoSlot,
        (Some(_), Some(_)) => SlotImageState::Trial,
        (Some(_), None) => SlotImageState::Good,
    };
    if let Some(entry) = begun.entry.filter(|_| state != SlotImageState::NoSlot) {
        let boots = begun.breadcrumb.filter(|_| state == SlotImageState::Trial).map(|left| left.boots);
        node.emit(Body::ImageStarted { version: version.clone(), entry, state, boots });
    }
    status::set(node, "image", &serde_json::json!({"version": version, "state": state}));
}

/// Whether the image that runs was never proven.
pub fn is_trial(node: &mut Node) -> bool {
    node.state::<OfBoot>().begun.image_on_trial().is_some()
}

/// The boot has failed. For an image on trial this is noted, and the machine is to reboot after so many milliseconds, whatever the
/// config says: the loader tries again, or starts the former image.
pub fn fail(node: &mut Node, error: &Error) -> std::result::Result<Option<u64>, Interrupt> {
    if !is_trial(node) {
        return Ok(None);
    }
    let failure = Failure { stage: error.stage.clone(), code: code_name(error.code) };
    if let Err(error) = ask::<()>(node, &Job::Fail { failure })? {
        node.warn(error, None);
    }
    Ok(Some(REBOOT_AFTER))
}

/// The node is steady: from here on its health counts. With an image that was good before, what became of the others is looked at.
pub fn look(node: &mut Node) {
    if let Some(deadline) = node.state::<OfBoot>().deadline.take() {
        node.events.clear_timer(deadline);
    }
    if !is_trial(node) {
        task::start(node, &SETTLE);
    }
}

/// The node is what it should be with this image and this machine config: both are the ones that serve from now on. The image comes
/// first: a config is never kept as good that only an image on trial has shown to be.
pub fn proven(node: &mut Node) {
    if is_trial(node) {
        task::start(node, &SETTLE);
    } else {
        generations::commit(node);
    }
}

/// The node is not what it should be in time. An image on trial gives way: this is noted, and the machine reboots. A good one stays.
pub fn give_way(node: &mut Node, stage: &str) {
    if is_trial(node) {
        node.state::<OfBoot>().failure = Some(Failure { stage: stage.into(), code: UNHEALTHY.into() });
        task::start(node, &FAIL);
    }
}

/// None where there are no slots. An ESP that is on none of the disks is reported.
fn settle_command(node: &mut Node) -> Option<Command> {
    let begun = node.state::<OfBoot>().begun.clone();
    begun.image()?;
    let entry = begun.entry.clone()?;
    let Some(device) = esp(node, &begun) else {
        let guid = begun.partition.unwrap_or_default();
        let detail = "the boot loader was started from it, and no disk has it";
        node.warn(Error::new(Code::EspUnusable, "find", format!("partition {guid}")).with_detail(detail), None);
        return None;
    };
    node.state::<OfBoot>().answer = None;
    Some(Command::worker("slots", &Job::Settle { device, entry }))
}

fn take_line(node: &mut Node, lines: &[String]) {
    let of_boot = node.state::<OfBoot>();
    of_boot.answer = lines.last().cloned().or(of_boot.answer.take());
}

/// What the task says that has ended: its answer, or its error.
fn answer_of<T: DeserializeOwned>(node: &mut Node, end: End) -> Result<T> {
    if let End::NotStarted(error) = end {
        return Err(error);
    }
    let text = node.state::<OfBoot>().answer.take().unwrap_or_default();
    serde_json::from_slice(text.as_bytes()).map_err(|_| {
        serde_json::from_slice(text.as_bytes()).unwrap_or_else(|_| {
            Error::new(Code::ParserCrashed, "read", OBJECT).with_detail("the child that looked at them gave no answer")
        })
    })
}

fn settled(node: &mut Node, end: End) -> Next {
    match answer_of::<Settled>(node, end) {
        Ok(settled) => take_over(node, settled),
        Err(error) => {
            let retry = is_trial(node).then_some(AGAIN);
            node.warn(error, retry);
            return retry.map_or(Next::Done, Next::Again);
        }
    }
    Next::Done
}

fn fail_command(node: &mut Node) -> Option<Command> {
    let failure = node.state::<OfBoot>().failure.clone()?;
    Some(Command::worker("slots", &Job::Fail { failure }))
}

/// Noted or not: the next boot is the loader's decision.
fn failed(node: &mut Node, end: End) -> Next {
    if let Err(error) = answer_of::<()>(node, end) {
        node.warn(error, None);
    }
    node.events.request_stop(Reason::Failure, Then::Reboot);
    Next::Done
}

fn take_over(node: &mut Node, settled: Settled) {
    let version = version();
    let begun = &mut node.state::<OfBoot>().begun;
    let was_on_trial = std::mem::take(&mut begun.is_counted);
    let entry = begun.entry.clone().unwrap_or_default();
    if settled.was_on_trial {
        node.emit(Body::ImageGood { version: version.clone(), entry });
    }
    let state = if settled.running.is_some() { SlotImageState::Good } else { SlotImageState::NoSlot };
    status::set(node, "image", &serde_json::json!({"version": version, "state": state}));
    let others: Vec<_> = settled
        .others
        .iter()
        .map(|one| serde_json::json!({"version": one.version, "state": state_of(one.state)}))
        .collect();
    status::set(node, "otherImages", &others);
    if let Some(rolled_back) = settled.rolled_back {
        report_rollback(node, version, rolled_back);
    } else if let Some(last) =
        std::fs::read(LAST_ROLLBACK).ok().and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok())
    {
        status::set(node, "lastRollback", &last);
    }
    if was_on_trial {
        watchdog::end_trial(node);
        generations::commit(node);
    }
}

fn state_of(state: SlotState) -> SlotImageState {
    match state {
        SlotState::Good => SlotImageState::Good,
        SlotState::Trial { .. } => SlotImageState::Trial,
        SlotState::Bad | SlotState::Failed => SlotImageState::Failed,
        SlotState::Unfinished => SlotImageState::Unfinished,
    }
}

fn report_rollback(node: &mut Node, to: String, RolledBack { version, cause, failure }: RolledBack) {
    let (stage, code) = failure.map(|failure| (failure.stage, failure.code)).unzip();
    let body = Body::UpdateRolledBack { from: version, to, cause, stage, code };
    let record = serde_json::to_value(&body).unwrap_or_default();
    if let Some(line) = crate::pid1::report::line::of(&body) {
        console::shout(&format!("\nKEEL: {line}\n"));
    }
    node.emit(body);
    if crate::pid1::failed::has_state() {
        // The event and the console have said it already.
        let _ = crate::sys::atomic_write::write(Path::new(LAST_ROLLBACK), 0o644, record.to_string().as_bytes());
    }
    status::set(node, "lastRollback", &record);
}

/// The image's version; one that has none is of a test.
fn version() -> String {
    os_release::value("IMAGE_VERSION").unwrap_or_default()
}

/// The device of the ESP.
fn esp(node: &Node, begun: &Begun) -> Option<String> {
    let guid: Guid = begun.partition.as_deref()?.to_lowercase().parse().ok()?;
    let partitions = node.observation.as_ref()?.disks.iter().flat_map(|disk| {
        let entries = disk.table.iter().flat_map(|table| &table.partitions);
        entries.map(|partition| (disk.device.as_str(), &partition.entry))
    });
    let (disk, entry) = partitions.into_iter().find(|(_, entry)| entry.guid == guid)?;
    device_of(disk, entry.number).ok()
}

fn ask<T: DeserializeOwned>(node: &mut Node, job: &Job) -> std::result::Result<Result<T>, Interrupt> {
    let output = match wait::worker(node, &Call::new("slots", job, LIMIT, OBJECT)) {
        Ok(output) => output,
        // It crashed.
        Err(interrupt) => return interrupt.failure().map(Err),
    };
    let answer = if output.ok() { first_line(&output.stdout) } else { None };
    Ok(answer.map(|(answer, _)| answer).ok_or_else(|| refusal(&output, OBJECT)))
}

#[cfg(test)]
mod tests;
