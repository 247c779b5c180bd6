//! A worker: a child of the same binary that does one job. What reads bytes from outside must be able to die without PID 1,
//! and what takes long must not hold it up. A worker gets its job as a line of JSON on its stdin; the bytes that it is
//! about, where there are any, follow that line.

use crate::core::error::{Error, Result};
use crate::sys::confine::Confinement;
use crate::sys::stdio::print;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{Read, Write};

/// The program itself, whatever its path.
pub const SELF: &str = "/proc/self/exe";

/// One kind of worker.
pub struct Worker {
    /// `keel-init child NAME`.
    pub name: &'static str,
    /// What it may still do, from before it reads its job on.
    pub confinement: Confinement,
    /// Does its job; returns the exit code. Another one than 0 and 1 is a crash.
    pub run: fn() -> u8,
}

/// Program and arguments of a worker.
pub fn argv(name: &str) -> Vec<String> {
    [SELF, "child", name].map(str::to_owned).to_vec()
}

/// A job as a line of a worker's stdin.
pub fn line(job: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(job).unwrap_or_default();
    line.push(b'\n');
    line
}

/// The job on stdin and the bytes after it, which are up to one byte more than `limit`; None when that is not a job.
pub fn job<T: DeserializeOwned>(limit: usize) -> Option<(T, Vec<u8>)> {
    first_line(&stdin(limit)?)
}

/// All of stdin, up to one byte more than `limit` behind the first line.
fn stdin(limit: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    // Longer than any job without its bytes.
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1 << 20);
    std::io::stdin().lock().take(most).read_to_end(&mut bytes).ok()?;
    let line = bytes.iter().position(|byte| *byte == b'\n')?;
    bytes.truncate(line.saturating_add(limit).saturating_add(2));
    Some(bytes)
}

/// A line of JSON and the bytes that follow it.
pub fn first_line<T: DeserializeOwned>(bytes: &[u8]) -> Option<(T, Vec<u8>)> {
    let (line, rest) = split(bytes)?;
    Some((serde_json::from_slice(line).ok()?, rest.to_vec()))
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((bytes.get(..end)?, bytes.get(end.checked_add(1)?..)?))
}

/// Writes what [`first_line`] reads to stdout; returns the exit code.
pub fn reply(answer: &impl Serialize, rest: &[u8]) -> u8 {
    let mut bytes = line(answer);
    bytes.extend(rest);
    u8::from(std::io::stdout().write_all(&bytes).is_err())
}

/// Returns the exit code of a worker that did something, after the error of one that could not.
pub fn ended(result: Result<()>) -> u8 {
    result.map_or_else(|error| refuse(&error), |()| 0)
}

/// Writes the error that [`super::job::refusal`] reads; returns the exit code.
pub fn refuse(error: &Error) -> u8 {
    print(&serde_json::to_string(error).unwrap_or_default());
    1
}
