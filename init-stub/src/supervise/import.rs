//! The import of preloaded image archives, one after the other, each in a child.

use crate::backoff::Backoff;
use crate::child::SELF;
use crate::error::{Code, Error};
use crate::event::Body;
use crate::logs::Log;
use crate::node::Node;
use crate::stages::runtime::brief_environment;
use crate::sys::clock::mono_ms;
use crate::sys::pipe::drain;
use crate::sys::signals::Exit;
use crate::sys::spawn::{Start, signal};
use crate::wakes::{Source, Timer};
use rustix::fd::OwnedFd;
use rustix::process::Signal;
use std::collections::VecDeque;

/// How long one archive may take; under emulation a large one takes minutes.
const LIMIT: u64 = 600_000;
/// It writes one word.
const MOST_BYTES: usize = 64 << 10;

/// How far the import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Archives are left.
    Going,
    /// The store has all of them.
    Finished,
}

/// The archives that are left, the first of which is being imported.
pub struct Import {
    left: VecDeque<String>,
    running: Option<Running>,
    backoff: Backoff,
    /// For the last lines only: it has no file.
    log: Log,
    finished: bool,
}

struct Running {
    pid: u32,
    output: Option<OwnedFd>,
    started_ms: u64,
    said: Vec<u8>,
}

impl Import {
    /// An import that has not begun.
    pub fn new(left: Vec<String>) -> Self {
        Self { left: left.into(), running: None, backoff: Backoff::default(), log: Log::new("", 0), finished: false }
    }

    /// Whether the store has all archives.
    pub fn finished(&self) -> bool {
        self.finished
    }

    /// Starts the next one, if none runs; to be called when containerd is ready.
    pub fn go_on(&mut self, node: &mut Node) -> Progress {
        if self.running.is_some() {
            return Progress::Going;
        }
        let Some(archive) = self.left.front() else {
            self.finished = true;
            return Progress::Finished;
        };
        let argv = [SELF, "child", "import", archive].map(str::to_owned);
        match (Start { argv: &argv, environment: &brief_environment(), ..Start::default() }).start() {
            Ok(started) => {
                // Without being watched it is still read when the child ends.
                let _ = node.wakes.watch(&started.output, Source::ImportOutput);
                self.running = Some(Running {
                    pid: started.pid,
                    output: Some(started.output),
                    started_ms: mono_ms(),
                    said: Vec::new(),
                });
                node.wakes.set(Timer::Import, LIMIT);
            }
            Err(e) => {
                let error = Error {
                    errno: e.raw_os_error(),
                    ..Error::new(Code::ImageImportFailed, "runtime", "import", archive)
                };
                self.retry(node, error);
            }
        }
        Progress::Going
    }

    /// Takes what the child wrote.
    pub fn read_output(&mut self) {
        let Some(running) = &mut self.running else { return };
        drain(&mut running.output, |bytes| {
            self.log.take(bytes);
            if running.said.len() < MOST_BYTES {
                running.said.extend(bytes);
            }
        });
    }

    /// Acts if it was the import that ended.
    pub fn exited(&mut self, node: &mut Node, exit: &Exit) -> Progress {
        if self.running.as_ref().is_none_or(|running| running.pid != exit.pid) {
            return Progress::Going;
        }
        self.read_output();
        let (Some(running), Some(archive)) = (self.running.take(), self.left.pop_front()) else {
            return Progress::Going;
        };
        node.wakes.clear(Timer::Import);
        if exit.code == Some(0) {
            let imported = !running.said.ends_with(b"present");
            node.emit(Body::ImageReady {
                path: archive,
                imported,
                duration_ms: mono_ms().saturating_sub(running.started_ms),
            });
            return self.go_on(node);
        }
        let detail = self.log.last_lines().join("\n");
        let error = Error::new(Code::ImageImportFailed, "runtime", "import", &archive).with_detail(detail);
        self.left.push_front(archive);
        self.retry(node, error);
        Progress::Going
    }

    /// Tries again, or ends one that takes too long.
    pub fn timer(&mut self, node: &mut Node) {
        match &self.running {
            Some(running) => signal(running.pid, Signal::KILL),
            None => drop(self.go_on(node)),
        }
    }

    /// Stops for good.
    pub fn abandon(&mut self, node: &mut Node) {
        node.wakes.clear(Timer::Import);
        if let Some(running) = self.running.take() {
            signal(running.pid, Signal::KILL);
        }
    }

    fn retry(&mut self, node: &mut Node, error: Error) {
        let delay = self.backoff.after(0);
        node.wakes.set(Timer::Import, delay);
        node.emit(Body::Failed { fatal: false, error, retry_in_ms: Some(delay) });
    }
}
