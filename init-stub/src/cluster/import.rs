//! The import of preloaded image archives, one after the other, each by a worker.

use super::services::short_lived_environment;
use crate::core::backoff::Backoff;
use crate::core::error::{Code, Error};
use crate::core::event::Body;
use crate::core::go::NO_SPACE;
use crate::pid1::logs::Log;
use crate::pid1::node::Node;
use crate::pid1::task::{self, Command, End, Next, Task};
use std::collections::VecDeque;

/// Imports the first archive that is left; the path is its job. Under emulation a large one takes minutes.
static IMPORT: Task =
    Task { name: "import", stage: "runtime", command, deadline_ms: Some(600_000), lines, ended, ..Task::DEFAULT };

/// The archives that are left, the first of which is being imported.
#[derive(Default)]
struct Import {
    left: VecDeque<String>,
    backoff: Backoff,
    /// For the last lines only: it has no file.
    log: Log,
    /// The last line of the one that runs.
    last: String,
    is_finished: bool,
}

/// Notes which archives are to be imported, once [`go_on`] is called.
pub fn want(node: &mut Node, archives: Vec<String>) {
    *node.state() = Import { left: archives.into(), ..Import::default() };
}

/// Whether the store has all archives.
pub fn is_finished(node: &mut Node) -> bool {
    node.state::<Import>().is_finished
}

/// Starts the next one, if none runs or waits for another attempt; to be called once containerd is ready.
pub fn go_on(node: &mut Node) {
    if !task::is_idle(node, &IMPORT) {
        return;
    }
    let import = node.state::<Import>();
    import.is_finished = import.left.is_empty();
    if !import.is_finished {
        task::start(node, &IMPORT);
    }
}

/// Stops for good.
pub fn abandon(node: &mut Node) {
    task::stop(node, &IMPORT);
    node.state::<Import>().left.clear();
}

fn command(node: &mut Node) -> Option<Command> {
    let import = node.state::<Import>();
    import.last.clear();
    let archive = import.left.front()?.clone();
    Some(Command { environment: short_lived_environment(), ..Command::worker("import", &archive) })
}

fn lines(node: &mut Node, lines: &[String]) {
    let import = node.state::<Import>();
    for line in lines {
        import.log.take(format!("{line}\n").as_bytes());
        import.last.clone_from(line);
    }
}

fn ended(node: &mut Node, end: End) -> Next {
    let import = node.state::<Import>();
    let Some(path) = import.left.front().cloned() else { return Next::Done };
    let error = Error::new(Code::ImageImportFailed, "import", &path);
    let error = match end {
        End::Ended { exit, ran_ms, .. } if exit.code == Some(0) => {
            import.left.pop_front();
            let imported = !import.last.ends_with("present");
            node.emit(Body::ImageReady { path, imported, duration_ms: ran_ms });
            return Next::Done;
        }
        End::Ended { .. } => {
            let words = import.log.last_lines().join("\n");
            let code = if words.contains(NO_SPACE) { Code::DiskFull } else { error.code };
            Error { code, ..error }.with_detail(words)
        }
        End::NotStarted(cause) => Error { errno: cause.errno, ..error },
    };
    let delay = import.backoff.after(0);
    node.warn(error, Some(delay));
    Next::Again(delay)
}
