//! Against the kernel of this machine, in a network of the test's own, where the loopback interface is the link to the outside.

use super::*;
use crate::core::config::{Allowed, Firewall, PortRange, Prefix};
use crate::core::plan::firewall::{Hook, PacketRule, Verdict, chains};
use crate::sys::netdev::message::{NetlinkRequest, attribute, attributes};
use crate::sys::netdev::{Address, Links};
use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};
use rustix::thread::{UnshareFlags, unshare_unsafe};
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

/// Does the work in a network namespace, which goes with its thread. Without root there is none.
fn in_own_network(work: impl FnOnce() + Send + 'static) {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let inside = move || {
        // SAFETY: of what a thread shares only the network and the mounts are given up.
        unsafe { unshare_unsafe(UnshareFlags::NEWNET | UnshareFlags::NEWNS) }.unwrap();
        Links::open().unwrap().up(1).unwrap();
        work();
    };
    std::thread::spawn(inside).join().unwrap();
}

fn allow(protocol: u8, ports: &[(u16, u16)], from: &[&str]) -> Allowed {
    let networks = from.iter().map(|text| {
        let (address, length) = text.split_once('/').unwrap();
        Prefix { address: address.parse().unwrap(), prefix_length: length.parse().unwrap() }
    });
    let ranges = ports.iter().map(|(first, last)| PortRange { first: *first, last: *last });
    let from: Vec<Prefix> = networks.collect();
    Allowed { protocol, ports: Some(ranges.collect()), from: Some(from).filter(|from| !from.is_empty()) }
}

fn set(allow: Vec<Allowed>) {
    replace(&chains(Some(&Firewall { links: vec!["lo".into()], allow }), &[], 0)).unwrap();
}

/// Whether a connection to a port of the loopback interface is answered.
fn answers_tcp(address: IpAddr, port: u16) -> bool {
    let to = SocketAddr::new(address, port);
    let _listener = TcpListener::bind(to).unwrap();
    match TcpStream::connect_timeout(&to, Duration::from_millis(200)) {
        Ok(_) => true,
        Err(e) => {
            assert_eq!(e.kind(), ErrorKind::TimedOut, "it is dropped without an answer: {e}");
            false
        }
    }
}

fn arrives_by_udp(from: IpAddr, to: IpAddr, port: u16) -> bool {
    let receiver = UdpSocket::bind(SocketAddr::new(to, port)).unwrap();
    receiver.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let sender = UdpSocket::bind(SocketAddr::new(from, 0)).unwrap();
    sender.send_to(&[7], SocketAddr::new(to, port)).unwrap();
    receiver.recv_from(&mut [0; 9]).is_ok()
}

/// The body of each answer of the kernel to a request for all of a kind in the table.
fn dump(kind: u16) -> Vec<Vec<u8>> {
    let request = NetlinkRequest::dump(10 << 8 | kind, &[1, 0, 0, 0]).with(attribute(1, b"keel\0"));
    NetlinkSocket::of_packet_filter().unwrap().list(&request).unwrap()
}

/// Every rule as the kernel has it: its chain and the kinds of its expressions.
fn rules_of_the_kernel() -> Vec<(String, Vec<String>)> {
    const GET_RULE: u16 = 7;
    let text = |value: &[u8]| String::from_utf8_lossy(value).trim_end_matches('\0').to_owned();
    let rules = dump(GET_RULE).into_iter().map(|body| {
        let parts = attributes(&body[4..]);
        let of = |wanted: u16| parts.iter().find(|(kind, _)| *kind == wanted).unwrap().1;
        let kinds = attributes(of(4)).into_iter().map(|(_, element)| text(attributes(element)[0].1));
        (text(of(2)), kinds.collect())
    });
    rules.collect()
}

const V4: &str = "127.0.0.1";
const V6: &str = "::1";

#[test]
fn what_is_allowed_is_answered_and_the_rest_is_dropped_until_other_rules_take_their_place() {
    in_own_network(|| {
        let (v4, v6): (IpAddr, IpAddr) = (V4.parse().unwrap(), V6.parse().unwrap());
        assert!(answers_tcp(v4, 4000) && answers_tcp(v6, 4000));
        set(vec![
            allow(6, &[(5000, 5001)], &[]),
            allow(6, &[(6000, 6000)], &["127.0.0.0/8"]),
            allow(17, &[(7000, 7000)], &["127.0.0.2/31", "::/0"]),
        ]);
        for (address, port, wanted) in
            [(v4, 4000, false), (v4, 5000, true), (v4, 5001, true), (v4, 5002, false), (v4, 6000, true)]
        {
            assert_eq!(answers_tcp(address, port), wanted, "{address} {port}");
        }
        for (port, wanted) in [(4000, false), (5000, true), (6000, false)] {
            assert_eq!(answers_tcp(v6, port), wanted, "{port}");
        }
        let third: IpAddr = "127.0.0.3".parse().unwrap();
        assert!(arrives_by_udp(third, v4, 7000) && arrives_by_udp(v6, v6, 7000));
        assert!(!arrives_by_udp(v4, v4, 7000) && !arrives_by_udp(third, v4, 7001));
        assert!(!answers_tcp(v4, 7000), "the port is of another protocol");
        // Leases are renewed.
        assert!(arrives_by_udp(v4, v4, 68) && !arrives_by_udp(v6, v6, 546), "the server is on the link");

        set(vec![allow(6, &[(4000, 4000)], &[])]);
        assert!(answers_tcp(v4, 4000) && answers_tcp(v6, 4000) && !answers_tcp(v4, 5000));
    });
}

