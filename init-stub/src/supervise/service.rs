//! One supervised process: start, readiness by its own word, output to a log, restart with back-off.

use super::gate::Gate;
use crate::backoff::Backoff;
use crate::error::{Code, Error};
use crate::event::{Body, Process};
use crate::logs::{CAP, Log};
use crate::node::Node;
use crate::sys::clock::mono_ms;
use crate::sys::pipe::drain;
use crate::sys::process::start_error;
use crate::sys::signals::Exit;
use crate::sys::spawn::{Start, signal};
use crate::wakes::{Source, Timer};
use rustix::fd::{AsFd, OwnedFd};
use rustix::process::Signal;
use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;

/// How long a process may take to say that it is ready.
const READY_WITHIN: u64 = 180_000;

/// How a process is run.
pub struct Plan {
    /// Program (absolute path) and arguments.
    pub argv: Vec<String>,
    /// Environment beside NOTIFY_SOCKET.
    pub environment: Vec<(String, String)>,
    /// Directory of its cgroup.
    pub cgroup: &'static str,
    /// Its oom_score_adj.
    pub oom_score: i32,
    /// The file that it gets as its stdin once it may go on; None: it reads its own, and may from the start.
    pub configuration: Option<&'static str>,
}

enum State {
    Down,
    Starting,
    Ready,
}

/// A process with what init knows of it.
pub struct Service {
    process: Process,
    plan: Plan,
    state: State,
    /// Set while the process is not reaped.
    pid: Option<u32>,
    stop_asked: bool,
    starts: u64,
    started_ms: u64,
    backoff: Backoff,
    log: Log,
    output: Option<OwnedFd>,
    notify: Option<UnixDatagram>,
    /// Where it waits for its configuration.
    gate: Option<Gate>,
    /// Whether it need not wait any more, however often it is started again.
    may_go_on: bool,
}

impl Service {
    /// A process that is not started yet.
    pub fn new(process: Process, plan: Plan) -> Self {
        let log = Log::new(format!("/var/log/keel/{}.log", process.name()), CAP);
        Self {
            process,
            plan,
            state: State::Down,
            pid: None,
            stop_asked: false,
            starts: 0,
            started_ms: 0,
            backoff: Backoff::default(),
            log,
            output: None,
            notify: None,
            gate: None,
            may_go_on: false,
        }
    }

    /// Whether it said that it is ready, and runs.
    pub fn ready(&self) -> bool {
        matches!(self.state, State::Ready)
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.pid.is_some()
    }

    /// Gives it a plan, as if it had never been started. One that runs by other words is ended, and one by the same waits on.
    pub fn plan(&mut self, plan: Plan) {
        if self.runs() && plan.argv != self.plan.argv {
            self.stop_asked = true;
            self.kill();
        }
        self.plan = plan;
        self.may_go_on = false;
        self.backoff = Backoff::default();
    }

    /// Whether it was asked to stop, and has not yet.
    pub fn ends(&self) -> bool {
        self.stop_asked && self.runs()
    }

    /// Starts it. A program that cannot be started is tried again like one that ends.
    pub fn start(&mut self, node: &mut Node) {
        node.wakes.clear(Timer::Restart(self.process));
        self.stop_asked = false;
        self.started_ms = mono_ms();
        match self.try_start(node) {
            Ok(pid) => {
                self.pid = Some(pid);
                self.state = State::Starting;
                node.emit(Body::ProcessStarted { process: self.process, pid, restarts: self.starts });
                self.starts += 1;
                if !self.waits() {
                    self.go_on(node);
                }
            }
            Err(e) => {
                let program = self.plan.argv.first().map_or("", String::as_str);
                let retry = self.backoff.after(0);
                self.state = State::Down;
                node.wakes.set(Timer::Restart(self.process), retry);
                node.emit(Body::Failed {
                    fatal: false,
                    error: start_error("runtime", program, &e),
                    retry_in_ms: Some(retry),
                });
            }
        }
    }

    /// Whether it is not to go on yet.
    pub fn waits(&self) -> bool {
        self.plan.configuration.is_some() && !self.may_go_on
    }

    /// Gives it its configuration, if it waits for it; its time begins now.
    pub fn go_on(&mut self, node: &mut Node) {
        self.may_go_on = true;
        if self.runs() {
            node.wakes.set(Timer::ReadyBy(self.process), READY_WITHIN);
        }
        let (Some(gate), Some(path)) = (self.gate.take(), self.plan.configuration) else { return };
        match std::fs::read(path).and_then(|text| gate.open(&text)) {
            Ok(()) => node.emit(Body::ProcessConfigured { process: self.process }),
            // Nobody reads: it has ended, which is told by its exit.
            Err(e) if e.kind() == ErrorKind::BrokenPipe => {}
            Err(e) => {
                // It ends before the gate is dropped: without a configuration it would go by its own.
                self.kill();
                node.emit(Body::Failed { fatal: false, error: start_error("runtime", path, &e), retry_in_ms: None });
            }
        }
    }

