//! The part of PID 1 that runs as long as the node: containerd, kubelet, the import of images, and every wake-up.

pub mod backoff;
mod import;
mod service;

use crate::config::StaticPod;
use crate::error::{Code, Error};
use crate::event::{Body, Process, Reason, Then};
use crate::node::Node;
use crate::wakes::{Source, Timer, Wake};
use import::{Import, Progress};
pub use service::{Plan, Service};

/// What is supervised.
pub struct Supervisor {
    containerd: Service,
    kubelet: Service,
    import: Import,
    /// Written as soon as their images are there.
    static_pods: Vec<StaticPod>,
    /// The kubelet is to be started as soon as containerd is ready.
    kubelet_due: bool,
    stopping: bool,
}

impl Supervisor {
    /// Starts containerd; the rest follows as soon as it is ready.
    pub fn start(
        node: &mut Node,
        containerd: Plan,
        kubelet: Plan,
        archives: Vec<String>,
        static_pods: Vec<StaticPod>,
    ) -> Self {
        let mut all = Self {
            containerd: Service::new(Process::Containerd, containerd),
            kubelet: Service::new(Process::Kubelet, kubelet),
            import: Import::new(archives),
            static_pods,
            kubelet_due: true,
            stopping: false,
        };
        all.containerd.start(node);
        all
    }

    /// Whether everything that the config asks for runs.
    pub fn ready(&self) -> bool {
        self.containerd.ready() && self.kubelet.ready() && self.import.finished() && self.static_pods.is_empty()
    }

    /// Acts on one wake-up that is not a request to stop.
    pub fn handle(&mut self, node: &mut Node, wake: Wake) {
        match wake {
            Wake::Readable(Source::Notify(process)) => self.notified(node, process),
            Wake::Readable(Source::Output(process)) => self.service(process).read_output(),
            Wake::Readable(Source::ImportOutput) => self.import.read_output(),
            Wake::Exited(exit) => {
                for process in [Process::Containerd, Process::Kubelet] {
                    self.service(process).exited(node, &exit);
                }
                let progress = self.import.exited(node, &exit);
                self.imported(node, progress);
            }
            Wake::Due(Timer::Restart(process)) => self.restart(node, process),
            Wake::Due(Timer::ReadyBy(process)) => self.service(process).too_late(node),
            Wake::Due(Timer::Import) if !self.stopping => self.import.timer(node),
            _ => {}
        }
    }

    /// Asks a process to stop for good.
    pub fn stop(&mut self, node: &mut Node, process: Process) {
        self.stopping = true;
        self.import.abandon(node);
        self.service(process).stop(node);
    }

    /// Ends a process that did not stop when asked.
    pub fn kill(&mut self, process: Process) {
        self.service(process).kill();
    }

    /// Whether a process runs.
    pub fn runs(&self, process: Process) -> bool {
        match process {
            Process::Containerd => self.containerd.runs(),
            Process::Kubelet => self.kubelet.runs(),
            Process::Kubeadm => false,
        }
    }

    /// Closes the logs, so that their filesystem can be unmounted.
    pub fn close_logs(&mut self) {
        self.containerd.close_log();
        self.kubelet.close_log();
    }

    fn service(&mut self, process: Process) -> &mut Service {
        match process {
            Process::Containerd => &mut self.containerd,
            Process::Kubelet | Process::Kubeadm => &mut self.kubelet,
        }
    }

    fn notified(&mut self, node: &mut Node, process: Process) {
        if !self.service(process).read_notify(node) || process == Process::Kubelet || self.stopping {
            return;
        }
        if std::mem::take(&mut self.kubelet_due) {
            self.kubelet.start(node);
        }
        let progress = self.import.go_on(node);
        self.imported(node, progress);
    }

    /// A kubelet without containerd would end within seconds, so it waits for it.
    fn restart(&mut self, node: &mut Node, process: Process) {
        if self.stopping {
            return;
        }
        if process == Process::Kubelet && !self.containerd.ready() {
            self.kubelet_due = true;
        } else {
            self.service(process).start(node);
        }
    }

    fn imported(&mut self, node: &mut Node, progress: Progress) {
        if progress == Progress::Finished {
            for pod in std::mem::take(&mut self.static_pods) {
                write_pod(node, &pod);
            }
        }
    }
}

/// Where the kubelet looks for static pods: a tmpfs, so that the config is the only origin of a pod.
pub const STATIC_PODS: &str = "/etc/kubernetes/manifests";

/// The kubelet skips names that begin with a dot, so it never reads half a pod.
fn write_pod(node: &mut Node, pod: &StaticPod) {
    let (beside, path) = (format!("{STATIC_PODS}/.{}.new", pod.name), format!("{STATIC_PODS}/{}.json", pod.name));
    if let Err(e) = std::fs::write(&beside, &pod.pod).and_then(|()| std::fs::rename(&beside, &path)) {
        let error =
            Error { errno: e.raw_os_error(), ..Error::new(Code::PathUnwritable, "runtime", "write static pod", path) };
        node.emit(Body::Failed { fatal: false, error, retry_in_ms: None });
    }
}

/// Handles wake-ups until everything runs.
pub fn until_ready(node: &mut Node) {
    while node.supervisor.as_ref().is_some_and(|supervisor| !supervisor.ready()) {
        step(node);
    }
}

/// Handles wake-ups for as long as the node runs.
pub fn forever(node: &mut Node) -> ! {
    loop {
        step(node);
    }
}

/// Handles wake-ups until `done` holds or `limit` milliseconds have passed; true when it holds. Requests to stop are
/// dropped: the machine is stopping already.
pub fn wait_until(node: &mut Node, limit: u64, mut done: impl FnMut(&mut Node) -> bool) -> bool {
    node.wakes.set(Timer::Bound, limit);
    while !done(node) {
        match node.wakes.next() {
            Wake::Due(Timer::Bound) => return done(node),
            Wake::Shutdown(..) => {}
            wake => dispatch(node, wake),
        }
    }
    node.wakes.clear(Timer::Bound);
    true
}

fn step(node: &mut Node) {
    match node.wakes.next() {
        Wake::Shutdown(reason, then) => stop_machine(node, reason, then),
        wake => dispatch(node, wake),
    }
}

fn stop_machine(node: &mut Node, reason: Reason, then: Then) {
    crate::stages::shutdown::run(node, reason, then)
}

/// Acts on one wake-up that is not a request to stop.
pub fn dispatch(node: &mut Node, wake: Wake) {
    crate::network::handle(node, wake);
    crate::clock::handle(node, wake);
    match wake {
        Wake::Due(Timer::Usage) => node.emit(Body::UsageMeasured { usage: crate::usage::measure() }),
        Wake::Due(Timer::Report) => {}
        Wake::Readable(Source::Logind) => crate::logind::serve(node),
        wake => {
            if let Some(mut supervisor) = node.supervisor.take() {
                supervisor.handle(node, wake);
                node.supervisor = Some(supervisor);
            }
        }
    }
    if let Some(later) = node.reporter.flush() {
        node.wakes.set(Timer::Report, later);
    }
}
