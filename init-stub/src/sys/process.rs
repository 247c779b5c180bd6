//! Running a child to its end with a deadline. PID 1 never waits without one: it polls the child's pidfd and pipes,
//! and beside them, where the caller wants that, its own event loop.

use crate::error::{Code, Error, Result, Step};
use crate::sys::pipe::drain;
use crate::sys::signals::Exit;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::process::{Pid, PidfdFlags, Resource, Rlimit, pidfd_open, setrlimit};
use std::io::{ErrorKind, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How a child ended and what it wrote.
#[derive(Debug, Default)]
pub struct Output {
    /// Exit code, when it exited.
    pub code: Option<i32>,
    /// Signal number, when a signal ended it.
    pub signal: Option<i32>,
    /// What it wrote to stdout, cut at the limit of the [`Job`].
    pub stdout: Vec<u8>,
    /// What it wrote to stderr, cut at 64 KiB.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Whether it exited with 0.
    pub fn ok(&self) -> bool {
        self.code == Some(0)
    }

    /// `exit code N` or `signal N`, for the detail of an error.
    pub fn ending(&self) -> String {
        match (self.code, self.signal) {
            (Some(code), _) => format!("exit code {code}"),
            (None, Some(signal)) => format!("signal {signal}"),
            (None, None) => "no exit status".into(),
        }
    }
}

/// A child to run to its end.
pub struct Job<'a> {
    /// Program (absolute path) and arguments.
    pub argv: &'a [&'a str],
    /// Bytes for its stdin; empty: /dev/null.
    pub stdin: &'a [u8],
    /// RLIMIT_AS in bytes, for a child that reads hostile bytes.
    pub address_space: Option<u64>,
    /// Most bytes kept of its stdout; more is read and dropped.
    pub stdout_limit: usize,
    /// It is killed after this time.
    pub deadline: Duration,
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

/// What goes on while a child runs.
pub trait Beside {
    /// Readable when there is something to do.
    fn fd(&self) -> Option<BorrowedFd<'_>>;
    /// Milliseconds until there is something to do in any case.
    fn due_in(&self) -> Option<u64>;
    /// Does it. Returns the children that were reaped meanwhile: the one that runs may be among them.
    fn turn(&mut self) -> Vec<Exit>;
}

/// Nothing goes on: PID 1 is held up until the child ends.
pub struct Alone;

impl Beside for Alone {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn due_in(&self) -> Option<u64> {
        None
    }

    fn turn(&mut self) -> Vec<Exit> {
        Vec::new()
    }
}

/// How far a child is.
enum Stand {
    Running,
    /// Ended, not reaped.
    Ended,
    /// Ended and reaped by the event loop.
    Reaped(Exit),
    TooLate,
}

/// Runs `argv` with no stdin to its end, or kills it at the deadline.
pub fn run(stage: &str, argv: &[&str], deadline: Duration) -> Result<Output> {
    Job { argv, stdin: &[], address_space: None, stdout_limit: 1 << 20, deadline }.run(stage)
}

const STDERR_LIMIT: usize = 64 << 10;

