//! Work in a child of the same binary: what reads bytes from outside must be able to die without PID 1, and what
//! takes long must not hold it up. One table of deeds.

mod canonical;
mod confine;
mod devices;
mod dhcp;
mod fetch;
mod foreign;
mod import;
mod meta_data;
mod modules;
mod observe;
mod sntp;
mod state;
mod unpack;
mod verify;
mod volume;
mod xml;
mod yaml;

use crate::error::{Code, Error, Result};
use crate::sys::process::{Alone, Beside, Job, Output};
use crate::sys::spawn::Start;
pub use foreign::is_machine_config;
pub use observe::Look;
use std::time::Duration;
pub use unpack::unpack;
pub use verify::judge;
pub use volume::Contents;

/// The program itself, whatever its path.
pub const SELF: &str = "/proc/self/exe";

/// A deed: its arguments in, its exit code out.
type Deed = fn(&[String]) -> u8;

/// Every deed that a child can do. An exit code other than 0 and 1 is a death.
const DEEDS: [(&str, Deed); 13] = [
    ("modules", modules::run),
    ("devices", devices::run),
    ("unpack", unpack::run),
    ("canonical", canonical::run),
    ("verify", verify::run),
    ("observe", observe::run),
    ("fetch", fetch::run),
    ("volume", volume::run),
    ("state", state::run),
    ("import", import::run),
    ("dhcp", dhcp::run),
    ("sntp", sntp::run),
    ("ready", fetch::ready::run),
];

const ADDRESS_SPACE: u64 = 192 << 20;
/// How long a child may take that only reads.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// `keel-init child DEED …`
pub fn main(arguments: &[String]) -> u8 {
    let Some((name, rest)) = arguments.split_first() else { return 2 };
    DEEDS.iter().find(|(deed, _)| deed == name).map_or(2, |(_, deed)| deed(rest))
}

/// A deed to be done on hostile bytes, in little memory.
pub struct Call<'a> {
    /// The stage that needs it.
    pub stage: &'a str,
    /// The deed and its arguments.
    pub deed: &'a [&'a str],
    /// Bytes for its stdin.
    pub stdin: &'a [u8],
    /// Most bytes kept of its stdout.
    pub stdout_limit: usize,
    /// It is killed after this time.
    pub deadline: Duration,
    /// What it reads, for errors.
    pub object: &'a str,
}

impl Call<'_> {
    /// Does it while something else goes on. Its death is an ordinary error that names the object.
    pub fn run(&self, beside: &mut dyn Beside) -> Result<Output> {
        let argv: Vec<&str> = [SELF, "child"].iter().chain(self.deed).copied().collect();
        let job = Job {
            argv: &argv,
            stdin: self.stdin,
            address_space: Some(ADDRESS_SPACE),
            stdout_limit: self.stdout_limit,
            deadline: self.deadline,
        };
        let output = job.run_beside(self.stage, beside)?;
        match output.code {
            Some(0 | 1) => Ok(output),
            _ => Err(Error::new(Code::ParserDied, self.stage, "read", self.object)
                .with_detail(format!("the child that read it ended with {}", output.ending()))),
        }
    }
}

/// Runs a deed while PID 1 does nothing else.
pub fn run(stage: &str, deed: &[&str], stdin: &[u8], stdout_limit: usize, object: &str) -> Result<Output> {
    Call { stage, deed, stdin, stdout_limit, deadline: DEADLINE, object }.run(&mut Alone)
}

/// The error that a child printed before it ended with 1.
pub fn refusal(output: &Output, stage: &str, object: &str) -> Error {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| Error::new(Code::ParserDied, stage, "read", object).with_detail(output.ending()))
}

/// What a child says in a line of JSON, and the bytes that follow it.
pub fn first_line<T: serde::de::DeserializeOwned>(stdout: &[u8]) -> Option<(T, Vec<u8>)> {
    let end = stdout.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = stdout.split_at_checked(end)?;
    Some((serde_json::from_slice(line).ok()?, rest.get(1..)?.to_vec()))
}

/// Writes what [`first_line`] reads; returns the exit code.
fn say(line: &impl serde::Serialize, rest: &[u8]) -> u8 {
    use std::io::Write;
    let mut bytes = serde_json::to_vec(line).unwrap_or_default();
    bytes.push(b'\n');
    bytes.extend(rest);
    u8::from(std::io::stdout().write_all(&bytes).is_err())
}

/// Writes the error that [`refusal`] reads; returns the exit code.
fn refuse(error: &Error) -> u8 {
    crate::cli::print(&serde_json::to_string(error).unwrap_or_default());
    1
}

/// Starts to load modules beside PID 1, by the deed `modules` or `devices`. If that fails, whoever needs them loads them.
pub fn load_beside<'a>(deed: &'a str, names: impl Iterator<Item = &'a str>) {
    let argv: Vec<String> = [SELF, "child", deed].into_iter().chain(names).map(str::to_owned).collect();
    let _ = Start { argv: &argv, ..Start::default() }.start();
}

/// All of stdin, up to one byte more than `limit`.
fn stdin(limit: usize) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
