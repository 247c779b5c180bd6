//! Services: processes that PID 1 keeps running. A service is a description, a value in the node's list: what it runs after,
//! whether it is started early and held until it gets its configuration, its cgroup. Its progress is the state next to
//! the description: start, readiness by its own word, output to a log, restart with back-off.

use super::event_loop::{Token, Wakeup};
use super::gate::Gate;
use super::job::start_error;
use super::node::Node;
use crate::core::backoff::Backoff;
use crate::core::error::{Code, Error};
use crate::core::event::{Body, Process};
use crate::pid1::logs::{CAP, Log};
use crate::sys::clock::mono_ms;
use crate::sys::pipe::drain;
use crate::sys::signals::Exit;
use crate::sys::spawn::{Start, signal};
use rustix::fd::{AsFd, OwnedFd};
use rustix::process::Signal;
use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;

/// How long a process may take to say that it is ready.
const READY_WITHIN: u64 = 180_000;

/// What a service is.
pub struct Service {
    /// Its name in events.
    pub process: Process,
    /// The stage that its failures are of, whenever they happen.
    pub stage: &'static str,
    /// Program (absolute path) and arguments.
    pub argv: Vec<String>,
    /// Environment in addition to NOTIFY_SOCKET.
    pub environment: Vec<(String, String)>,
    /// Directory of its cgroup.
    pub cgroup: &'static str,
    /// Its oom_score_adj.
    pub oom_score: i32,
    /// The file that it gets as its stdin once it is released: it may be started before, loads itself, and is held there.
    /// None: it reads its own, and is never held.
    pub configuration: Option<&'static str>,
    /// It goes on only while these are ready.
    pub after: &'static [Process],
    /// Gets each line that it writes, or as much of it as a log hands over.
    pub on_line: Option<fn(&mut Node, &str)>,
}

impl Service {
    /// Whether its process would be started by the same words as that of another one.
    fn starts_like(&self, other: &Self) -> bool {
        self.argv == other.argv && self.environment == other.environment
    }
}

/// How far the process of a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Down,
    /// It runs and waits for its configuration.
    Held,
    /// It has what it needs, and is not ready yet.
    Starting,
    Ready,
}

/// The services that were planned, in the order of their start.
#[derive(Default)]
struct Services {
    list: Vec<Running>,
    stopping: bool,
}

struct Running {
    service: Service,
    state: State,
    /// Set while the process is not reaped.
    pid: Option<u32>,
    stop_asked: bool,
    /// It is to go on as soon as what it comes after is ready.
    is_due: bool,
    /// It need not be held any more, however often it is started again.
    is_released: bool,
    starts: u64,
    started_ms: u64,
    backoff: Backoff,
    log: Log,
    output: Option<OwnedFd>,
    notify: Option<UnixDatagram>,
    gate: Option<Gate>,
    readable: Token,
    notified: Token,
    ready_by: Token,
    restart: Token,
}

/// Puts a service into the list, as if it had never been started. One that runs by other words is ended, and one by the same
/// is held again.
pub fn plan(node: &mut Node, service: Service) {
    let Some(running) = services(node).list.iter_mut().find(|running| running.service.process == service.process)
    else {
        let (all, events) = node.state_and_events::<Services>();
        all.list.push(Running::new(service, events));
        return;
    };
    if running.pid.is_some() && !service.starts_like(&running.service) {
        running.stop_asked = true;
        running.kill();
    }
    running.service = service;
    running.is_released = false;
    running.backoff = Backoff::default();
}

/// Plans a service and starts it at once, held until [`release`].
pub fn load(node: &mut Node, service: Service) {
    let process = service.process;
    plan(node, service);
    if let Some(at) = services(node).at(process)
        && !runs(node, process)
    {
        start(node, at);
    }
}

/// Lets a planned service go on, now or as soon as what it comes after is ready; one that does not run is started.
pub fn release(node: &mut Node, process: Process) {
    if let Some(running) = services(node).get_mut(process) {
        running.is_due = true;
    }
    advance(node);
}

/// Whether it said that it is ready, and runs.
pub fn is_ready(node: &mut Node, process: Process) -> bool {
    services(node).get(process).is_some_and(|running| running.state == State::Ready)
}

/// Whether it runs.
pub fn runs(node: &mut Node, process: Process) -> bool {
    services(node).get(process).is_some_and(|running| running.pid.is_some())
}

/// Whether it runs and is not held.
pub fn works(node: &mut Node, process: Process) -> bool {
    runs(node, process) && services(node).get(process).is_some_and(|running| !running.is_to_be_held())
}

