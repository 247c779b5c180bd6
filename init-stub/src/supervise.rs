//! The part of PID 1 that runs as long as the node: containerd, kubelet, the import of images, and every wake-up.

mod gate;
mod import;
mod kubeadm;
mod service;

use crate::config::StaticPod;
use crate::error::{Code, Error, Result};
use crate::event::{Body, Process};
use crate::node::Node;
use crate::stages::shutdown;
use crate::wakes::{Source, Timer, Wake};
pub use gate::CONFIG;
use import::{Import, Progress};
use kubeadm::Kubeadm;
pub use kubeadm::{Order, Outcome};
pub use service::{Plan, Service};

/// What is supervised.
pub struct Supervisor {
    containerd: Service,
    /// A worker's comes when it joins.
    kubelet: Option<Service>,
    /// A join that runs, or has just ended.
    kubeadm: Option<Kubeadm>,
    import: Import,
    /// Written as soon as their images are there.
    static_pods: Vec<StaticPod>,
    /// The kubelet is to go on as soon as containerd is ready.
    kubelet_due: bool,
    stopping: bool,
}

impl Supervisor {
    /// Starts containerd, which loads itself and then waits for [`Self::go_on`].
    pub fn load(node: &mut Node, containerd: Plan) -> Self {
        let mut all = Self {
            containerd: Service::new(Process::Containerd, containerd),
            kubelet: None,
            kubeadm: None,
            import: Import::new(Vec::new()),
            static_pods: Vec::new(),
            kubelet_due: false,
            stopping: false,
        };
        all.containerd.start(node);
        all
    }

    /// Lets containerd go on; the import of images follows.
    pub fn go_on(&mut self, node: &mut Node, archives: Vec<String>, static_pods: Vec<StaticPod>) {
        self.import = Import::new(archives);
        self.static_pods = static_pods;
        self.containerd.go_on(node);
    }

    /// Ends what still waits: it never will go on.
    pub fn give_up(&mut self, node: &mut Node) {
        if self.containerd.waits() {
            self.containerd.stop(node);
            if let Some(kubeadm) = self.kubeadm.take() {
                kubeadm.kill();
            }
        }
        self.each(Process::Kubelet, |kubelet| {
            if kubelet.waits() {
                kubelet.stop(node);
            }
        });
    }

    /// Starts the kubelet, now or as soon as containerd is ready; one that has loaded itself by the same words goes on.
    pub fn start_kubelet(&mut self, node: &mut Node, plan: Plan) {
        self.plan_kubelet(plan);
        self.kubelet_due = true;
        self.start_due_kubelet(node);
    }

    fn plan_kubelet(&mut self, plan: Plan) {
        match &mut self.kubelet {
            Some(kubelet) => kubelet.plan(plan),
            none => *none = Some(Service::new(Process::Kubelet, plan)),
        }
    }

    /// Starts kubeadm, which loads itself and then waits for [`Self::join`].
    pub fn load_kubeadm(&mut self, node: &mut Node) -> Result<()> {
        self.kubeadm = Some(Kubeadm::load(node)?);
        Ok(())
    }

    /// Has kubeadm join as soon as containerd is ready, while the kubelet that it will most likely want loads itself.
    pub fn join(&mut self, node: &mut Node, order: Order) -> Result<()> {
        let mut kubeadm = match self.kubeadm.take() {
            Some(loaded) if loaded.runs() => loaded,
            _ => Kubeadm::load(node)?,
        };
        kubeadm.join(node, order)?;
        self.kubeadm = Some(kubeadm);
        self.let_join_go_on(node);
        Ok(())
    }

    /// How the join ended, once it has. What it wrote to is still watched.
    pub fn join_ended(&mut self) -> Option<Outcome> {
        self.kubeadm.as_mut()?.outcome()
    }

    /// Forgets the join.
    pub fn forget_join(&mut self) {
        self.kubeadm = None;
    }

    /// Whether everything that the config asks for runs.
    pub fn ready(&self) -> bool {
        let kubelet = self.kubelet.as_ref().is_some_and(Service::ready);
        self.containerd.ready() && kubelet && self.import.finished() && self.static_pods.is_empty()
    }

    /// Acts on one wake-up that is not a request to stop.
    pub fn handle(&mut self, node: &mut Node, wake: Wake) {
        match wake {
            Wake::Readable(Source::Notify(process)) => self.notified(node, process),
            Wake::Readable(Source::Output(Process::Kubeadm)) | Wake::Due(Timer::ReadyBy(Process::Kubeadm)) => {
                self.follow_join(node, |kubeadm, node| match wake {
                    Wake::Due(_) => kubeadm.too_late(),
                    _ => kubeadm.read_output(node),
                });
            }
            Wake::Readable(Source::JoinFiles) => self.follow_join(node, |kubeadm, _| kubeadm.drain_watch()),
            Wake::Readable(Source::Output(process)) => self.each(process, Service::read_output),
            Wake::Readable(Source::ImportOutput) => self.import.read_output(),
            Wake::Exited(exit) => {
                for process in [Process::Containerd, Process::Kubelet] {
                    self.each(process, |service| service.exited(node, &exit));
                }
                self.follow_join(node, |kubeadm, node| kubeadm.exited(node, &exit));
                // Another kubelet than the one that has loaded itself may be due.
                self.start_due_kubelet(node);
                let progress = self.import.exited(node, &exit);
                self.imported(node, progress);
            }
            Wake::Due(Timer::Restart(process)) => self.restart(node, process),
            Wake::Due(Timer::ReadyBy(process)) => self.each(process, |service| service.too_late(node)),
            Wake::Due(Timer::Import) if !self.stopping => self.import.timer(node),
            _ => {}
        }
    }

