//! Every worker is confined before it reads the first byte of its job. Each is started for real, and looked at while it waits.

use keel_init::cli::child::WORKERS;
use std::io::Write;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// `CAP_…` numbers of linux/capability.h.
const DAC_OVERRIDE: u64 = 1 << 1;
const DAC_READ_SEARCH: u64 = 1 << 2;
const LINUX_IMMUTABLE: u64 = 1 << 9;
const NET_BIND_SERVICE: u64 = 1 << 10;
const NET_ADMIN: u64 = 1 << 12;
const NET_RAW: u64 = 1 << 13;
const SYS_MODULE: u64 = 1 << 16;
const SYS_ADMIN: u64 = 1 << 21;

/// Worker, the capabilities that it may have while it gets ready, its memory in MiB.
const EXPECTED: [(&str, u64, Option<u64>); 21] = [
    ("modules", SYS_MODULE, Some(192)),
    ("devices", SYS_MODULE, Some(192)),
    ("unpack", 0, Some(192)),
    ("canonical", 0, Some(192)),
    ("verify", 0, Some(192)),
    ("observe", SYS_MODULE | SYS_ADMIN, Some(192)),
    ("volume", SYS_ADMIN | DAC_READ_SEARCH, Some(192)),
    ("state", SYS_ADMIN, Some(192)),
    ("slots", SYS_MODULE | SYS_ADMIN | DAC_OVERRIDE | LINUX_IMMUTABLE, Some(192)),
    ("redact", 0, Some(192)),
    ("mount", SYS_ADMIN | DAC_OVERRIDE, Some(192)),
    ("sync", DAC_READ_SEARCH, Some(192)),
    ("store", DAC_OVERRIDE, Some(192)),
    ("import", DAC_READ_SEARCH, None),
    ("fetch", NET_BIND_SERVICE, Some(64)),
    ("ready", 0, Some(64)),
    ("node", 0, Some(64)),
    ("health", 0, Some(64)),
    ("names", 0, Some(64)),
    ("sntp", 0, Some(64)),
    ("dhcp", NET_ADMIN | NET_RAW | NET_BIND_SERVICE, Some(64)),
];

/// A worker that waits for its job. It ends with the test.
struct Waiting(Child);

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn proc(pid: u32, file: &str) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default()
}

/// The value of a line of /proc/PID/status.
fn status(pid: u32, name: &str) -> String {
    let text = proc(pid, "status");
    text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned()
}

fn capabilities(pid: u32, name: &str) -> u64 {
    u64::from_str_radix(&status(pid, name), 16).unwrap_or(u64::MAX)
}

#[test]
fn every_worker_is_in_the_table_of_this_test() {
    let names: Vec<&str> = WORKERS.iter().map(|worker| worker.name).collect();
    assert_eq!(names, EXPECTED.map(|(name, _, _)| name));
}

#[test]
fn a_worker_gives_up_what_it_does_not_need_before_it_reads_its_job() {
    let mine = capabilities(std::process::id(), "CapPrm:");
    for (name, allowed, mebibytes) in EXPECTED {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keel-init"));
        command.args(["child", name]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::inherit());
        let child = Waiting(command.spawn().unwrap());
        let (pid, title) = (child.0.id(), format!("keel-{name}"));
        let end = Instant::now() + Duration::from_secs(60);
        // Its capabilities are the last thing that it gives up.
        let is_confined = || proc(pid, "comm").trim() == title && capabilities(pid, "CapPrm:") == allowed & mine;
        while !is_confined() {
            assert!(Instant::now() < end, "{name}: {}", proc(pid, "status"));
            std::thread::yield_now();
        }
        assert_eq!(status(pid, "NoNewPrivs:"), "1", "{name}");
        for set in ["CapEff:", "CapInh:", "CapAmb:"] {
            let wanted = if set == "CapEff:" { allowed & mine } else { 0 };
            assert_eq!(capabilities(pid, set), wanted, "{name} {set}");
        }
        let limits = proc(pid, "limits");
        let limit = |name: &str| {
            let line = limits.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.get(26..).unwrap_or_default().split_whitespace().next().unwrap_or_default().to_owned()
        };
        assert_eq!((limit("Max core file size"), limit("Max open files")), ("0".into(), "256".into()), "{name}");
        if let Some(mebibytes) = mebibytes {
            assert_eq!(limit("Max address space"), (mebibytes << 20).to_string(), "{name}");
        }
    }
}

/// It may bind a port below 1024 as long as nobody else speaks to it.
#[test]
fn the_worker_that_asks_servers_has_no_capability_any_more_when_it_asks() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_keel-init"));
    command.args(["child", "fetch"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::inherit());
    let mut child = Waiting(command.spawn().unwrap());
    let place = format!(r#"{{"type":"url","url":"http://{}/"}}"#, server.local_addr().unwrap());
    let job = format!(r#"{{"place":{place},"object":"a server","ca":null,"attemptMs":60000}}"#);
    let mut stdin = child.0.stdin.take().unwrap();
    writeln!(stdin, "{job}").unwrap();
    drop(stdin);
    let _connection = server.accept().unwrap();
    for set in ["CapPrm:", "CapEff:", "CapInh:", "CapAmb:"] {
        assert_eq!(capabilities(child.0.id(), set), 0, "{set}");
    }
}