/// Whether it has ended, and was not started again yet.
pub fn has_ended(node: &mut Node, process: Process) -> bool {
    services(node).get(process).is_some_and(|running| running.starts > 0 && running.pid.is_none())
}

/// Asks a service to stop; it is not started again before it is released again. One that is held goes on being held.
pub fn stop_unless_held(node: &mut Node, process: Process) {
    let Some(running) = services(node).get_mut(process) else { return };
    running.is_due = false;
    if !running.is_to_be_held() {
        stop(node, process);
    }
}

/// Ends every service that is held: it never will go on.
pub fn stop_held(node: &mut Node) {
    let held: Vec<Process> =
        services(node).list.iter().filter(|one| one.is_to_be_held()).map(|one| one.service.process).collect();
    for process in held {
        stop(node, process);
    }
}

/// Asks a service to stop for good. Only the process itself: what it started, such as shims, goes on.
pub fn stop(node: &mut Node, process: Process) {
    let Some(running) = services(node).get_mut(process) else { return };
    (running.stop_asked, running.is_due) = (true, false);
    if let Some(pid) = running.pid {
        signal(pid, Signal::TERM);
    }
    let restart = running.restart;
    node.events.clear_timer(restart);
}

/// The machine is stopping: no service is started any more.
pub fn start_no_more(node: &mut Node) {
    services(node).stopping = true;
}

/// Whether no service is started any more.
pub fn is_stopping(node: &mut Node) -> bool {
    services(node).stopping
}

/// Ends a service that did not stop when asked.
pub fn kill(node: &mut Node, process: Process) {
    if let Some(running) = services(node).get(process) {
        running.kill();
    }
}

/// Closes the logs, so that their filesystem can be unmounted.
pub fn close_logs(node: &mut Node) {
    for running in &mut services(node).list {
        running.log.close();
    }
}

/// Acts on a wakeup, if it is about a service.
pub fn handle(node: &mut Node, wakeup: Wakeup) {
    for at in 0..services(node).list.len() {
        let Some(running) = services(node).list.get_mut(at) else { continue };
        let stage = running.service.stage;
        match wakeup {
            Wakeup::Readable(token) if token == running.notified => node.in_stage(stage, |node| notified(node, at)),
            Wakeup::Readable(token) if token == running.readable => node.in_stage(stage, |node| read_output(node, at)),
            Wakeup::Exited(exit) if running.pid == Some(exit.pid) => {
                node.in_stage(stage, |node| exited(node, at, &exit))
            }
            Wakeup::Due(token) if token == running.restart => start_again(node, at),
            Wakeup::Due(token) if token == running.ready_by => node.in_stage(stage, |node| too_late(node, at)),
            _ => {}
        }
    }
}

/// Releases each service that is due and whose dependencies are ready.
fn advance(node: &mut Node) {
    for at in 0..services(node).list.len() {
        let has_all = services(node).has_all(at);
        let stopping = services(node).stopping;
        let Some(running) = services(node).list.get_mut(at) else { continue };
        let ends = running.stop_asked && running.pid.is_some();
        if !running.is_due || !has_all || stopping || ends {
            continue;
        }
        running.is_due = false;
        if running.pid.is_none() {
            start(node, at);
        }
        go_on(node, at);
    }
}

/// A service without what it comes after would end within seconds of going on, so it waits for it.
fn start_again(node: &mut Node, at: usize) {
    if services(node).stopping {
        return;
    }
    let has_all = services(node).has_all(at);
    match services(node).list.get_mut(at) {
        Some(running) if !has_all && !running.is_to_be_held() => running.is_due = true,
        _ => start(node, at),
    }
}

/// Starts it. A program that cannot be started is tried again like one that ends.
fn start(node: &mut Node, at: usize) {
    let Some(stage) = services(node).list.get(at).map(|running| running.service.stage) else { return };
    node.in_stage(stage, |node| {
        let (all, events) = node.state_and_events::<Services>();
        let Some(running) = all.list.get_mut(at) else { return };
        events.clear_timer(running.restart);
        running.stop_asked = false;
        running.started_ms = mono_ms();
        match running.spawn(events) {
            Ok(pid) => {
                running.pid = Some(pid);
                running.state = if running.is_to_be_held() { State::Held } else { State::Starting };
                let (process, restarts, is_held) = (running.service.process, running.starts, running.is_to_be_held());
                running.starts += 1;
                node.emit(Body::ProcessStarted { process, pid, restarts });
                if !is_held {
                    go_on(node, at);
                }
            }
            Err(e) => {
                let program = running.service.argv.first().map_or("", String::as_str);
                let (error, retry) = (start_error(program, &e), running.backoff.after(0));
                running.state = State::Down;
                events.set_timer(running.restart, retry);
                node.warn(error, Some(retry));
            }
        }
    });
}

