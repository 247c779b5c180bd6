//! Starting a supervised process: in its cgroup, with its limits, its output in one pipe.

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Resource, Rlimit, Signal, setrlimit};
use std::fs::{DirBuilder, File};
use std::io::{ErrorKind, Result, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// How a process is started. By default as PID 1's own child, without environment and stdin.
#[derive(Default)]
pub struct Start<'a> {
    /// Program (absolute path) and arguments.
    pub argv: &'a [String],
    /// Environment; nothing is inherited.
    pub environment: &'a [(String, String)],
    /// Directory of its cgroup, which is made if it is not there; empty: PID 1's own.
    pub cgroup: &'a str,
    /// Its oom_score_adj.
    pub oom_score: i32,
    /// What it reads; None: nothing.
    pub stdin: Option<BorrowedFd<'a>>,
}

/// A started process.
pub struct Started {
    /// Its process id; the caller reaps it.
    pub pid: u32,
    /// Its stdout and stderr, non-blocking.
    pub output: OwnedFd,
}

impl Start<'_> {
    /// Starts the process in a session of its own.
    pub fn start(&self) -> Result<Started> {
        let (program, arguments) = self.argv.split_first().ok_or(ErrorKind::InvalidInput)?;
        let (ours, theirs) = pipe_with(PipeFlags::CLOEXEC)?;
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(self.environment.iter().cloned()).current_dir("/");
        let stdin = self.stdin.map(|fd| fd.try_clone_to_owned()).transpose()?;
        command.stdin(stdin.map_or_else(Stdio::null, Stdio::from)).stdout(theirs.try_clone()?).stderr(theirs);
        let cgroup = match self.cgroup {
            "" => None,
            path => Some(processes_of(path)?),
        };
        let oom_score = self.oom_score.to_string();
        let prepare = move || {
            rustix::process::setsid()?;
            if let Some(mut procs) = cgroup.as_ref() {
                procs.write_all(b"0")?;
            }
            File::options().write(true).open("/proc/self/oom_score_adj")?.write_all(oom_score.as_bytes())
        };
        // SAFETY: between fork and exec only setsid, open, write and close run; PID 1 has one thread, so no
        // lock of the allocator can be held.
        unsafe { command.pre_exec(prepare) };
        let child = command.spawn()?;
        rustix::io::ioctl_fionbio(&ours, true)?;
        Ok(Started { pid: child.id(), output: ours })
    }

    /// Starts the process and has its output watched. One that cannot be watched is ended: a caller that learns that the start
    /// has failed will start another.
    pub fn start_watched(&self, watch: impl FnOnce(BorrowedFd<'_>) -> Result<()>) -> Result<Started> {
        let started = self.start()?;
        match watch(started.output.as_fd()) {
            Ok(()) => Ok(started),
            Err(e) => {
                signal(started.pid, Signal::KILL);
                Err(e)
            }
        }
    }
}

/// The file of a cgroup that takes processes.
fn processes_of(cgroup: &str) -> Result<File> {
    match DirBuilder::new().mode(0o755).create(cgroup) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => return Err(e),
        _ => {}
    }
    File::options().write(true).open(format!("{cgroup}/cgroup.procs"))
}

/// Bounds the memory of a program before it starts.
pub fn limit_address_space(command: &mut Command, bytes: u64) {
    let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
    // SAFETY: between fork and exec only the one system call setrlimit runs, which is async-signal-safe.
    unsafe { command.pre_exec(move || Ok(setrlimit(Resource::As, limit)?)) };
}

/// The largest resident set that any reaped child ever had, in KiB.
pub fn largest_child() -> u64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the kernel fills the whole struct that the pointer names; all zeros are a valid one too.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr());
        usage.assume_init()
    };
    u64::try_from(usage.ru_maxrss).unwrap_or(0)
}

/// Takes over a descriptor that the program image before left open.
pub fn inherited_fd(number: i32) -> OwnedFd {
    // SAFETY: PID 1 passed this number to itself across exec, and nothing else of this program uses it.
    unsafe { <OwnedFd as std::os::fd::FromRawFd>::from_raw_fd(number) }
}

/// Sends a signal to a process that is not reaped yet; a process that is gone already is not a failure.
pub fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) {
        // The only possible failure is that the process is gone.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Ends every process but PID 1.
pub fn kill_all() {
    // SAFETY: kill takes numbers only. PID 1 does not signal itself with -1. It fails only if there is nobody to end.
    unsafe { libc::kill(-1, libc::SIGKILL) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    #[test]
    fn a_process_that_cannot_be_watched_does_not_go_on() {
        let argv = ["/bin/sleep".to_owned(), "60".to_owned()];
        let mut output = None;
        let watch = |fd: BorrowedFd<'_>| {
            output = fd.try_clone_to_owned().ok();
            Err(std::io::ErrorKind::Other.into())
        };
        let start = Start { argv: &argv, ..Start::default() };
        assert!(start.start_watched(watch).is_err());
        // Its output ends only with it.
        let output = output.unwrap();
        let limit = Timespec { tv_sec: 30, tv_nsec: 0 };
        assert_eq!(poll(&mut [PollFd::new(&output, PollFlags::IN)], Some(&limit)), Ok(1));
    }

    #[test]
    fn a_process_is_put_into_its_cgroup_which_is_made_where_it_is_missing() {
        let folder = Scratch::new("cgroup");
        let group = folder.join("service");
        let argv = ["/bin/true".to_owned()];
        let start = Start { argv: &argv, cgroup: group.to_str().unwrap(), ..Start::default() };
        // An ordinary filesystem makes no files of its own in a new directory.
        assert_eq!(start.start().err().unwrap().kind(), ErrorKind::NotFound);
        let procs = group.join("cgroup.procs");
        std::fs::write(&procs, "").unwrap();
        start.start().unwrap();
        assert_eq!(std::fs::read_to_string(&procs).unwrap(), "0");
    }
}
