//! The report channel: a virtio-serial port, found by its name. It appears when the host has announced it, so
//! every event is a chance to find it; until then lines wait in memory.

use super::handover::Handover;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;

const NAME: &str = "dev.keel.events";

/// Without a port nothing is kept beyond this: the log on the node has it all.
const WAITING_LIMIT: usize = 256 << 10;

/// The port and what it has not taken yet.
pub struct Port {
    file: Option<File>,
    unsent: Vec<u8>,
    sent: u64,
}

impl Port {
    /// A port that nobody has looked for yet.
    pub fn unopened() -> Self {
        Self { file: None, unsent: Vec::new(), sent: 0 }
    }

    /// The port as the program image before left it.
    pub fn inherited(handover: &Handover, unsent: Vec<u8>) -> Self {
        let file = handover.port.map(crate::sys::spawn::inherited_fd).map(|fd: OwnedFd| File::from(fd));
        Self { file, unsent, sent: handover.sent }
    }

    /// Bytes taken so far.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// The descriptor, if the port is open, made to survive exec.
    pub fn keep_across_exec(&mut self) -> Option<i32> {
        let file = self.file.as_ref()?;
        rustix::io::fcntl_setfd(file, rustix::io::FdFlags::empty()).ok()?;
        Some(file.as_raw_fd())
    }

    /// Adds a line for the next [`Self::flush`].
    pub fn push(&mut self, line: &[u8]) {
        if self.unsent.len() < WAITING_LIMIT {
            self.unsent.extend(line);
        }
    }

    /// Sends what can be sent; true when nothing is left or nothing can ever be sent.
    pub fn flush(&mut self) -> bool {
        if self.file.is_none() {
            self.file = find();
        }
        let Some(file) = &mut self.file else { return true };
        while !self.unsent.is_empty() {
            match file.write(&self.unsent) {
                Ok(n) if n > 0 => {
                    self.unsent = self.unsent.get(n..).unwrap_or_default().to_vec();
                    self.sent += u64::try_from(n).unwrap_or(0);
                }
                _ => return false,
            }
        }
        true
    }

    /// Before the last event: waits until the host has taken everything, at most a second, and makes the next
    /// write wait too. A non-blocking write is done when the host may take it; a blocking one when it has.
    pub fn settle(&mut self) {
        for _ in 0..10 {
            if self.flush() {
                break;
            }
            self.wait_writable();
        }
        if self.wait_writable() {
            if let Some(file) = &self.file {
                // If this fails the last event may be lost, which only the host can notice.
                let _ = rustix::io::ioctl_fionbio(file, false);
            }
        }
    }

    fn wait_writable(&self) -> bool {
        let Some(file) = &self.file else { return false };
        let mut fds = [PollFd::new(file, PollFlags::OUT)];
        let tenth = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
        poll(&mut fds, Some(&tenth)).is_ok_and(|ready| ready == 1)
            && fds.iter().all(|fd| fd.revents().contains(PollFlags::OUT))
    }
}

fn find() -> Option<File> {
    for port in std::fs::read_dir("/sys/class/virtio-ports").ok()?.flatten() {
        let name = std::fs::read_to_string(port.path().join("name")).unwrap_or_default();
        if name.trim() == NAME {
            let device = std::path::Path::new("/dev").join(port.file_name());
            return File::options().write(true).custom_flags(libc::O_NONBLOCK).open(device).ok();
        }
    }
    None
}
