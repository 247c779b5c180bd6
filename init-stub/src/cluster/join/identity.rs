//! What makes a machine a node: the kubelet's kubeconfig, its certificate, its configuration and its flags.

use super::flags::{ENV_FILE, kubelet_flags_in};
use crate::core::error::{Code, Result, Step};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::pid1::sync;
use crate::sys::atomic_write;
use std::io::ErrorKind;
use std::path::Path;

/// Where the kubelet keeps its certificates.
pub const KUBELET_PKI: &str = "/var/lib/kubelet/pki";

const KUBECONFIG: &str = "etc/kubernetes/kubelet.conf";
const CONFIG: &str = "var/lib/kubelet/config.yaml";
const FLAGS: &str = "var/lib/kubelet/kubeadm-flags.env";
/// The one that counts, in [`KUBELET_PKI`]; its key is in the same file.
pub const CERTIFICATE: &str = "kubelet-client-current.pem";

/// What a join leaves behind that does not come to its end. Another one would stumble over it, or take it for its own.
const LEFTOVERS: [&str; 10] = [
    "/etc/kubernetes/bootstrap-kubelet.conf",
    "/etc/kubernetes/kubelet.conf",
    "/etc/kubernetes/pki/ca.crt",
    ENV_FILE,
    "/var/lib/kubelet/config.yaml",
    "/var/lib/kubelet/instance-config.yaml",
    // A kubelet with another policy refuses these two.
    "/var/lib/kubelet/cpu_manager_state",
    "/var/lib/kubelet/memory_manager_state",
    "/keel/state/identity/config.yaml",
    "/keel/state/identity/kubeadm-flags.env",
];

/// What kubeadm wrote for the kubelet lies on KEEL-DATA, which may be wiped without losing the node: copies of it are
/// kept with the rest of the identity.
const KEPT: [(&str, &str); 2] =
    [(CONFIG, "keel/state/identity/config.yaml"), (FLAGS, "keel/state/identity/kubeadm-flags.env")];

/// Keeps what a wiped KEEL-DATA would take, below `root`.
pub fn keep(root: &Path) -> Result<()> {
    KEPT.iter().try_for_each(|(original, kept)| copy(root, original, kept))
}

/// Brings back what a wiped KEEL-DATA has taken, below `root`.
pub fn restore(root: &Path) -> Result<()> {
    let is_gone = |path: &str| std::fs::metadata(root.join(path)).map_or(true, |found| found.len() == 0);
    let lost = KEPT.iter().filter(|(original, kept)| is_gone(original) && !is_gone(kept));
    lost.into_iter().try_for_each(|(original, kept)| copy(root, kept, original))
}

/// Whether the kubelet's settings are those that were kept, below `root`; so they are where nothing was kept.
pub fn is_as_kept(root: &Path) -> bool {
    let read = |path: &str| std::fs::read(root.join(path)).ok();
    KEPT.iter().all(|(original, kept)| read(kept).is_none_or(|kept| read(original) == Some(kept)))
}

/// Replaces the kubelet's settings by those that were kept, below `root`.
pub fn put_back(root: &Path) -> Result<()> {
    KEPT.iter().try_for_each(|(original, kept)| copy(root, kept, original))
}

/// Copies a small file; after a power cut the copy is whole or not there.
fn copy(root: &Path, from: &str, to: &str) -> Result<()> {
    let work = || atomic_write::write(&root.join(to), 0o600, &std::fs::read(root.join(from))?);
    work().step(Code::PathUnwritable, "copy", format!("/{from}"))
}

/// Whether the node below `root` has joined: it has everything that the kubelet needs, and all of it whole. The kubelet
/// writes its kubeconfig before it has its certificate, and a power cut can leave a file empty.
pub fn is_joined(root: &Path) -> bool {
    let whole = |path: &str, part: &str| text(&root.join(path)).is_some_and(|text| text.contains(part));
    whole(KUBECONFIG, CERTIFICATE)
        && whole(CONFIG, "KubeletConfiguration")
        && text(&root.join(FLAGS)).and_then(|text| kubelet_flags_in(&text)).is_some()
        && has_certificate(root)
}