/// Gives it its configuration, if it is held; its time begins now.
fn go_on(node: &mut Node, at: usize) {
    let (all, events) = node.state_and_events::<Services>();
    let Some(running) = all.list.get_mut(at) else { return };
    running.is_released = true;
    if running.pid.is_some() {
        events.set_timer(running.ready_by, READY_WITHIN);
    }
    if running.state == State::Held {
        running.state = State::Starting;
    }
    let (Some(gate), Some(path)) = (running.gate.take(), running.service.configuration) else { return };
    let (process, stage) = (running.service.process, running.service.stage);
    match std::fs::read(path).and_then(|text| gate.open(&text)) {
        Ok(()) => node.emit(Body::ProcessConfigured { process }),
        // Nobody reads: it has ended, which its exit reports.
        Err(e) if e.kind() == ErrorKind::BrokenPipe => {}
        Err(e) => {
            // It ends before the gate is dropped: without a configuration it would go by its own.
            running.kill();
            node.warn(start_error(path, &e).in_stage(stage), None);
        }
    }
}

/// Reads its notifications.
fn notified(node: &mut Node, at: usize) {
    let (all, events) = node.state_and_events::<Services>();
    let Some(running) = all.list.get_mut(at) else { return };
    let mut is_ready = false;
    let mut message = [0; 4096];
    while let Some(Ok(n)) = running.notify.as_ref().map(|socket| socket.recv(&mut message)) {
        is_ready |= message.get(..n).unwrap_or_default().split(|byte| *byte == b'\n').any(|line| line == b"READY=1");
    }
    let (Some(pid), true, State::Starting) = (running.pid, is_ready, running.state) else { return };
    running.state = State::Ready;
    events.clear_timer(running.ready_by);
    let process = running.service.process;
    node.emit(Body::ProcessReady { process, pid });
    advance(node);
}

/// Moves what it wrote into its log.
fn read_output(node: &mut Node, at: usize) {
    let Some(running) = services(node).list.get_mut(at) else { return };
    let (on_line, mut lines) = (running.service.on_line, Vec::new());
    let mut keep = |line: &str| lines.extend(on_line.map(|_| line.to_owned()));
    drain(&mut running.output, |bytes| running.log.take_lines(bytes, &mut keep));
    if let Some(on_line) = on_line {
        lines.iter().for_each(|line| on_line(node, line));
    }
}

fn exited(node: &mut Node, at: usize, exit: &Exit) {
    read_output(node, at);
    let (all, events) = node.state_and_events::<Services>();
    let Some(running) = all.list.get_mut(at) else { return };
    (running.output, running.pid, running.state) = (None, None, State::Down);
    events.clear_timer(running.ready_by);
    let (process, wanted) = (running.service.process, running.stop_asked);
    let restart = (!wanted).then(|| running.backoff.after(mono_ms().saturating_sub(running.started_ms)));
    let last_lines = if wanted { Vec::new() } else { running.log.last_lines() };
    if let Some(delay) = restart {
        events.set_timer(running.restart, delay);
    }
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
        node.warn(crashed(process, exit), restart);
    }
    // Another one than the one that was held may be due.
    advance(node);
}

/// It was not ready in time: it is ended, and its end starts it again.
fn too_late(node: &mut Node, at: usize) {
    let Some(running) = services(node).list.get(at) else { return };
    let error = Error::new(Code::ProcessNotReady, "wait for", running.service.process.name())
        .with_detail(format!("not ready after {} s", READY_WITHIN / 1000));
    running.kill();
    node.warn(error, None);
}

fn crashed(process: Process, exit: &Exit) -> Error {
    Error::new(Code::ProcessCrashed, "supervise", process.name())
        .with_detail(format!("it exited unexpectedly with {}", exit.ending()))
}

fn services(node: &mut Node) -> &mut Services {
    node.state()
}

impl Services {
    fn at(&self, process: Process) -> Option<usize> {
        self.list.iter().position(|running| running.service.process == process)
    }

    fn get(&self, process: Process) -> Option<&Running> {
        self.list.iter().find(|running| running.service.process == process)
    }

    fn get_mut(&mut self, process: Process) -> Option<&mut Running> {
        self.list.iter_mut().find(|running| running.service.process == process)
    }

