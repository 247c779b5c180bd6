//! Logs of supervised processes: files of a capped size, rotated, and the last lines in memory for a failure event.

pub mod redact;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Result, Write};

/// Largest size of one file.
pub const CAP: u64 = 1 << 20;
/// Files kept: the current one and older ones.
pub const FILES: u32 = 3;

const LAST_LINES: usize = 10;
/// Most bytes of a line that are kept, and that are handed over.
const LONGEST_KEPT: usize = 400;
const LONGEST_LINE: usize = 4096;

/// One log.
#[derive(Default)]
pub struct Log {
    path: String,
    cap: u64,
    file: Option<File>,
    size: u64,
    last: VecDeque<String>,
    partial: Vec<u8>,
}

impl Log {
    /// A log at `path` that grows to `cap` bytes; older ones are `path.1`, `path.2`.
    pub fn new(path: impl Into<String>, cap: u64) -> Self {
        Self { path: path.into(), cap, file: None, size: 0, last: VecDeque::new(), partial: Vec::new() }
    }

    /// Takes what a process wrote. A log that cannot be written loses the file, never the last lines.
    pub fn take(&mut self, bytes: &[u8]) {
        self.take_lines(bytes, &mut |_| {});
    }

    /// The same, and hands over each line that ends in it, or the first 4,096 bytes of it.
    pub fn take_lines(&mut self, bytes: &[u8], line: &mut dyn FnMut(&str)) {
        let _ = self.store(bytes);
        for byte in bytes {
            match byte {
                b'\n' => self.end_line(line),
                _ if self.partial.len() < LONGEST_LINE => self.partial.push(*byte),
                _ => {}
            }
        }
    }

    /// The last lines, redacted.
    pub fn last_lines(&self) -> Vec<String> {
        self.last.iter().map(|line| redact::line(line)).collect()
    }

    /// Closes the file, so that its filesystem can be unmounted.
    pub fn close(&mut self) {
        self.file = None;
    }

    fn end_line(&mut self, hand_over: &mut dyn FnMut(&str)) {
        let bytes = std::mem::take(&mut self.partial);
        hand_over(&String::from_utf8_lossy(&bytes));
        let kept = bytes.get(..LONGEST_KEPT).unwrap_or(&bytes);
        let line = String::from_utf8_lossy(kept).trim_end().to_owned();
        if !line.is_empty() {
            self.last.push_back(line);
        }
        if self.last.len() > LAST_LINES {
            self.last.pop_front();
        }
    }

    fn store(&mut self, bytes: &[u8]) -> Result<()> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.file.is_some() && self.size + length > self.cap {
            self.rotate();
        }
        if self.file.is_none() {
            let file = File::options().append(true).create(true).open(&self.path)?;
            self.size = file.metadata()?.len();
            self.file = Some(file);
            if self.size + length > self.cap && self.size > 0 {
                return {
                    self.rotate();
                    self.store(bytes)
                };
            }
        }
        if let Some(file) = &mut self.file {
            file.write_all(bytes)?;
            self.size += length;
        }
        Ok(())
    }

    fn rotate(&mut self) {
        self.file = None;
        for age in (1..FILES).rev() {
            let newer = if age == 1 { self.path.clone() } else { format!("{}.{}", self.path, age - 1) };
            // A missing older log is nothing to move.
            let _ = std::fs::rename(newer, format!("{}.{age}", self.path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn a_log_rotates_at_its_cap_and_keeps_three_files() {
        let directory = Scratch::new("log-rotates");
        let path = directory.join("kubelet.log").display().to_string();
        let mut log = Log::new(&path, 10);
        for line in ["aaaaaaaa\n", "bbbbbbbb\n", "cccccccc\n", "dddddddd\n"] {
            log.take(line.as_bytes());
        }
        let read = |path: String| std::fs::read_to_string(path).unwrap();
        assert_eq!(read(path.clone()), "dddddddd\n");
        assert_eq!(read(format!("{path}.1")), "cccccccc\n");
        assert_eq!(read(format!("{path}.2")), "bbbbbbbb\n");
        assert_eq!(std::fs::read_dir(&*directory).unwrap().count(), 3);
    }

    #[test]
    fn a_log_from_before_the_reboot_goes_on_within_its_cap() {
        let directory = Scratch::new("log-goes-on");
        let path = directory.join("containerd.log").display().to_string();
        Log::new(&path, 10).take(b"12345678\n");
        Log::new(&path, 10).take(b"x\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "x\n");
    }

    #[test]
    fn whole_lines_are_handed_over_up_to_a_bound_and_fewer_bytes_of_them_kept() {
        let (mut log, mut lines) = (Log::new("/nowhere/x.log", 10), Vec::new());
        let long = "x".repeat(5000);
        for part in ["one\nha", "lf\n", &long, "\nunfinished"] {
            log.take_lines(part.as_bytes(), &mut |line| lines.push(line.to_owned()));
        }
        assert_eq!(lines, ["one", "half", &"x".repeat(4096)]);
        assert_eq!(log.last_lines(), ["one", "half", &"x".repeat(400)]);
    }

    #[test]
    fn the_last_lines_survive_without_a_file_and_are_redacted() {
        let mut log = Log::new("/nowhere/x.log", 10);
        log.take(b"one\ntoken: abc\nunfinished");
        assert_eq!(log.last_lines(), ["one", "token: ***"]);
    }
}
