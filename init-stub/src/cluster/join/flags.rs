//! The file of kubelet flags that kubeadm writes: `KUBELET_KUBEADM_ARGS="…"`, quoted as Go quotes a string. And what it will
//! most likely say.

use super::configuration::extra_args;
use crate::core::config::{Taint, Worker};
use crate::core::go::unquote;

/// kubeadm writes it as the last file before it waits for the kubelet.
pub const ENV_FILE: &str = "/var/lib/kubelet/kubeadm-flags.env";
const NAME: &str = "KUBELET_KUBEADM_ARGS=";

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

fn in_a_flag(Taint { key, value, effect }: &Taint) -> String {
    if value.is_empty() { format!("{key}:{effect}") } else { format!("{key}={value}:{effect}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::join::example;
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
    fn half_a_file_is_none() {
        for half in
            ["", "KUBELET_KUBEADM_ARGS=", "KUBELET_KUBEADM_ARGS=\"--v=2", "KUBELET_KUBEADM_ARGS=\"--v=2\"", "X=\"\"\n"]
        {
            assert_eq!(flags(half), None, "{half}");
        }
    }
}