impl Job<'_> {
    /// Starts the child, feeds and drains it, and returns how it ended. Only a child that cannot be started
    /// or that outlives its deadline is an error here; what an exit code means is the caller's business.
    pub fn run(&self, stage: &str) -> Result<Output> {
        self.run_beside(stage, &mut Alone)
    }

    /// The same while something else goes on.
    pub fn run_beside(&self, stage: &str, beside: &mut dyn Beside) -> Result<Output> {
        let program = self.argv.first().copied().unwrap_or("");
        let mut child = self.spawn().map_err(|e| start_error(stage, program, &e))?;
        let mut output = Output::default();
        let stand = self.attend(&mut child, &mut output, beside).step(Code::KernelRefused, stage, "wait for", program);
        if let Ok(Stand::Reaped(exit)) = stand {
            return Ok(Output { code: exit.code, signal: exit.signal, ..output });
        }
        if !matches!(stand, Ok(Stand::Ended)) {
            // Not waited for: a child that hangs in the kernel, over a broken disk, does not even end when it is
            // killed. The event loop reaps it when it does. It fails only when the child is gone already.
            let _ = child.kill();
            stand?;
            return Err(Error::new(Code::ProcessNotReady, stage, "run", program)
                .with_detail(format!("not finished after {} s, killed", self.deadline.as_secs())));
        }
        let status = child.wait().step(Code::KernelRefused, stage, "wait for", program)?;
        Ok(Output { code: status.code(), signal: status.signal(), ..output })
    }

    fn spawn(&self) -> std::io::Result<Child> {
        let (program, arguments) = self.argv.split_first().ok_or(ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command.args(arguments).current_dir("/").stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if self.stdin.is_empty() { Stdio::null() } else { Stdio::piped() });
        if let Some(bytes) = self.address_space {
            let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
            // SAFETY: between fork and exec only the one system call setrlimit runs, which is async-signal-safe.
            unsafe { command.pre_exec(move || Ok(setrlimit(Resource::As, limit)?)) };
        }
        command.spawn()
    }

    /// Feeds stdin and drains stdout and stderr until the child has ended or the deadline has passed.
    fn attend(&self, child: &mut Child, output: &mut Output, beside: &mut dyn Beside) -> std::io::Result<Stand> {
        let pidfd = pidfd_of(child)?;
        let until = Instant::now() + self.deadline;
        let (mut stdin, mut stdout, mut stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        for fd in [stdin.as_ref().map(AsFd::as_fd), stdout.as_ref().map(AsFd::as_fd), stderr.as_ref().map(AsFd::as_fd)]
            .into_iter()
            .flatten()
        {
            rustix::io::ioctl_fionbio(fd, true)?;
        }
        let mut rest = self.stdin;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let pipes = [stdout.as_ref().map(AsFd::as_fd), stderr.as_ref().map(AsFd::as_fd), beside.fd()];
            let nearest = beside.due_in().map_or(left, |ms| left.min(Duration::from_millis(ms)));
            let mut stand = wait_any(&pidfd, stdin.as_ref().map(AsFd::as_fd), pipes, nearest)?;
            let reaped = beside.turn().into_iter().find(|exit| exit.pid == child.id());
            if let Some(exit) = reaped {
                stand = Stand::Reaped(exit);
            }
            feed(&mut stdin, &mut rest);
            drain(&mut stdout, |bytes| keep(&mut output.stdout, bytes, self.stdout_limit));
            drain(&mut stderr, |bytes| keep(&mut output.stderr, bytes, STDERR_LIMIT));
            match stand {
                Stand::Running if left.is_zero() => return Ok(Stand::TooLate),
                Stand::Running => {}
                over => return Ok(over),
            }
        }
    }
}

/// The pidfd of a child that nobody has waited for yet.
pub fn pidfd_of(child: &Child) -> std::io::Result<OwnedFd> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(ErrorKind::InvalidInput)?;
    Ok(pidfd_open(pid, PidfdFlags::empty())?)
}

/// The error of a program that could not be started.
pub fn start_error(stage: &str, program: &str, cause: &std::io::Error) -> Error {
    let code = if cause.kind() == ErrorKind::NotFound { Code::ProcessMissing } else { Code::KernelRefused };
    let error = Error::new(code, stage, "start", program);
    Error { errno: cause.raw_os_error(), ..error }
}

/// Takes over a descriptor that the program image before left open.
pub fn inherited_fd(number: i32) -> OwnedFd {
    // SAFETY: PID 1 passed this number to itself across exec, and nothing else of this program uses it.
    unsafe { <OwnedFd as std::os::fd::FromRawFd>::from_raw_fd(number) }
}

/// Waits until something can be done.
fn wait_any(
    pidfd: &OwnedFd,
    stdin: Option<BorrowedFd>,
    readable: [Option<BorrowedFd>; 3],
    left: Duration,
) -> std::io::Result<Stand> {
    let mut fds = vec![PollFd::new(pidfd, PollFlags::IN)];
    fds.extend(stdin.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::OUT)));
    fds.extend(readable.into_iter().flatten().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
    let timeout =
        Timespec { tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX), tv_nsec: i64::from(left.subsec_nanos()) };
    match poll(&mut fds, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(e) => return Err(e.into()),
    }
    Ok(if fds.first().is_some_and(|fd| !fd.revents().is_empty()) { Stand::Ended } else { Stand::Running })
}

