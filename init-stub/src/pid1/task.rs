//! Tasks: programs that run to their end while the event loop runs. A task is a description, a value; what runs of it is kept
//! here: its start, its lines, its deadline, its next attempt.

use super::event_loop::{Token, Wakeup};
use super::gate::Gate;
use super::job::start_error;
use super::node::Node;
use super::worker::{argv, line};
use crate::core::error::Error;
use crate::sys::clock::mono_ms;
use crate::sys::pipe::drain;
use crate::sys::signals::Exit;
use crate::sys::spawn::{Start, signal};
use rustix::fd::{AsFd, OwnedFd};
use rustix::process::Signal;
use serde::Serialize;

/// What a task is.
pub struct Task {
    /// What tells it from the others.
    pub name: &'static str,
    /// The stage that its failures are of.
    pub stage: &'static str,
    /// How to run it now; None: there is nothing to do.
    pub command: fn(&mut Node) -> Option<Command>,
    /// How long it may run, in milliseconds, before it is killed.
    pub deadline_ms: Option<u64>,
    /// A longer line is cut, in bytes.
    pub longest_line: usize,
    /// It was started, with this process id.
    pub started: fn(&mut Node, u32),
    /// It has written these lines, of stdout and stderr alike.
    pub lines: fn(&mut Node, &[String]),
    /// It has ended, or could not be started.
    pub ended: fn(&mut Node, End) -> Next,
}

impl Task {
    /// What most tasks are; a description says the rest.
    pub const DEFAULT: Self = Self {
        name: "",
        stage: "",
        command: |_| None,
        deadline_ms: None,
        longest_line: 64 << 10,
        started: |_, _| {},
        lines: |_, _| {},
        ended: |_, _| Next::Done,
    };
}

/// How a task is run.
pub struct Command {
    /// Program (absolute path) and arguments.
    pub argv: Vec<String>,
    /// Its environment.
    pub environment: Vec<(String, String)>,
    /// Its oom_score_adj.
    pub oom_score: i32,
    /// What it reads.
    pub input: Input,
}

/// What a task reads from its stdin.
pub enum Input {
    /// These bytes.
    Bytes(Vec<u8>),
    /// What [`release`] gives it; until then it loads itself and waits.
    Held,
}

impl Command {
    /// A worker that does a job.
    pub fn worker(name: &str, job: &impl Serialize) -> Self {
        Self { argv: argv(name), environment: Vec::new(), oom_score: 0, input: Input::Bytes(line(job)) }
    }
}

/// How a task ended.
pub enum End {
    /// It could not be started.
    NotStarted(Error),
    /// It ran.
    Ended {
        /// How it ended.
        exit: Exit,
        /// Whether it was killed because its time was up.
        too_late: bool,
        /// How long it ran, in milliseconds.
        ran_ms: u64,
    },
}

/// What follows the end of a task.
pub enum Next {
    /// Nothing, until somebody starts it.
    Done,
    /// It is started again after so many milliseconds.
    Again(u64),
}

/// The tasks that were started.
#[derive(Default)]
struct Tasks(Vec<Running>);

struct Running {
    task: &'static Task,
    /// Of its output.
    readable: Token,
    /// Of its deadline while it runs, of its next attempt while it does not.
    timer: Token,
    pid: Option<u32>,
    output: Option<OwnedFd>,
    gate: Option<Gate>,
    partial: Vec<u8>,
    started_ms: u64,
    too_late: bool,
    is_due_again: bool,
}

/// Starts a task, unless it runs.
pub fn start(node: &mut Node, task: &'static Task) {
    let at = entry(node, task);
    if tasks(node).get(at).is_none_or(|running| running.pid.is_some()) {
        return;
    }
    node.in_stage(task.stage, |node| {
        let Some(command) = (task.command)(node) else { return };
        match spawn(node, at, command) {
            Ok(pid) => (task.started)(node, pid),
            Err(error) => {
                let next = (task.ended)(node, End::NotStarted(error));
                follow(node, at, next);
            }
        }
    });
}

/// Gives a task that waits for it what it reads; its time begins now. False when it does not wait.
pub fn release(node: &mut Node, task: &'static Task, input: &[u8], deadline_ms: u64) -> bool {
    let at = entry(node, task);
    let Some(running) = tasks(node).get_mut(at).filter(|running| running.pid.is_some()) else { return false };
    let Some(gate) = running.gate.take() else { return false };
    let timer = running.timer;
    node.events.set_timer(timer, deadline_ms);
    // If nobody reads, it has ended, which its exit reports.
    gate.open(input).is_ok()
}

/// Whether it runs.
pub fn runs(node: &mut Node, task: &'static Task) -> bool {
    tasks(node).iter().find(|running| running.task.name == task.name).is_some_and(|running| running.pid.is_some())
}

/// Whether it neither runs nor waits for its next attempt.
pub fn is_idle(node: &mut Node, task: &'static Task) -> bool {
    tasks(node)
        .iter()
        .find(|running| running.task.name == task.name)
        .is_none_or(|running| running.pid.is_none() && !running.is_due_again)
}

/// Ends a task for good; its end is not reported.
pub fn stop(node: &mut Node, task: &'static Task) {
    let at = entry(node, task);
    end(node, at);
}

/// Ends every task.
pub fn stop_all(node: &mut Node) {
    for at in 0..tasks(node).len() {
        end(node, at);
    }
}

/// Ends every task that still waits for its input: it never will get it.
pub fn stop_held(node: &mut Node) {
    for at in 0..tasks(node).len() {
        if tasks(node).get(at).is_some_and(|running| running.gate.is_some()) {
            end(node, at);
        }
    }
}

