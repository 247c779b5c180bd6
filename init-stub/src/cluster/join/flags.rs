//! The file of kubelet flags that kubeadm writes: `KUBELET_KUBEADM_ARGS="…"`, quoted as Go quotes a string. What it will
//! most likely say, and what it is to say on a node that has joined: kubeadm writes it at a join only.

use super::configuration::extra_args;
use crate::core::config::{Taint, Worker};
use crate::core::error::{Code, Result, Step};
use crate::core::go::{quote, unquote};
use crate::sys::atomic_write;
use std::path::Path;

/// kubeadm writes it as the last file before it waits for the kubelet.
pub const ENV_FILE: &str = "/var/lib/kubelet/kubeadm-flags.env";
/// The kubelet's flag with the addresses of its node.
pub const NODE_IP: &str = "node-ip";
const NAME: &str = "KUBELET_KUBEADM_ARGS=";
/// What kubeadm adds where the cluster's configuration asks for it.
const SOCKET: &str = "--container-runtime-endpoint=";
const FLAG: &str = "--node-ip=";
const LABELS: &str = "--node-labels=";

/// The flags of the file on this node; None: it is not there, or not whole yet.
pub fn kubelet_flags() -> Option<Vec<String>> {
    kubelet_flags_in(&std::fs::read_to_string(ENV_FILE).ok()?)
}

/// The flags in such a text. kubeadm joins them with spaces, so no flag has one.
pub fn kubelet_flags_in(text: &str) -> Option<Vec<String>> {
    let line = text.strip_suffix('\n')?.lines().find_map(|line| line.strip_prefix(NAME))?;
    let inner = line.trim().strip_prefix('"')?.strip_suffix('"')?;
    Some(unquote(inner)?.split_whitespace().map(str::to_owned).collect())
}

/// The flags that kubeadm will write for a node of this name on a machine of that one, unless the cluster's configuration
/// asks for more: those of its own that nobody overrides by their names in order, then the others.
pub fn expected_kubelet_flags(worker: &Worker, node_name: &str, machine_name: &str) -> Vec<String> {
    let others = extra_args(worker);
    let name = (node_name != machine_name).then(|| ("hostname-override", node_name.to_owned()));
    let taints: Vec<String> = worker.taints.iter().map(in_a_flag).collect();
    let taints = (!taints.is_empty()).then(|| ("register-with-taints", taints.join(",")));
    let own = name.into_iter().chain(taints).filter(|(name, _)| others.iter().all(|(other, _)| other != name));
    let own: Vec<_> = own.map(|(name, value)| (name.to_owned(), value)).collect();
    own.into_iter().chain(others.clone()).map(|(name, value)| format!("--{name}={value}")).collect()
}

/// The flags that a node which has joined with `old` ones is to have: those that kubeadm would write now, and what it added
/// because the cluster asked for it.
pub fn current_kubelet_flags(worker: &Worker, node_name: &str, machine_name: &str, old: &[String]) -> Vec<String> {
    let wanted = expected_kubelet_flags(worker, node_name, machine_name);
    let added = old.iter().filter(|flag| flag.starts_with(SOCKET) && wanted.iter().all(|one| !one.starts_with(SOCKET)));
    added.cloned().chain(wanted.clone()).collect()
}

/// Writes the file; after a power cut it is the old one or the new one.
pub fn write_kubelet_flags(flags: &[String]) -> Result<()> {
    let text = format!("{NAME}{}\n", quote(&flags.join(" ")));
    atomic_write::write(Path::new(ENV_FILE), 0o644, text.as_bytes()).step(Code::PathUnwritable, "write", ENV_FILE)
}

