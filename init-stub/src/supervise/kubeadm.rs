//! `kubeadm join` as a process that is watched: its words become events, and its last file the start of the kubelet.

use super::gate::{CONFIG, Gate};
use super::service::Plan;
use crate::error::{Code, Result, Step};
use crate::event::{Body, Process};
use crate::join::{ENV_FILE, KUBELET_PKI, Secrets, kubelet_flags};
use crate::logs::{CAP, Log};
use crate::node::Node;
use crate::stages::runtime::{brief_environment, worker_kubelet};
use crate::sys::pipe::drain;
use crate::sys::process::start_error;
use crate::sys::signals::Exit;
use crate::sys::spawn::{Start, signal};
use crate::wakes::{Source, Timer};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::inotify;
use rustix::process::Signal;
use std::collections::VecDeque;
use std::path::Path;

const STAGE: &str = "join";
const LOG: &str = "/var/log/keel/kubeadm.log";
/// A longer line is cut, in bytes.
const LONGEST_LINE: usize = 1024;
/// What a failed join is judged by is at its end.
const KEPT_LINES: usize = 400;

/// How a join ended.
pub struct Outcome {
    /// kubeadm's exit code; None: a signal ended it.
    pub code: Option<i32>,
    /// It was killed because its time was up.
    pub too_late: bool,
    /// What it wrote.
    pub lines: Vec<String>,
}

/// What kubeadm is to do.
pub struct Order {
    /// What must not be in any event or log.
    pub secrets: Secrets,
    /// Its JoinConfiguration.
    pub configuration: String,
    /// The kubelet that it will most likely want.
    pub kubelet: Plan,
    /// How long it may take once it goes on, in milliseconds.
    pub limit: u64,
}

/// A join that runs.
pub struct Kubeadm {
    pid: u32,
    /// Set when it has ended.
    exit: Option<Exit>,
    too_late: bool,
    output: Option<OwnedFd>,
    /// Where it waits for its configuration.
    gate: Option<Gate>,
    /// Kept until containerd can be asked.
    order: Option<Order>,
    /// Readable when something has changed where kubeadm and the kubelet write.
    watch: Option<OwnedFd>,
    kubelet_started: bool,
    secrets: Secrets,
    partial: Vec<u8>,
    lines: VecDeque<String>,
    log: Log,
}

impl Kubeadm {
    /// Starts it. It loads itself, and then waits for its configuration.
    pub fn load(node: &mut Node) -> Result<Self> {
        let argv = ["/bin/kubeadm", "join", "--config", CONFIG].map(str::to_owned);
        let (stdin, gate) = Gate::closed().step(Code::KernelRefused, STAGE, "make pipe to", "kubeadm")?;
        let environment = brief_environment();
        let start = Start { argv: &argv, environment: &environment, stdin: Some(stdin.as_fd()), ..Start::default() };
        let started = start
            .start_watched(|output| node.wakes.watch(output, Source::Output(Process::Kubeadm)))
            .map_err(|e| start_error(STAGE, "/bin/kubeadm", &e))?;
        node.emit(Body::ProcessStarted { process: Process::Kubeadm, pid: started.pid, restarts: 0 });
        Ok(Self {
            pid: started.pid,
            exit: None,
            too_late: false,
            output: Some(started.output),
            gate: Some(gate),
            order: None,
            watch: None,
            kubelet_started: false,
            secrets: Secrets::default(),
            partial: Vec::new(),
            lines: VecDeque::new(),
            log: Log::new(LOG, CAP),
        })
    }

    /// Says what it is to do, once [`Self::go_on`] lets it.
    pub fn join(&mut self, node: &mut Node, order: Order) -> Result<()> {
        let watch = watch().step(Code::KernelRefused, STAGE, "watch", ENV_FILE)?;
        node.wakes.watch(&watch, Source::JoinFiles).step(Code::KernelRefused, STAGE, "watch", ENV_FILE)?;
        self.watch = Some(watch);
        self.secrets = order.secrets.clone();
        self.order = Some(order);
        Ok(())
    }