/// Acts on a wakeup, if it is about a task.
pub fn handle(node: &mut Node, wakeup: Wakeup) {
    let is_meant = |running: &Running| match wakeup {
        Wakeup::Readable(token) => running.readable == token,
        Wakeup::Due(token) => running.timer == token,
        Wakeup::Exited(exit) => running.pid == Some(exit.pid),
        Wakeup::Stop(..) => false,
    };
    let Some(at) = tasks(node).iter().position(is_meant) else { return };
    match wakeup {
        Wakeup::Readable(_) => read(node, at, false),
        Wakeup::Due(_) => due(node, at),
        Wakeup::Exited(exit) => exited(node, at, exit),
        Wakeup::Stop(..) => {}
    }
}

fn due(node: &mut Node, at: usize) {
    let Some(running) = tasks(node).get_mut(at) else { return };
    match running.pid {
        Some(pid) => {
            running.too_late = true;
            signal(pid, Signal::KILL);
        }
        None => {
            running.is_due_again = false;
            let task = running.task;
            start(node, task);
        }
    }
}

fn exited(node: &mut Node, at: usize, exit: Exit) {
    read(node, at, true);
    let Some(running) = tasks(node).get_mut(at) else { return };
    (running.pid, running.output, running.gate) = (None, None, None);
    let (task, too_late) = (running.task, running.too_late);
    let ran_ms = mono_ms().saturating_sub(running.started_ms);
    let timer = running.timer;
    node.events.clear_timer(timer);
    let next = node.in_stage(task.stage, |node| (task.ended)(node, End::Ended { exit, too_late, ran_ms }));
    follow(node, at, next);
}

fn follow(node: &mut Node, at: usize, next: Next) {
    let (Next::Again(after), Some(running)) = (next, tasks(node).get_mut(at)) else { return };
    running.is_due_again = true;
    let timer = running.timer;
    node.events.set_timer(timer, after);
}

/// Hands over the lines that are complete; at its end also what is left of one.
fn read(node: &mut Node, at: usize, is_end: bool) {
    let Some(running) = tasks(node).get_mut(at) else { return };
    let (task, partial) = (running.task, &mut running.partial);
    let mut lines = Vec::new();
    drain(&mut running.output, |bytes| {
        for byte in bytes {
            match byte {
                b'\n' => lines.push(text(std::mem::take(partial), task.longest_line)),
                _ if partial.len() < task.longest_line => partial.push(*byte),
                _ => {}
            }
        }
    });
    if is_end && !partial.is_empty() {
        lines.push(text(std::mem::take(partial), task.longest_line));
    }
    if !lines.is_empty() {
        node.in_stage(task.stage, |node| (task.lines)(node, &lines));
    }
}

/// A line that was cut quotes something of any length; nobody is to take it for a complete sentence.
fn text(line: Vec<u8>, longest: usize) -> String {
    let mut text = String::from_utf8_lossy(&line).trim_end().to_owned();
    if line.len() >= longest {
        text.push('…');
    }
    text
}

fn end(node: &mut Node, at: usize) {
    let Some(running) = tasks(node).get_mut(at) else { return };
    if let Some(pid) = running.pid.take() {
        signal(pid, Signal::KILL);
    }
    (running.output, running.gate, running.is_due_again) = (None, None, false);
    running.partial.clear();
    let timer = running.timer;
    node.events.clear_timer(timer);
}

/// The place of a task in the list; it gets one the first time.
fn entry(node: &mut Node, task: &'static Task) -> usize {
    if let Some(at) = tasks(node).iter().position(|running| running.task.name == task.name) {
        return at;
    }
    let (readable, timer) = (node.events.token(), node.events.token());
    tasks(node).push(Running {
        task,
        readable,
        timer,
        pid: None,
        output: None,
        gate: None,
        partial: Vec::new(),
        started_ms: 0,
        too_late: false,
        is_due_again: false,
    });
    tasks(node).len().saturating_sub(1)
}

fn tasks(node: &mut Node) -> &mut Vec<Running> {
    &mut node.state::<Tasks>().0
}

fn spawn(node: &mut Node, at: usize, command: Command) -> crate::core::error::Result<u32> {
    let program = command.argv.first().cloned().unwrap_or_default();
    let (Tasks(list), events) = node.state_and_events::<Tasks>();
    let Some(running) = list.get_mut(at) else { return Ok(0) };
    let start = || {
        let (stdin, gate) = Gate::closed()?;
        let start = Start {
            argv: &command.argv,
            environment: &command.environment,
            cgroup: "",
            oom_score: command.oom_score,
            stdin: Some(stdin.as_fd()),
        };
        let started = start.start_watched(|output| events.watch(output, running.readable))?;
        Ok((started, gate))
    };
    let (started, gate) = start().map_err(|e: std::io::Error| start_error(&program, &e))?;
    (running.pid, running.output) = (Some(started.pid), Some(started.output));
    (running.started_ms, running.too_late, running.is_due_again) = (mono_ms(), false, false);
    running.partial.clear();
    events.clear_timer(running.timer);
    match command.input {
        // If nobody reads it, the worker has ended, which its exit reports.
        Input::Bytes(bytes) => drop(gate.open(&bytes)),
        Input::Held => running.gate = Some(gate),
    }
    if let (Some(deadline), None) = (running.task.deadline_ms, &running.gate) {
        events.set_timer(running.timer, deadline);
    }
    Ok(started.pid)
}
