//! Stopping the processes of all pods: SIGTERM, a bounded wait for the kernel to say that none is left, then kill.

use crate::pid1::node::Node;
use crate::pid1::wait::until_while_stopping;
use crate::sys::spawn::signal;
use rustix::fs::inotify;
use rustix::process::Signal;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const PODS: &str = "/sys/fs/cgroup/kubepods";

/// Stops them.
pub fn stop(node: &mut Node, grace: u64, after_kill: u64) {
    let events = format!("{PODS}/cgroup.events");
    if empty() {
        return;
    }
    // The kernel changes the file when the last process is gone; without the watch the wait ends at its bound.
    let watch = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK);
    if let Ok(watch) = &watch {
        let _ = inotify::add_watch(watch, &*events, inotify::WatchFlags::MODIFY);
        let token = node.events.token();
        let _ = node.events.watch(watch, token);
    }
    for pid in processes(Path::new(PODS)) {
        signal(pid, Signal::TERM);
    }
    let drained = |_: &mut Node| {
        if let Ok(watch) = &watch {
            let mut note = [0; 1024];
            while rustix::io::read(watch, &mut note).is_ok_and(|n| n > 0) {}
        }
        empty()
    };
    if !until_while_stopping(node, grace, drained) {
        // If this fails, unmounting says what stayed.
        let _ = std::fs::write(format!("{PODS}/cgroup.kill"), "1");
        until_while_stopping(node, after_kill, drained);
    }
}

/// Whether no process of a pod is left.
pub fn empty() -> bool {
    match std::fs::read_to_string(format!("{PODS}/cgroup.events")) {
        Ok(text) => text.lines().any(|line| line == "populated 0"),
        // A node without pods has no such cgroup.
        Err(e) => e.kind() == ErrorKind::NotFound,
    }
}

/// All processes of a cgroup and those below it.
fn processes(group: &Path) -> Vec<u32> {
    let own = std::fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    let below: Vec<PathBuf> = std::fs::read_dir(group)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    own.lines().filter_map(|line| line.parse().ok()).chain(below.iter().flat_map(|path| processes(path))).collect()
}
