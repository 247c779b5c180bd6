//! `kubeadm join` as a task: its words become events, and its last file the start of the kubelet.

use super::first_kubelet;
use super::join::{ENV_FILE, KUBELET_PKI, Secrets, kubelet_flags, worker};
use super::services::{short_lived_environment, start_kubelet, worker_kubelet};
use crate::core::error::{Code, Error, Result, Step};
use crate::core::event::{Body, Process};
use crate::pid1::event_loop::Token;
use crate::pid1::gate::CONFIG;
use crate::pid1::logs::{CAP, Log};
use crate::pid1::node::Node;
use crate::pid1::service::{self, Service};
use crate::pid1::task::{self, Command, End, Input, Next, Task};
use rustix::fd::OwnedFd;
use rustix::fs::inotify;
use std::collections::VecDeque;
use std::path::Path;

/// It loads itself, and then waits for its configuration; its time begins when it gets that.
pub static KUBEADM: Task =
    Task { name: "kubeadm", stage: "join", command, longest_line: 1024, started, lines, ended, ..Task::DEFAULT };

const LOG: &str = "/var/log/keel/kubeadm.log";
/// The cause of a failed join is in its last lines.
const KEPT_LINES: usize = 400;

/// How a join ended.
pub struct KubeadmExit {
    /// kubeadm's exit code; None: a signal ended it.
    pub code: Option<i32>,
    /// It was killed because its time was up.
    pub too_late: bool,
    /// What it wrote.
    pub lines: Vec<String>,
}

/// What kubeadm is to do.
pub struct KubeadmJob {
    /// What must not be in any event or log.
    pub secrets: Secrets,
    /// Its JoinConfiguration.
    pub configuration: String,
    /// The kubelet that it will most likely want.
    pub kubelet: Service,
    /// How long it may take once it goes on, in milliseconds.
    pub limit: u64,
}

/// A join that runs, or has just ended.
struct Join {
    /// Kept until containerd can be asked.
    job: Option<KubeadmJob>,
    /// Readable when something has changed where kubeadm and the kubelet write.
    watch: Option<(OwnedFd, Token)>,
    kubelet_started: bool,
    secrets: Secrets,
    lines: VecDeque<String>,
    log: Log,
    exit: Option<KubeadmExit>,
    not_started: Option<Error>,
}

impl Default for Join {
    fn default() -> Self {
        Self {
            job: None,
            watch: None,
            kubelet_started: false,
            secrets: Secrets::default(),
            lines: VecDeque::new(),
            log: Log::new(LOG, CAP),
            exit: None,
            not_started: None,
        }
    }
}

/// Starts it, unless it runs.
pub fn load(node: &mut Node) -> Result<()> {
    if !task::runs(node, &KUBEADM) {
        *node.state() = Join::default();
        task::start(node, &KUBEADM);
    }
    node.state::<Join>().not_started.take().map_or(Ok(()), Err)
}

/// Says what it is to do, once [`go_on`] lets it.
pub fn join(node: &mut Node, job: KubeadmJob) -> Result<()> {
    load(node)?;
    let token = node.events.token();
    let watch = watch().step(Code::KernelRefused, "watch", ENV_FILE)?;
    node.events.watch(&watch, token).step(Code::KernelRefused, "watch", ENV_FILE)?;
    let join = node.state::<Join>();
    join.watch = Some((watch, token));
    join.secrets = job.secrets.clone();
    join.job = Some(job);
    Ok(())
}

/// Gives it its configuration, if it waits for it and containerd is ready. The kubelet that it will most likely want may load.
pub fn go_on(node: &mut Node) {
    if !service::is_ready(node, Process::Containerd) {
        return;
    }
    let Some(job) = node.state::<Join>().job.take() else { return };
    if task::release(node, &KUBEADM, job.configuration.as_bytes(), job.limit) {
        node.emit(Body::ProcessConfigured { process: Process::Kubeadm });
        if !first_kubelet::is_in_place(node) {
            service::load(node, job.kubelet);
        }
    }
}

/// Starts the kubelet, once, when the file of its flags is there: kubeadm writes it last, and then waits.
pub fn follow(node: &mut Node) {
    let join = node.state::<Join>();
    if join.watch.is_none() || join.kubelet_started || join.exit.is_some() {
        return;
    }
    let Some(flags) = kubelet_flags() else { return };
    if !first_kubelet::make_way(node) {
        return;
    }
    node.state::<Join>().kubelet_started = true;
    let Some(config) = node.config.clone() else { return };
    if let Some(worker) = worker(&config) {
        start_kubelet(node, worker_kubelet(worker, flags));
    }
}

/// Forgets which of the watched files changed: what matters is what is there.
pub fn drain_watch(node: &mut Node, readable: Token) {
    let Some((watch, token)) = &node.state::<Join>().watch else { return };
    let mut buffer = [0; 4096];
    while *token == readable && matches!(rustix::io::read(watch, &mut buffer), Ok(1..)) {}
}

/// How it ended, once it has.
pub fn exit(node: &mut Node) -> Option<KubeadmExit> {
    node.state::<Join>().exit.take()
}

/// Forgets a join that has ended.
pub fn forget(node: &mut Node) {
    *node.state() = Join::default();
}

fn command(_: &mut Node) -> Option<Command> {
    let argv = ["/bin/kubeadm", "join", "--config", CONFIG].map(str::to_owned).to_vec();
    Some(Command { argv, environment: short_lived_environment(), oom_score: 0, input: Input::Held })
}

fn started(node: &mut Node, pid: u32) {
    node.emit(Body::ProcessStarted { process: Process::Kubeadm, pid, restarts: 0 });
}

fn lines(node: &mut Node, lines: &[String]) {
    for raw in lines.iter().map(|line| line.trim_end()).filter(|line| !line.is_empty()) {
        let join = node.state::<Join>();
        let line = join.secrets.redact(raw);
        join.log.take(format!("{line}\n").as_bytes());
        if join.lines.len() >= KEPT_LINES {
            join.lines.pop_front();
        }
        join.lines.push_back(line.clone());
        node.emit(Body::ProcessOutput { process: Process::Kubeadm, line });
    }
}

fn ended(node: &mut Node, end: End) -> Next {
    let join = node.state::<Join>();
    match end {
        End::NotStarted(error) => join.not_started = Some(error),
        End::Ended { exit, too_late, .. } => {
            join.log.close();
            let lines = std::mem::take(&mut join.lines).into();
            join.exit = Some(KubeadmExit { code: exit.code, too_late, lines });
            let is_well = exit.code == Some(0);
            let last_lines = if is_well { Vec::new() } else { join.log.last_lines() };
            node.emit(Body::ProcessExited {
                process: Process::Kubeadm,
                pid: exit.pid,
                wanted: is_well,
                exit_code: exit.code,
                signal: exit.signal,
                restart_in_ms: None,
                last_lines,
            });
        }
    }
    Next::Done
}

/// Sees every file that is written or renamed in the folder of the kubelet's flags.
fn watch() -> std::io::Result<OwnedFd> {
    let watch = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK)?;
    let changes = inotify::WatchFlags::CLOSE_WRITE | inotify::WatchFlags::MOVED_TO;
    let directory = Path::new(ENV_FILE).parent().unwrap_or(Path::new("/"));
    inotify::add_watch(&watch, directory, changes)?;
    inotify::add_watch(&watch, KUBELET_PKI, changes | inotify::WatchFlags::CREATE)?;
    Ok(watch)
}