    /// Lets the join act; the kubelet starts the moment kubeadm has written the last of its files.
    fn follow_join(&mut self, node: &mut Node, act: impl FnOnce(&mut Kubeadm, &mut Node)) {
        let Some(kubeadm) = &mut self.kubeadm else { return };
        act(kubeadm, node);
        if let (Some(plan), false) = (kubeadm.kubelet(), self.stopping) {
            self.start_kubelet(node, plan);
        }
    }

    /// Asks a process to stop for good.
    pub fn stop(&mut self, node: &mut Node, process: Process) {
        self.stopping = true;
        self.import.abandon(node);
        self.each(process, |service| service.stop(node));
    }

    /// Asks the kubelet of a failed join to stop; another join may start it again. One that waits still waits for that.
    pub fn stop_kubelet(&mut self, node: &mut Node) {
        self.kubelet_due = false;
        self.each(Process::Kubelet, |kubelet| {
            if !kubelet.waits() {
                kubelet.stop(node);
            }
        });
    }

    /// Whether the kubelet runs and has gone on.
    pub fn kubelet_works(&self) -> bool {
        self.kubelet.as_ref().is_some_and(|kubelet| kubelet.runs() && !kubelet.waits())
    }

    /// Ends a process that did not stop when asked.
    pub fn kill(&mut self, process: Process) {
        self.each(process, Service::kill);
    }

    /// Whether a process runs.
    pub fn runs(&self, process: Process) -> bool {
        match process {
            Process::Containerd => self.containerd.runs(),
            Process::Kubelet => self.kubelet.as_ref().is_some_and(Service::runs),
            Process::Kubeadm => self.kubeadm.as_ref().is_some_and(Kubeadm::runs),
        }
    }

    /// Closes the logs, so that their filesystem can be unmounted.
    pub fn close_logs(&mut self) {
        for process in [Process::Containerd, Process::Kubelet] {
            self.each(process, Service::close_log);
        }
        self.kubeadm = None;
    }

    /// Does something to a supervised service, if there is one of that name.
    fn each(&mut self, process: Process, act: impl FnOnce(&mut Service)) {
        match process {
            Process::Containerd => act(&mut self.containerd),
            Process::Kubelet => {
                if let Some(kubelet) = &mut self.kubelet {
                    act(kubelet);
                }
            }
            Process::Kubeadm => {}
        }
    }

    fn notified(&mut self, node: &mut Node, process: Process) {
        let mut is_ready = false;
        self.each(process, |service| is_ready = service.read_notify(node));
        if !is_ready || process == Process::Kubelet || self.stopping {
            return;
        }
        self.start_due_kubelet(node);
        self.let_join_go_on(node);
        self.import(node);
    }

    /// Imports images from containerd's readiness on: a machine that joins has a processor to spare while kubeadm works.
    fn import(&mut self, node: &mut Node) {
        if self.containerd.ready() {
            let progress = self.import.go_on(node);
            self.imported(node, progress);
        }
    }

    fn let_join_go_on(&mut self, node: &mut Node) {
        let (Some(kubeadm), true) = (&mut self.kubeadm, self.containerd.ready()) else { return };
        if let Some(plan) = kubeadm.go_on(node) {
            self.plan_kubelet(plan);
            self.each(Process::Kubelet, |kubelet| {
                if !kubelet.runs() {
                    kubelet.start(node);
                }
            });
        }
    }

    fn start_due_kubelet(&mut self, node: &mut Node) {
        let Some(kubelet) = &mut self.kubelet else { return };
        if !self.kubelet_due || !self.containerd.ready() || self.stopping || kubelet.ends() {
            return;
        }
        self.kubelet_due = false;
        if !kubelet.runs() {
            kubelet.start(node);
        }
        kubelet.go_on(node);
    }

    /// A kubelet without containerd would end within seconds of going on, so it waits for it.
    fn restart(&mut self, node: &mut Node, process: Process) {
        if self.stopping {
            return;
        }
        let goes_on = self.kubelet.as_ref().is_some_and(|kubelet| !kubelet.waits());
        if process == Process::Kubelet && goes_on && !self.containerd.ready() {
            self.kubelet_due = true;
        } else {
            self.each(process, |service| service.start(node));
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

/// Lets the supervisor, if there is one, act on the node that it belongs to.
pub fn with<T>(node: &mut Node, act: impl FnOnce(&mut Supervisor, &mut Node) -> T) -> Option<T> {
    let mut supervisor = node.supervisor.take()?;
    let result = act(&mut supervisor, node);
    node.supervisor = Some(supervisor);
    Some(result)
}

/// Handles wake-ups for as long as the node runs.
pub fn forever(node: &mut Node) -> ! {
    loop {
        step(node);
    }
}

/// Handles one wake-up.
pub fn step(node: &mut Node) {
    match node.wakes.next_wake() {
        Wake::Shutdown(reason, then) => shutdown::run(node, reason, then),
        wake => dispatch(node, wake),
    }
}

/// Acts on one wake-up that is not a request to stop.
pub fn dispatch(node: &mut Node, wake: Wake) {
    crate::network::handle(node, wake);
    crate::clock::handle(node, wake);
    crate::ready::handle(node, wake);
    match wake {
        Wake::Due(Timer::Usage) => node.emit(Body::UsageMeasured { usage: crate::usage::measure() }),
        Wake::Due(Timer::Report) => {}
        Wake::Readable(Source::Logind) => crate::logind::serve(node),
        wake => {
            with(node, |supervisor, node| supervisor.handle(node, wake));
        }
    }
    if let Some(later) = node.reporter.flush() {
        node.wakes.set(Timer::Report, later);
    }
}