/// Writes what the pipe takes; closes it when all is written or the child closed its end.
fn feed(pipe: &mut Option<std::process::ChildStdin>, rest: &mut &[u8]) {
    while let Some(open) = pipe {
        match open.write(rest) {
            Ok(n) if n > 0 && n < rest.len() => *rest = rest.get(n..).unwrap_or_default(),
            Err(e) if e.kind() == ErrorKind::WouldBlock => return,
            _ => *pipe = None,
        }
    }
}

fn keep(kept: &mut Vec<u8>, bytes: &[u8], limit: usize) {
    kept.extend(bytes.iter().take(limit.saturating_sub(kept.len())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_gets_its_stdin_and_its_output_and_code_come_back() {
        let job = Job {
            argv: &["/bin/cat"],
            stdin: &[7; 300_000],
            address_space: Some(1 << 30),
            stdout_limit: 1 << 20,
            deadline: Duration::from_secs(20),
        };
        let output = job.run("verify").unwrap();
        assert!(output.ok());
        assert_eq!(output.stdout, [7; 300_000]);
    }

    #[test]
    fn a_child_past_its_deadline_is_killed_and_named() {
        let error = run("disks", &["/bin/sleep", "60"], Duration::from_millis(50)).unwrap_err();
        assert_eq!((error.code, error.object.as_str()), (Code::ProcessNotReady, "/bin/sleep"));
    }

    /// An event loop that reaps every child, as that of PID 1 does, and counts its turns.
    struct Reaping(u32);

    impl Beside for Reaping {
        fn fd(&self) -> Option<BorrowedFd<'_>> {
            None
        }

        fn due_in(&self) -> Option<u64> {
            Some(20)
        }

        fn turn(&mut self) -> Vec<Exit> {
            self.0 += 1;
            // Only a child of this thread's tests may be waited for, so the one that has this name.
            children("keel-reaped").into_iter().filter_map(reap_one).collect()
        }
    }

    fn children(name: &str) -> Vec<i32> {
        let list = std::fs::read_to_string("/proc/thread-self/children").unwrap_or_default();
        list.split_whitespace()
            .filter(|pid| std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim() == name))
            .filter_map(|pid| pid.parse().ok())
            .collect()
    }

    fn reap_one(pid: i32) -> Option<Exit> {
        let status = rustix::process::waitpid(Pid::from_raw(pid), rustix::process::WaitOptions::NOHANG).ok()??.1;
        let pid = u32::try_from(pid).ok()?;
        Some(Exit { pid, code: status.exit_status(), signal: status.terminating_signal() })
    }

    #[test]
    fn a_child_that_the_event_loop_reaps_still_gives_its_output_and_code() {
        let script = "printf keel-reaped > /proc/$$/comm; sleep 0.2; echo done; exit 3";
        let argv = ["/bin/sh", "-c", script];
        let job =
            Job { argv: &argv, stdin: &[], address_space: None, stdout_limit: 99, deadline: Duration::from_secs(20) };
        let mut beside = Reaping(0);
        let output = job.run_beside("source", &mut beside).unwrap();
        assert_eq!((output.code, output.stdout.as_slice()), (Some(3), &b"done\n"[..]));
        assert!(beside.0 > 3, "the loop went on");
    }

    #[test]
    fn the_largest_child_counts_once_it_is_reaped() {
        let mebibytes = 64;
        let argv = ["/bin/dd", "if=/dev/zero", "of=/dev/null", &format!("bs={mebibytes}M"), "count=1"];
        assert!(run("disks", &argv, Duration::from_secs(20)).unwrap().ok());
        assert!(largest_child() > mebibytes * 1024);
    }

    #[test]
    fn a_missing_program_is_process_missing() {
        assert_eq!(run("disks", &["/nowhere/mke2fs"], Duration::from_secs(1)).unwrap_err().code, Code::ProcessMissing);
    }
}