    /// Gives it its configuration, if it waits for it; its time begins now. The kubelet that it will most likely want may load.
    pub fn go_on(&mut self, node: &mut Node) -> Option<Plan> {
        let order = self.order.take()?;
        let gate = self.gate.take()?;
        if !self.runs() {
            return None;
        }
        node.wakes.set(Timer::ReadyBy(Process::Kubeadm), order.limit);
        // If nobody reads, kubeadm has ended, which is told by its exit.
        gate.open(order.configuration.as_bytes()).ok()?;
        node.emit(Body::ProcessConfigured { process: Process::Kubeadm });
        Some(order.kubelet)
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.exit.is_none()
    }

    /// Takes what it wrote, line by line.
    pub fn read_output(&mut self, node: &mut Node) {
        let mut output = self.output.take();
        drain(&mut output, |bytes| {
            for byte in bytes {
                match byte {
                    b'\n' => self.end_line(node),
                    _ if self.partial.len() < LONGEST_LINE => self.partial.push(*byte),
                    _ => {}
                }
            }
        });
        self.output = output;
    }

    fn end_line(&mut self, node: &mut Node) {
        let raw = String::from_utf8_lossy(&std::mem::take(&mut self.partial)).trim_end().to_owned();
        if raw.is_empty() {
            return;
        }
        let line = self.secrets.redact(&raw);
        self.log.take(format!("{line}\n").as_bytes());
        if self.lines.len() >= KEPT_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line.clone());
        node.emit(Body::ProcessOutput { process: Process::Kubeadm, line });
    }

    /// Forgets which of the watched files changed: what matters is what is there.
    pub fn drain_watch(&mut self) {
        let mut buffer = [0; 4096];
        while let Some(Ok(1..)) = self.watch.as_ref().map(|watch| rustix::io::read(watch, &mut buffer)) {}
    }

    /// How to run the kubelet, once, when the file of its flags is there: kubeadm writes it last, and then waits.
    pub fn kubelet(&mut self) -> Option<Plan> {
        if self.kubelet_started || self.exit.is_some() {
            return None;
        }
        let flags = kubelet_flags()?;
        self.kubelet_started = true;
        Some(worker_kubelet(flags))
    }

    /// Acts if it was kubeadm that ended.
    pub fn exited(&mut self, node: &mut Node, exit: &Exit) {
        if self.pid != exit.pid || self.exit.is_some() {
            return;
        }
        self.read_output(node);
        self.end_line(node);
        self.output = None;
        self.log.close();
        self.exit = Some(*exit);
        node.wakes.clear(Timer::ReadyBy(Process::Kubeadm));
        let is_well = exit.code == Some(0);
        node.emit(Body::ProcessExited {
            process: Process::Kubeadm,
            pid: exit.pid,
            wanted: is_well,
            exit_code: exit.code,
            signal: exit.signal,
            restart_in_ms: None,
            last_lines: if is_well { Vec::new() } else { self.log.last_lines() },
        });
    }

    /// Its time is up.
    pub fn too_late(&mut self) {
        self.too_late = true;
        self.kill();
    }

    /// Ends it at once.
    pub fn kill(&self) {
        if self.runs() {
            signal(self.pid, Signal::KILL);
        }
    }

    /// How it ended, once it has.
    pub fn outcome(&mut self) -> Option<Outcome> {
        let exit = self.exit?;
        Some(Outcome { code: exit.code, too_late: self.too_late, lines: std::mem::take(&mut self.lines).into() })
    }
}

/// Sees every file that is written or renamed beside the kubelet's flags.
fn watch() -> std::io::Result<OwnedFd> {
    let watch = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK)?;
    let changes = inotify::WatchFlags::CLOSE_WRITE | inotify::WatchFlags::MOVED_TO;
    let directory = Path::new(ENV_FILE).parent().unwrap_or(Path::new("/"));
    inotify::add_watch(&watch, directory, changes)?;
    inotify::add_watch(&watch, KUBELET_PKI, changes | inotify::WatchFlags::CREATE)?;
    Ok(watch)
}
