//! Running a child to its end with a deadline. PID 1 never waits without one: it polls the child's pidfd and pipes,
//! and its own event loop.

use super::interrupt::Interrupt;
use super::worker::{argv, line};
use crate::core::error::{Code, Error, Step};
use crate::sys::pipe::drain;
use crate::sys::signals::Exit;
use crate::sys::spawn::limit_address_space;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use serde::Serialize;
use std::io::{ErrorKind, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Most memory of a worker, in bytes.
const ADDRESS_SPACE: u64 = 192 << 20;
/// How long a worker may take that only reads.
pub const DEADLINE: Duration = Duration::from_secs(60);
const STDERR_LIMIT: usize = 64 << 10;
/// Most bytes of an error that a worker prints.
const ERROR_LIMIT: usize = 64 << 10;

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
    /// Environment in addition to that of PID 1.
    pub environment: &'a [(String, String)],
    /// Bytes for its stdin, one part after the other; without any: /dev/null.
    pub stdin: [&'a [u8]; 2],
    /// RLIMIT_AS in bytes, for a child that reads hostile bytes.
    pub address_space: Option<u64>,
    /// Most bytes kept of its stdout; more is read and dropped.
    pub stdout_limit: usize,
    /// It is killed after this time.
    pub deadline: Duration,
}

/// A job for a worker, on bytes that may be hostile.
pub struct Call<'a> {
    /// Which worker.
    pub worker: &'a str,
    /// Its job, as [`line`] writes it.
    pub job: Vec<u8>,
    /// The bytes that the job is about.
    pub bytes: &'a [u8],
    /// Most bytes kept of its stdout.
    pub stdout_limit: usize,
    /// It is killed after this time.
    pub deadline: Duration,
    /// What it reads, for errors.
    pub object: &'a str,
}

impl<'a> Call<'a> {
    /// A call of a worker that only reads.
    pub fn new(worker: &'a str, job: &impl Serialize, stdout_limit: usize, object: &'a str) -> Self {
        Self { worker, job: line(job), bytes: &[], stdout_limit, deadline: DEADLINE, object }
    }

    /// A call of a worker that does something and answers with nothing, or with an error.
    pub fn to_do(worker: &'a str, job: &impl Serialize, deadline: Duration, object: &'a str) -> Self {
        Self { deadline, ..Self::new(worker, job, ERROR_LIMIT, object) }
    }

    /// Has the worker do it. Its crash is an ordinary error that names the object.
    pub fn run(&self, pump: &mut dyn EventPump) -> Result<Output, Interrupt> {
        let output = self.output(pump)?;
        match output.code {
            Some(0 | 1) => Ok(output),
            _ => Err(Interrupt::Failed(
                Error::new(Code::ParserCrashed, "read", self.object)
                    .with_detail(format!("the child that read it ended with {}", output.ending())),
            )),
        }
    }

    /// Has the worker do it, whatever its exit code.
    pub fn output(&self, pump: &mut dyn EventPump) -> Result<Output, Interrupt> {
        let argv = argv(self.worker);
        let job = Job {
            argv: &argv.iter().map(String::as_str).collect::<Vec<_>>(),
            environment: &[],
            stdin: [&self.job, self.bytes],
            address_space: Some(ADDRESS_SPACE),
            stdout_limit: self.stdout_limit,
            deadline: self.deadline,
        };
        job.run(pump)
    }
}

/// Whether a worker has done what it was called for. Its own error is the failure; `failure` is it where the worker has none,
/// because it was ended by something else or had no time left.
pub fn done(output: Result<Output, Interrupt>, failure: Error) -> Result<(), Interrupt> {
    match output {
        Ok(output) if output.ok() => Ok(()),
        Ok(output) => Err(serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| failure.with_detail(format!("its child ended with {}", output.ending())))
            .into()),
        Err(Interrupt::Failed(error)) if error.code == Code::ProcessNotReady => {
            Err(failure.with_detail(error.detail.unwrap_or_default()).into())
        }
        Err(interrupt) => Err(interrupt),
    }
}