/// Earlier flags with the config's address in the place of theirs: a kubelet with an address that no interface has would never
/// become ready.
pub fn with_node_ip(worker: &Worker, flags: Vec<String>) -> Vec<String> {
    let now = worker.kubelet_extra_args.iter().filter(|argument| argument.name == NODE_IP);
    let now = now.map(|argument| format!("{FLAG}{}", argument.value)).next_back();
    let mut rest = flags.into_iter();
    // In its old place: a kubelet with the same flags in another order would be ended for nothing.
    let before: Vec<String> = rest.by_ref().take_while(|flag| !flag.starts_with(FLAG)).collect();
    before.into_iter().chain(now).chain(rest.filter(|flag| !flag.starts_with(FLAG))).collect()
}

/// Earlier flags for a kubelet that starts before the network: with the config's address. Where the config names networks for it,
/// the earlier address stays, because the node does not have its addresses yet.
pub fn early_kubelet_flags(worker: &Worker, flags: Vec<String>) -> Vec<String> {
    if worker.node_address.is_some() { flags } else { with_node_ip(worker, flags) }
}

/// Earlier flags without the labels that the config does not have any more: a kubelet gives the Node its zone and its region at
/// every start.
pub fn without_old_labels(worker: &Worker, flags: Vec<String>) -> Vec<String> {
    let is_wanted = |item: &&str| {
        item.split_once('=')
            .is_some_and(|(name, value)| worker.labels.iter().any(|label| label.name == name && label.value == value))
    };
    let of_now = |flag: String| {
        let Some(items) = flag.strip_prefix(LABELS) else { return Some(flag) };
        let items: Vec<_> = items.split(',').filter(is_wanted).collect();
        (!items.is_empty()).then(|| format!("{LABELS}{}", items.join(",")))
    };
    flags.into_iter().filter_map(of_now).collect()
}

/// The items of a flag that is a list, such as `node-labels`.
pub fn items_of<'a>(flags: &'a [String], name: &str) -> impl Iterator<Item = &'a str> {
    let prefix = format!("--{name}=");
    let values = flags.iter().filter_map(move |flag| flag.strip_prefix(&prefix)).next_back();
    values.into_iter().flat_map(|value| value.split(',')).filter(|item| !item.is_empty())
}