#[test]
fn what_the_kernel_refuses_is_named_and_changes_nothing() {
    in_own_network(|| {
        set(vec![allow(6, &[(4000, 4000)], &[])]);
        let lost = PacketRule { conditions: Vec::new(), verdict: Verdict::Jump("nowhere".into()) };
        let accepted = PacketRule { conditions: Vec::new(), verdict: Verdict::Accept };
        let wrong = Chain { name: "input".into(), hook: Some(Hook::Input), rules: vec![accepted, lost] };
        let refused = replace(&[wrong]).unwrap_err();
        assert_eq!(refused.part.as_deref(), Some("rule 2 of the chain input"));
        assert_eq!(refused.cause.raw_os_error(), Some(libc::ENOENT));
        assert!(answers_tcp(V4.parse().unwrap(), 4000) && !answers_tcp(V4.parse().unwrap(), 5000));
    });
}

#[test]
fn the_kernel_has_every_rule_once_however_often_they_are_set_and_however_many_they_are() {
    in_own_network(|| {
        let guarded: Vec<IpAddr> = vec!["169.254.169.254".parse().unwrap(), "fd00:ec2::254".parse().unwrap()];
        let many: Vec<Allowed> =
            (0..512).map(|n| allow(17, &[(n + 1, n + 1), (n + 1000, n + 1000)], &["192.0.2.0/24"])).collect();
        let wanted = chains(Some(&Firewall { links: vec!["eth0".into(), "wan".into()], allow: many }), &guarded, 1);
        for _ in 0..2 {
            replace(&wanted).unwrap();
        }
        let count: usize = wanted.iter().map(|chain| chain.rules.len()).sum();
        let found = rules_of_the_kernel();
        assert_eq!(found.len(), count);
        let of = |name: &str| -> Vec<String> {
            found.iter().filter(|(chain, _)| chain == name).map(|(_, kinds)| kinds.join(" ")).collect()
        };
        assert_eq!(
            of("forward"),
            ["meta cmp ct bitwise cmp immediate", "meta cmp ct bitwise cmp immediate", "immediate"]
        );
        assert_eq!(of("output"), ["socket cmp immediate"]);
        assert_eq!(of("allow-0"), ["meta cmp payload bitwise cmp immediate"]);
        assert_eq!(of("translated").last().unwrap(), "counter immediate");
        assert_eq!(of("guarded").last().unwrap(), "meta cmp payload cmp counter reject");
    });
}

/// Whether a program that is in the cgroup, if there is one, connects to an address. One that is kept from it hears that at once.
fn reaches(group: Option<&str>, address: &str, port: u16) -> bool {
    let join = group.map(|group| format!("echo $$ >{group}/cgroup.procs || exit 7; ")).unwrap_or_default();
    let script = format!("{join}exec 3<>/dev/tcp/{address}/{port}");
    let found = std::process::Command::new("timeout").args(["5", "bash", "-c", &script]).output().unwrap();
    let output = String::from_utf8_lossy(&found.stderr).into_owned();
    match found.status.code() {
        Some(0) => true,
        Some(1) => false,
        other => panic!("{other:?} {output}"),
    }
}

#[test]
fn only_what_is_in_the_group_of_pods_is_kept_from_metadata_services_and_it_may_ask_them_for_names() {
    in_own_network(|| {
        let own = std::env::temp_dir().join(format!("keel-groups-{}", std::process::id()));
        std::fs::create_dir_all(&own).unwrap();
        rustix::mount::mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).unwrap();
        rustix::mount::mount("none", &own, "cgroup2", MountFlags::empty(), None).unwrap();
        let [pods, nested] = [own.join("keel-test-pods"), own.join("keel-test-pods/one")];
        std::fs::create_dir_all(&nested).unwrap();
        let id = rustix::fs::stat(&pods).unwrap().st_ino;
        let services: Vec<IpAddr> = vec!["169.254.169.254".parse().unwrap(), "fd00:ec2::254".parse().unwrap()];
        let links = Links::open().unwrap();
        let ports = [53, 80];
        let mut listeners = Vec::new();
        for ip in &services {
            let prefix_length = if ip.is_ipv4() { 32 } else { 128 };
            let address = Address { ip: *ip, prefix_length, lifetime_s: None, preferred_s: None, metric: 0 };
            links.add_address(1, &address).unwrap();
            // An address of IPv6 can be used a moment later.
            while links.seen().unwrap().links.iter().any(|link| link.may_be_anothers(*ip)) {
                std::thread::yield_now();
            }
            listeners.extend(ports.map(|port| TcpListener::bind(SocketAddr::new(*ip, port)).unwrap()));
        }
        let other = TcpListener::bind("127.0.0.1:80").unwrap();
        replace(&chains(None, &services, id)).unwrap();
        let group = nested.to_str();
        for address in services.iter().map(ToString::to_string) {
            assert!(reaches(None, &address, 80), "the node itself, to {address}");
            assert!(!reaches(group, &address, 80), "a pod, to {address}");
            assert!(reaches(group, &address, 53), "a name server at {address}");
        }
        assert!(reaches(group, "127.0.0.1", 80));
        drop((listeners, other));
        std::fs::remove_dir(&nested).unwrap();
        std::fs::remove_dir(&pods).unwrap();
        rustix::mount::unmount(&own, UnmountFlags::DETACH).unwrap();
        std::fs::remove_dir(&own).unwrap();
    });
}