    /// Whether everything that one comes after is ready.
    fn has_all(&self, at: usize) -> bool {
        let after = self.list.get(at).map_or(&[][..], |running| running.service.after);
        after.iter().all(|process| self.get(*process).is_some_and(|other| other.state == State::Ready))
    }
}

impl Running {
    fn new(service: Service, events: &mut super::event_loop::EventLoop) -> Self {
        let log = Log::new(format!("/var/log/keel/{}.log", service.process.name()), CAP);
        Self {
            service,
            state: State::Down,
            pid: None,
            stop_asked: false,
            is_due: false,
            is_released: false,
            starts: 0,
            started_ms: 0,
            backoff: Backoff::default(),
            log,
            output: None,
            notify: None,
            gate: None,
            readable: events.token(),
            notified: events.token(),
            ready_by: events.token(),
            restart: events.token(),
        }
    }

    /// Whether it is not to go on yet.
    fn is_to_be_held(&self) -> bool {
        self.service.configuration.is_some() && !self.is_released
    }

    fn spawn(&mut self, events: &super::event_loop::EventLoop) -> std::io::Result<u32> {
        let socket = format!("/run/keel/notify/{}", self.service.process.name());
        if self.notify.is_none() {
            let notify = UnixDatagram::bind(&socket)?;
            notify.set_nonblocking(true)?;
            events.watch(&notify, self.notified)?;
            self.notify = Some(notify);
        }
        let mut environment = self.service.environment.clone();
        environment.push(("NOTIFY_SOCKET".into(), socket));
        let (stdin, gate) = self.service.configuration.map(|_| Gate::closed()).transpose()?.unzip();
        let start = Start {
            argv: &self.service.argv,
            environment: &environment,
            cgroup: self.service.cgroup,
            oom_score: self.service.oom_score,
            stdin: stdin.as_ref().map(AsFd::as_fd),
        };
        let started = start.start_watched(|output| events.watch(output, self.readable))?;
        self.output = Some(started.output);
        self.gate = gate;
        Ok(started.pid)
    }

    /// Ends it at once.
    fn kill(&self) {
        if let Some(pid) = self.pid {
            signal(pid, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pid1::event_loop::EventLoop;
    use crate::pid1::report::Reporter;

    fn kubelet() -> Service {
        Service {
            process: Process::Kubelet,
            stage: "runtime",
            argv: vec!["/nowhere/kubelet".into()],
            environment: Vec::new(),
            cgroup: "",
            oom_score: 0,
            configuration: Some("/nowhere/config.yaml"),
            after: &[Process::Containerd],
            on_line: None,
        }
    }

    #[test]
    fn a_process_with_other_arguments_or_another_environment_is_not_the_one_that_is_wanted() {
        let proxy = || vec![("NO_PROXY".to_owned(), "cp".to_owned())];
        assert!(kubelet().starts_like(&kubelet()));
        assert!(!kubelet().starts_like(&Service { argv: vec!["/bin/kubelet".into()], ..kubelet() }));
        assert!(!kubelet().starts_like(&Service { environment: proxy(), ..kubelet() }));
    }

    #[derive(Default)]
    struct Lines(Vec<String>);

    #[test]
    fn each_line_that_a_service_writes_is_handed_over() {
        let mut node = Node::new(Reporter::begin(), EventLoop::open().unwrap(), &[]);
        let on_line = |node: &mut Node, line: &str| node.state::<Lines>().0.push(line.to_owned());
        plan(&mut node, Service { on_line: Some(on_line), ..kubelet() });
        let (ours, theirs) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::NONBLOCK).unwrap();
        services(&mut node).get_mut(Process::Kubelet).unwrap().output = Some(ours);
        for (written, lines) in [("one\ntw", &["one"][..]), ("o\n", &["one", "two"])] {
            rustix::io::write(&theirs, written.as_bytes()).unwrap();
            read_output(&mut node, 0);
            assert_eq!(node.state::<Lines>().0, lines);
        }
    }

    #[test]
    fn a_service_that_is_stopped_for_good_does_not_go_on_when_what_it_waited_for_is_ready() {
        let mut node = Node::new(Reporter::begin(), EventLoop::open().unwrap(), &[]);
        plan(&mut node, kubelet());
        release(&mut node, Process::Kubelet);
        assert!(services(&mut node).get(Process::Kubelet).unwrap().is_due);
        stop_held(&mut node);
        assert!(!services(&mut node).get(Process::Kubelet).unwrap().is_due);
    }
}
