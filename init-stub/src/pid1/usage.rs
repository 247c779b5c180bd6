//! What the node uses at one moment, read from /proc.

use crate::core::event::Body;
use crate::core::event::Usage;
use crate::pid1::event_loop::{Token, Wakeup};
use crate::pid1::node::{Node, Subject};
use crate::sys::spawn::largest_child;
use std::net::{Ipv4Addr, Ipv6Addr};

/// As the event loop knows it.
pub const SUBJECT: Subject = Subject { stage: "steady", handle, stop };

/// Long enough for start-up to have settled.
const MEASURE_AGAIN_AFTER: u64 = 60_000;

/// When usage is measured again.
#[derive(Default)]
struct Again(Option<Token>);

/// Reports usage once more, later.
pub fn measure_again(node: &mut Node) {
    let timer = node.events.token();
    node.events.set_timer(timer, MEASURE_AGAIN_AFTER);
    node.state::<Again>().0 = Some(timer);
}

fn handle(node: &mut Node, wakeup: Wakeup) {
    if let Wakeup::Due(token) = wakeup
        && node.state::<Again>().0 == Some(token)
    {
        node.emit(Body::UsageMeasured { usage: measure() });
    }
}

fn stop(node: &mut Node) {
    if let Some(timer) = node.state::<Again>().0.take() {
        node.events.clear_timer(timer);
    }
}

/// Measures now. What cannot be read is zero or missing: usage is never a reason to fail.
pub fn measure() -> Usage {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let (status, memory) = (read("/proc/self/status"), read("/proc/meminfo"));
    let mut listeners: Vec<String> = [("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")]
        .into_iter()
        .flat_map(|(protocol, state)| sockets(&read(&format!("/proc/self/net/{protocol}")), protocol, state))
        .collect();
    listeners.sort();
    Usage {
        init_peak_rss_bytes: kilobytes(&status, "VmHWM:") << 10,
        children_peak_rss_bytes: largest_child() << 10,
        mem_total_bytes: kilobytes(&memory, "MemTotal:") << 10,
        mem_available_bytes: kilobytes(&memory, "MemAvailable:") << 10,
        processes: processes(),
        listeners,
    }
}

fn kilobytes(text: &str, name: &str) -> u64 {
    text.lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// Base names of all programs; kernel threads have no command line.
fn processes() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        // "self" is a process that the numbers list already.
        .filter(|entry| entry.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit()))
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .filter_map(|line| {
            let program = line.split(|byte| *byte == 0).next()?;
            let name = program.rsplit(|byte| *byte == b'/').next()?;
            (!name.is_empty()).then(|| String::from_utf8_lossy(name).into_owned())
        })
        .collect();
    names.sort();
    names
}

fn sockets(table: &str, protocol: &str, wanted: &str) -> Vec<String> {
    let row = |line: &str| {
        let mut columns = line.split_whitespace().skip(1);
        let (local, state) = (columns.next()?, columns.nth(1)?);
        let (address, port) = local.split_once(':')?;
        (state == wanted).then_some(format!(
            "{} {}:{}",
            protocol.trim_end_matches('6'),
            address_of(address)?,
            u16::from_str_radix(port, 16).ok()?
        ))
    };
    table.lines().skip(1).filter_map(row).collect()
}

/// The kernel prints addresses as 32-bit words in its own byte order.
fn address_of(digits: &str) -> Option<String> {
    let words: Vec<u8> = (0..digits.len() / 8)
        .map(|at| u32::from_str_radix(digits.get(at * 8..at * 8 + 8)?, 16).ok().map(u32::to_ne_bytes))
        .collect::<Option<Vec<_>>>()?
        .concat();
    match <[u8; 4]>::try_from(words.as_slice()) {
        Ok(v4) => Some(Ipv4Addr::from(v4).to_string()),
        Err(_) => <[u8; 16]>::try_from(words.as_slice()).ok().map(|v6| format!("[{}]", Ipv6Addr::from(v6))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_are_read_as_the_kernel_prints_them() {
        let table = "  sl  local_address rem_address   st\n   0: 0100007F:2808 00000000:0000 0A 0\n   1: 0F02000A:2808 0202000A:1000 01 0\n";
        assert_eq!(sockets(table, "tcp", "0A"), ["tcp 127.0.0.1:10248"]);
        let six = "  sl\n   0: 00000000000000000000000000000000:280A 0:0 0A 0\n";
        assert_eq!(sockets(six, "tcp6", "0A"), ["tcp [::]:10250"]);
    }
}
