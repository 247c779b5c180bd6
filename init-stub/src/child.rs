//! Work in a child of the same binary: what reads bytes from outside must be able to die without PID 1, and what
//! takes long must not hold it up. One table of deeds.

mod foreign;
mod import;
mod modules;
mod observe;
mod unpack;
mod verify;

use crate::error::{Code, Error, Result};
use crate::sys::process::{Job, Output};
use crate::sys::spawn::Start;
use std::time::Duration;

/// The program itself, whatever its path.
pub const SELF: &str = "/proc/self/exe";

/// A deed: its arguments in, its exit code out.
type Deed = fn(&[String]) -> u8;

/// Every deed that a child can do. An exit code other than 0 and 1 is a death.
const DEEDS: [(&str, Deed); 5] = [
    ("modules", modules::run),
    ("unpack", unpack::run),
    ("verify", verify::run),
    ("observe", observe::run),
    ("import", import::run),
];

const ADDRESS_SPACE: u64 = 192 << 20;
const DEADLINE: Duration = Duration::from_secs(60);

/// `keel-init child DEED …`
pub fn main(arguments: &[String]) -> u8 {
    let Some((name, rest)) = arguments.split_first() else { return 2 };
    DEEDS.iter().find(|(deed, _)| deed == name).map_or(2, |(_, deed)| deed(rest))
}

/// Runs a deed on hostile bytes, in little memory. Its death is an ordinary error that names `object`.
pub fn run(stage: &str, deed: &[&str], stdin: &[u8], stdout_limit: usize, object: &str) -> Result<Output> {
    let argv: Vec<&str> = [SELF, "child"].iter().chain(deed).copied().collect();
    let output =
        Job { argv: &argv, stdin, address_space: Some(ADDRESS_SPACE), stdout_limit, deadline: DEADLINE }.run(stage)?;
    match output.code {
        Some(0 | 1) => Ok(output),
        _ => Err(Error::new(Code::ParserDied, stage, "read", object)
            .with_detail(format!("the child that read it ended with {}", output.ending()))),
    }
}

/// Starts to load modules beside PID 1. If that fails, PID 1 has to load them all by itself.
pub fn load_beside<'a>(names: impl Iterator<Item = &'a str>) {
    let argv: Vec<String> = [SELF, "child", "modules"].into_iter().chain(names).map(str::to_owned).collect();
    let _ = Start { argv: &argv, environment: &[], cgroup: "", oom_score: 0 }.start();
}

/// All of stdin, up to one byte more than `limit`.
fn stdin(limit: usize) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