fn in_a_flag(Taint { key, value, effect }: &Taint) -> String {
    if value.is_empty() { format!("{key}:{effect}") } else { format!("{key}={value}:{effect}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::join::example;
    use crate::core::config::ExtraArg;
    use kubelet_flags_in as flags;
    use serde_json::json;

    #[test]
    fn the_usual_file_has_no_flags_or_a_name() {
        assert_eq!(flags("KUBELET_KUBEADM_ARGS=\"\"\n").unwrap(), Vec::<String>::new());
        let text = "KUBELET_KUBEADM_ARGS=\"--hostname-override=w1 --node-labels=a=b,c=d --v=2\"\n";
        assert_eq!(flags(text).unwrap(), ["--hostname-override=w1", "--node-labels=a=b,c=d", "--v=2"]);
    }

    #[test]
    fn what_go_escapes_comes_back() {
        let text = r#"KUBELET_KUBEADM_ARGS="--a=\"x\" --b=\\ --c=\u00e4\x01\U0001f600""#.to_owned() + "\n";
        assert_eq!(flags(&text).unwrap(), ["--a=\"x\"", "--b=\\", "--c=ä\u{1}😀"]);
    }

    #[test]
    fn what_kubeadm_will_most_likely_say_is_its_own_flags_by_name_and_then_the_configs() {
        let worker = example(json!({ "type": "joined" }));
        let (taint, others) = ("--register-with-taints=gpu:NoSchedule", ["--v=2", "--node-labels=zone=a,empty="]);
        let expected = |worker: &Worker, name: &str| expected_kubelet_flags(worker, name, "w1");
        assert_eq!(expected(&worker, "w1"), [taint, others[0], others[1]]);
        assert_eq!(expected(&worker, "other"), ["--hostname-override=other", taint, others[0], others[1]]);
        let mut bare = Worker { taints: Vec::new(), labels: Vec::new(), ..worker };
        bare.kubelet_extra_args =
            vec![crate::core::config::ExtraArg { name: "hostname-override".into(), value: "x".into() }];
        assert_eq!(expected(&bare, "other"), ["--hostname-override=x"]);
    }

    #[test]
    fn a_node_that_has_joined_gets_the_flags_of_its_config_and_keeps_what_kubeadm_added() {
        let worker = example(json!({ "type": "joined" }));
        let wanted = expected_kubelet_flags(&worker, "w1", "w1");
        let current = |old: &[&str]| {
            current_kubelet_flags(&worker, "w1", "w1", &old.iter().map(|flag| (*flag).to_owned()).collect::<Vec<_>>())
        };
        let socket = "--container-runtime-endpoint=unix:///run/containerd/containerd.sock";
        assert_eq!(current(&["--v=9", "--pod-infra-container-image=pause"]), wanted);
        assert_eq!(current(&[socket, "--v=9"]), [&[socket.to_owned()], &wanted[..]].concat());
    }

    #[test]
    fn earlier_flags_lose_the_labels_that_the_config_does_not_have_any_more() {
        let mut worker = example(json!({ "type": "joined" }));
        let flags = expected_kubelet_flags(&worker, "w1", "w1");
        assert_eq!(without_old_labels(&worker, flags.clone()), flags);
        worker.labels.retain(|label| label.name == "empty");
        assert_eq!(without_old_labels(&worker, flags.clone()).last().unwrap(), "--node-labels=empty=");
        worker.labels.clear();
        assert_eq!(without_old_labels(&worker, flags.clone()), flags.split_last().unwrap().1);
    }

    #[test]
    fn earlier_flags_get_the_address_of_the_config() {
        let with = |value: Option<&str>| {
            let mut worker = example(json!({ "type": "joined" }));
            let argument = value.map(|value| ExtraArg { name: "node-ip".into(), value: value.into() });
            worker.kubelet_extra_args.extend(argument);
            worker
        };
        let ips = |worker: &Worker, old: &Worker| -> Vec<String> {
            let flags = with_node_ip(worker, expected_kubelet_flags(old, "w1", "w1"));
            flags.into_iter().filter(|flag| flag.contains("node-ip")).collect()
        };
        let old = with(Some("192.0.2.10"));
        assert_eq!(ips(&with(Some("192.0.2.20")), &old), ["--node-ip=192.0.2.20"]);
        assert_eq!(ips(&with(None), &old), Vec::<String>::new());
        assert_eq!(ips(&with(Some("198.51.100.3")), &with(None)), ["--node-ip=198.51.100.3"]);
        let flags = expected_kubelet_flags(&old, "w1", "w1");
        assert_ne!(flags.last().map(String::as_str), Some("--node-ip=192.0.2.10"));
        assert_eq!(with_node_ip(&old, flags.clone()), flags);
    }

    #[test]
    fn before_the_network_the_earlier_address_stays_where_the_config_names_networks() {
        let mut worker = example(json!({ "type": "joined" }));
        let earlier = vec!["--v=2".to_owned(), "--node-ip=192.0.2.10".into()];
        assert_eq!(early_kubelet_flags(&worker, earlier.clone()), ["--v=2"]);
        worker.node_address = serde_json::from_value(json!({ "subnets": [] })).unwrap();
        assert_eq!(early_kubelet_flags(&worker, earlier.clone()), earlier);
    }

    #[test]
    fn what_is_written_is_read_again() {
        for given in [&["--a=\"x\"", "--b=\\", "--c=ä"][..], &[]] {
            let text = format!("{NAME}{}\n", quote(&given.join(" ")));
            assert_eq!(flags(&text).unwrap(), given);
        }
    }

    #[test]
    fn half_a_file_is_none() {
        for half in
            ["", "KUBELET_KUBEADM_ARGS=", "KUBELET_KUBEADM_ARGS=\"--v=2", "KUBELET_KUBEADM_ARGS=\"--v=2\"", "X=\"\"\n"]
        {
            assert_eq!(flags(half), None, "{half}");
        }
    }
}