    fn try_start(&mut self, node: &mut Node) -> std::io::Result<u32> {
        let socket = format!("/run/keel/notify/{}", self.process.name());
        if self.notify.is_none() {
            let notify = UnixDatagram::bind(&socket)?;
            notify.set_nonblocking(true)?;
            node.wakes.watch(&notify, Source::Notify(self.process))?;
            self.notify = Some(notify);
        }
        let mut environment = self.plan.environment.clone();
        environment.push(("NOTIFY_SOCKET".into(), socket));
        let (stdin, gate) = self.plan.configuration.map(|_| Gate::closed()).transpose()?.unzip();
        let start = Start {
            argv: &self.plan.argv,
            environment: &environment,
            cgroup: self.plan.cgroup,
            oom_score: self.plan.oom_score,
            stdin: stdin.as_ref().map(AsFd::as_fd),
        };
        let started = start.start_watched(|output| node.wakes.watch(output, Source::Output(self.process)))?;
        self.output = Some(started.output);
        self.gate = gate;
        Ok(started.pid)
    }

    /// Reads what it says of itself; true when it has just become ready.
    pub fn read_notify(&mut self, node: &mut Node) -> bool {
        let mut said_ready = false;
        let mut message = [0; 4096];
        while let Some(Ok(n)) = self.notify.as_ref().map(|socket| socket.recv(&mut message)) {
            said_ready |=
                message.get(..n).unwrap_or_default().split(|byte| *byte == b'\n').any(|line| line == b"READY=1");
        }
        let (Some(pid), true, State::Starting) = (self.pid, said_ready, &self.state) else { return false };
        self.state = State::Ready;
        node.wakes.clear(Timer::ReadyBy(self.process));
        node.emit(Body::ProcessReady { process: self.process, pid });
        true
    }

    /// Moves what it wrote into its log.
    pub fn read_output(&mut self) {
        drain(&mut self.output, |bytes| self.log.take(bytes));
    }

    /// Acts if it was this process that ended.
    pub fn exited(&mut self, node: &mut Node, exit: &Exit) {
        if self.pid != Some(exit.pid) {
            return;
        }
        self.read_output();
        self.output = None;
        self.pid = None;
        node.wakes.clear(Timer::ReadyBy(self.process));
        let restart = (!self.stop_asked).then(|| self.backoff.after(mono_ms().saturating_sub(self.started_ms)));
        let last_lines = if self.stop_asked { Vec::new() } else { self.log.last_lines() };
        self.state = State::Down;
        if let Some(delay) = restart {
            node.wakes.set(Timer::Restart(self.process), delay);
        }
        let (process, wanted) = (self.process, self.stop_asked);
        node.emit(Body::ProcessExited {
            process,
            pid: exit.pid,
            wanted,
            exit_code: exit.code,
            signal: exit.signal,
            restart_in_ms: restart,
            last_lines,
        });
        if !wanted {
            node.emit(Body::Failed { fatal: false, error: crashed(process, exit), retry_in_ms: restart });
        }
    }

    /// It was not ready in time: it is ended, and its end starts it again.
    pub fn too_late(&mut self, node: &mut Node) {
        let error = Error::new(Code::ProcessNotReady, "runtime", "wait for", self.process.name())
            .with_detail(format!("not ready after {} s", READY_WITHIN / 1000));
        node.emit(Body::Failed { fatal: false, error, retry_in_ms: None });
        self.kill();
    }

    /// Asks it to stop for good. Only the process itself: what it started, such as shims, goes on.
    pub fn stop(&mut self, node: &mut Node) {
        self.stop_asked = true;
        node.wakes.clear(Timer::Restart(self.process));
        if let Some(pid) = self.pid {
            signal(pid, Signal::TERM);
        }
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        if let Some(pid) = self.pid {
            signal(pid, Signal::KILL);
        }
    }

    /// Closes its log.
    pub fn close_log(&mut self) {
        self.log.close();
    }
}

fn crashed(process: Process, exit: &Exit) -> Error {
    let how = match (exit.code, exit.signal) {
        (Some(code), _) => format!("exit code {code}"),
        (None, signal) => format!("signal {}", signal.unwrap_or(0)),
    };
    Error::new(Code::ProcessCrashed, "runtime", "supervise", process.name())
        .with_detail(format!("it ended by itself with {how}"))
}