/// Whether the cluster has given the kubelet its certificate.
pub fn has_certificate(root: &Path) -> bool {
    let path = root.join(KUBELET_PKI.trim_start_matches('/')).join(CERTIFICATE);
    text(&path).is_some_and(|pem| {
        ["-----END CERTIFICATE-----", "PRIVATE KEY-----"].iter().all(|part| pem.contains(part))
            && pem.trim_end().ends_with("-----")
    })
}

/// Takes away what a join that did not come to its end has left.
pub fn clean_up() -> Result<()> {
    LEFTOVERS.iter().try_for_each(|path| remove(Path::new(path)))?;
    let keys = std::fs::read_dir(KUBELET_PKI).into_iter().flatten().flatten();
    keys.filter(|entry| entry.file_name().to_string_lossy().starts_with("kubelet-client"))
        .try_for_each(|entry| remove(&entry.path()))
}

/// Makes the identity durable: a power cut must not take half of it.
pub fn make_durable(node: &mut Node) -> std::result::Result<(), Interrupt> {
    sync::filesystems(node, &["/etc/kubernetes", "/var/lib/kubelet", KUBELET_PKI].map(str::to_owned))
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => {
            Err(e).step(Code::PathUnwritable, "remove", path.display().to_string())
        }
        _ => Ok(()),
    }
}

fn text(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    const FILES: [(&str, &str); 4] = [
        (KUBECONFIG, "client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem\n"),
        (CONFIG, "kind: KubeletConfiguration\n"),
        (FLAGS, "KUBELET_KUBEADM_ARGS=\"\"\n"),
        (
            "var/lib/kubelet/pki/kubelet-client-current.pem",
            "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\nx\n-----END EC PRIVATE KEY-----\n",
        ),
    ];

    fn node(name: &str) -> Scratch {
        let root = Scratch::new(name);
        for (path, content) in FILES {
            std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            std::fs::write(root.join(path), content).unwrap();
        }
        root
    }

    #[test]
    fn a_node_with_everything_has_joined() {
        assert!(is_joined(&node("joined")));
    }

    #[test]
    fn a_node_that_lacks_one_file_or_half_of_one_has_not() {
        let root = node("half-joined");
        for (path, content) in FILES {
            for cut in [content.len() / 2, 0] {
                std::fs::write(root.join(path), content.get(..cut).unwrap()).unwrap();
                assert!(!is_joined(&root), "{cut} bytes of {path}");
            }
            std::fs::remove_file(root.join(path)).unwrap();
            assert!(!is_joined(&root), "no {path}");
            std::fs::write(root.join(path), content).unwrap();
        }
    }

    #[test]
    fn a_wiped_data_partition_does_not_take_the_node_with_it() {
        let root = node("wiped-data");
        keep(&root).unwrap();
        for path in [CONFIG, FLAGS] {
            std::fs::remove_file(root.join(path)).unwrap();
        }
        assert!(!is_joined(&root));
        restore(&root).unwrap();
        assert!(is_joined(&root));
    }

    #[test]
    fn settings_that_are_not_as_they_were_kept_are_put_back() {
        let root = node("put-back");
        assert!(is_as_kept(&root), "nothing was kept");
        keep(&root).unwrap();
        assert!(is_as_kept(&root));
        for (path, kept) in [FILES[1], FILES[2]] {
            std::fs::write(root.join(path), "new").unwrap();
            assert!(!is_as_kept(&root), "{path}");
            put_back(&root).unwrap();
            assert_eq!(std::fs::read_to_string(root.join(path)).unwrap(), kept);
        }
    }

    #[test]
    fn what_is_there_is_not_replaced_by_what_was_kept() {
        let root = node("kept-is-older");
        keep(&root).unwrap();
        std::fs::write(root.join(CONFIG), "kind: KubeletConfiguration\nmaxPods: 5\n").unwrap();
        restore(&root).unwrap();
        assert!(std::fs::read_to_string(root.join(CONFIG)).unwrap().contains("maxPods: 5"));
    }
}