/// The error that a worker printed before it ended with 1.
pub fn refusal(output: &Output, object: &str) -> Error {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| Error::new(Code::ParserCrashed, "read", object).with_detail(output.ending()))
}

/// What goes on while a child runs.
pub trait EventPump {
    /// Readable when there is something to do.
    fn fd(&self) -> Option<BorrowedFd<'_>>;
    /// Milliseconds until there is something to do in any case.
    fn due_in(&self) -> Option<u64>;
    /// Does it. Returns the children that were reaped meanwhile: the one that runs may be among them. A request to stop ends
    /// the child.
    fn turn(&mut self) -> Result<Vec<Exit>, Interrupt>;
}

/// Nothing goes on: for tests.
#[cfg(test)]
pub struct NoPump;

#[cfg(test)]
impl EventPump for NoPump {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn due_in(&self) -> Option<u64> {
        None
    }

    fn turn(&mut self) -> Result<Vec<Exit>, Interrupt> {
        Ok(Vec::new())
    }
}

/// How far a child is.
enum Progress {
    Running,
    /// Ended, not reaped.
    Ended,
    /// Ended and reaped by the event loop.
    Reaped(Exit),
    TooLate,
    /// Somebody wants the machine to stop.
    Stopped(Interrupt),
}

impl Job<'_> {
    /// Starts the child, feeds and drains it while something else goes on, and returns how it ended. Only a child that cannot
    /// be started or that outlives its deadline is an error here; what an exit code means is the caller's business.
    pub fn run(&self, pump: &mut dyn EventPump) -> Result<Output, Interrupt> {
        let program = self.argv.first().copied().unwrap_or("");
        let mut child = self.spawn().map_err(|e| start_error(program, &e))?;
        let mut output = Output::default();
        let progress = self.attend(&mut child, &mut output, pump).step(Code::KernelRefused, "wait for", program);
        match progress {
            Ok(Progress::Reaped(exit)) => return Ok(Output { code: exit.code, signal: exit.signal, ..output }),
            Ok(Progress::Ended) => {}
            unfinished => {
                // Not waited for: a child that hangs in the kernel, over a broken disk, does not even end when it is
                // killed. The event loop reaps it when it does. It fails only when the child is gone already.
                let _ = child.kill();
                return Err(match unfinished? {
                    Progress::Stopped(stop) => stop,
                    _ => Error::new(Code::ProcessNotReady, "run", program)
                        .with_detail(format!("not finished after {} s, killed", self.deadline.as_secs()))
                        .into(),
                });
            }
        }
        let status = child.wait().step(Code::KernelRefused, "wait for", program)?;
        Ok(Output { code: status.code(), signal: status.signal(), ..output })
    }

    fn spawn(&self) -> std::io::Result<Child> {
        let (program, arguments) = self.argv.split_first().ok_or(ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(self.environment.iter().cloned())
            .current_dir("/")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let is_fed = self.stdin.iter().any(|part| !part.is_empty());
        command.stdin(if is_fed { Stdio::piped() } else { Stdio::null() });
        if let Some(bytes) = self.address_space {
            limit_address_space(&mut command, bytes);
        }
        command.spawn()
    }

    /// Feeds stdin and drains stdout and stderr until the child has ended or the deadline has passed.
    fn attend(&self, child: &mut Child, output: &mut Output, pump: &mut dyn EventPump) -> std::io::Result<Progress> {
        let pidfd = pidfd_of(child)?;
        let until = Instant::now() + self.deadline;
        let (mut stdin, mut stdout, mut stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        for fd in [stdin.as_ref().map(AsFd::as_fd), stdout.as_ref().map(AsFd::as_fd), stderr.as_ref().map(AsFd::as_fd)]
            .into_iter()
            .flatten()
        {
            rustix::io::ioctl_fionbio(fd, true)?;
        }
        let [mut rest, mut next] = self.stdin;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let pipes = [stdout.as_ref().map(AsFd::as_fd), stderr.as_ref().map(AsFd::as_fd), pump.fd()];
            let nearest = pump.due_in().map_or(left, |ms| left.min(Duration::from_millis(ms)));
            let mut progress = wait_any(&pidfd, stdin.as_ref().map(AsFd::as_fd), pipes, nearest)?;
            match pump.turn() {
                Ok(exits) => {
                    if let Some(exit) = exits.into_iter().find(|exit| exit.pid == child.id()) {
                        progress = Progress::Reaped(exit);
                    }
                }
                Err(stop) => return Ok(Progress::Stopped(stop)),
            }
            feed(&mut stdin, &mut rest, &mut next);
            drain(&mut stdout, |bytes| keep(&mut output.stdout, bytes, self.stdout_limit));
            drain(&mut stderr, |bytes| keep(&mut output.stderr, bytes, STDERR_LIMIT));
            match progress {
                Progress::Running if left.is_zero() => return Ok(Progress::TooLate),
                Progress::Running => {}
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
pub fn start_error(program: &str, cause: &std::io::Error) -> Error {
    let code = if cause.kind() == ErrorKind::NotFound { Code::ProcessMissing } else { Code::KernelRefused };
    let error = Error::new(code, "start", program);
    Error { errno: cause.raw_os_error(), ..error }
}

/// Waits until something can be done.
fn wait_any(
    pidfd: &OwnedFd,
    stdin: Option<BorrowedFd>,
    readable: [Option<BorrowedFd>; 3],
    left: Duration,
) -> std::io::Result<Progress> {
    let mut fds = vec![PollFd::new(pidfd, PollFlags::IN)];
    fds.extend(stdin.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::OUT)));
    fds.extend(readable.into_iter().flatten().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
    let timeout =
        Timespec { tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX), tv_nsec: i64::from(left.subsec_nanos()) };
    match poll(&mut fds, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(e) => return Err(e.into()),
    }
    Ok(if fds.first().is_some_and(|fd| !fd.revents().is_empty()) { Progress::Ended } else { Progress::Running })
}

/// Writes what the pipe takes, the rest of one part and then the next; closes it when all is written or the child closed its end.
fn feed<'a>(pipe: &mut Option<std::process::ChildStdin>, rest: &mut &'a [u8], next: &mut &'a [u8]) {
    while let Some(open) = pipe {
        if rest.is_empty() {
            *rest = std::mem::take(next);
        }
        match open.write(rest) {
            Ok(n) if n > 0 && (n < rest.len() || !next.is_empty()) => *rest = rest.get(n..).unwrap_or_default(),
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
    use crate::core::event::{Reason, Then};

    fn run(argv: &[&str], deadline: Duration) -> Result<Output, Interrupt> {
        Job { argv, environment: &[], stdin: [&[], &[]], address_space: None, stdout_limit: 1 << 20, deadline }
            .run(&mut NoPump)
    }

    fn failure(argv: &[&str], deadline: Duration) -> Error {
        run(argv, deadline).unwrap_err().failure().unwrap()
    }

    #[test]
    fn a_child_gets_its_stdin_and_its_output_and_code_come_back() {
        let job = Job {
            argv: &["/bin/cat"],
            environment: &[],
            stdin: [&[7; 200_000], &[7; 100_000]],
            address_space: Some(1 << 30),
            stdout_limit: 1 << 20,
            deadline: Duration::from_secs(20),
        };
        let output = job.run(&mut NoPump).unwrap();
        assert!(output.ok());
        assert_eq!(output.stdout, [7; 300_000]);
    }

    #[test]
    fn a_child_past_its_deadline_is_killed_and_named() {
        let error = failure(&["/bin/sleep", "60"], Duration::from_millis(50));
        assert_eq!((error.code, error.object.as_str()), (Code::ProcessNotReady, "/bin/sleep"));
    }

    /// An event loop that reaps every child, as that of PID 1 does, and counts its turns.
    struct Reaping(u32);

    impl EventPump for Reaping {
        fn fd(&self) -> Option<BorrowedFd<'_>> {
            None
        }

        fn due_in(&self) -> Option<u64> {
            Some(20)
        }

        fn turn(&mut self) -> Result<Vec<Exit>, Interrupt> {
            self.0 += 1;
            // Only a child of this thread's tests may be waited for, so the one that has this name.
            Ok(children("keel-reaped").into_iter().filter_map(reap_one).collect())
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
        let job = Job {
            argv: &argv,
            environment: &[],
            stdin: [&[], &[]],
            address_space: None,
            stdout_limit: 99,
            deadline: Duration::from_secs(20),
        };
        let mut pump = Reaping(0);
        let output = job.run(&mut pump).unwrap();
        assert_eq!((output.code, output.stdout.as_slice()), (Some(3), &b"done\n"[..]));
        assert!(pump.0 > 3, "the loop went on");
    }

    #[test]
    fn the_largest_child_counts_once_it_is_reaped() {
        let mebibytes = 64;
        let argv = ["/bin/dd", "if=/dev/zero", "of=/dev/null", &format!("bs={mebibytes}M"), "count=1"];
        assert!(run(&argv, Duration::from_secs(20)).unwrap().ok());
        assert!(crate::sys::spawn::largest_child() > mebibytes * 1024);
    }

    #[test]
    fn a_worker_that_ends_without_an_error_of_its_own_fails_as_its_caller_says() {
        let failure = || Error::new(Code::MountFailed, "mount", "/dev/vda2");
        let done = |output| done(output, failure()).map_err(|interrupt| interrupt.failure().unwrap());
        let ended = |code, signal, stdout: Vec<u8>| Ok(Output { code, signal, stdout, stderr: Vec::new() });
        assert_eq!(done(ended(Some(0), None, Vec::new())), Ok(()));
        let own = Error::new(Code::PathUnwritable, "make directory", "/var");
        assert_eq!(done(ended(Some(1), None, serde_json::to_vec(&own).unwrap())), Err(own));
        let killed = failure().with_detail("its child ended with signal 9");
        assert_eq!(done(ended(None, Some(9), Vec::new())), Err(killed));
        let late = run(&["/bin/sleep", "60"], Duration::from_millis(50));
        assert_eq!(done(late), Err(failure().with_detail("not finished after 0 s, killed")));
        let missing = run(&["/nowhere/mke2fs"], Duration::from_secs(1));
        assert_eq!(done(missing).unwrap_err().code, Code::ProcessMissing);
    }

    #[test]
    fn a_missing_program_is_process_missing() {
        assert_eq!(failure(&["/nowhere/mke2fs"], Duration::from_secs(1)).code, Code::ProcessMissing);
    }

    /// An event loop in which somebody presses the power button.
    struct Pressed;

    impl EventPump for Pressed {
        fn fd(&self) -> Option<BorrowedFd<'_>> {
            None
        }

        fn due_in(&self) -> Option<u64> {
            Some(20)
        }

        fn turn(&mut self) -> Result<Vec<Exit>, Interrupt> {
            Err(Interrupt::Stop(Reason::PowerButton, Then::PowerOff))
        }
    }

    #[test]
    fn a_request_to_stop_ends_the_child_and_the_wait() {
        let job = Job {
            argv: &["/bin/sleep", "60"],
            environment: &[],
            stdin: [&[], &[]],
            address_space: None,
            stdout_limit: 0,
            deadline: Duration::from_secs(60),
        };
        let started = Instant::now();
        let stopped = job.run(&mut Pressed).unwrap_err();
        assert_eq!(stopped, Interrupt::Stop(Reason::PowerButton, Then::PowerOff));
        assert!(started.elapsed() < Duration::from_secs(20));
    }
}
