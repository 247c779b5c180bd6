//! The version of the image's Kubernetes: whether it is that of the machine config, and whether the cluster takes such a kubelet.

use super::join::{JoinFailure, Record, ca_in};
use crate::core::config::{Discovery, Kubernetes, Worker};
use crate::core::error::{Code, Error, Result};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sources::fetch::api_server_version;
use crate::sys::os_release;

const KEY: &str = "KEEL_KUBERNETES_VERSION";
/// How many minors a kubelet may be older than its API server.
const OLDEST: u32 = 3;

/// Whether the image has the version that the config wants.
pub fn check(kubernetes: &Kubernetes) -> Result<()> {
    match kubernetes.version() {
        Some(wanted) => compare(wanted, &of_image().unwrap_or_else(|| "none".into())),
        None => Ok(()),
    }
}

/// Before a join: why the cluster does not take this kubelet. What the API server does not tell is left to kubeadm.
pub fn skew(node: &mut Node, worker: &Worker) -> std::result::Result<Option<JoinFailure>, Interrupt> {
    let (Some(kubelet), Some(endpoint)) = (of_image(), Record::of(worker, String::new()).endpoint) else {
        return Ok(None);
    };
    let ca = match &worker.discovery {
        Discovery::File { kubeconfig, .. } => ca_in(kubeconfig).map(str::to_owned),
        _ => None,
    };
    Ok(api_server_version(node, endpoint, ca)?.and_then(|server| skew_of(&kubelet, &server)))
}

fn of_image() -> Option<String> {
    os_release::value(KEY)
}

fn compare(wanted: &str, image: &str) -> Result<()> {
    if image.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) {
        return Ok(());
    }
    Err(Error::new(Code::KubernetesVersionMismatch, "apply", "machine config")
        .with_detail(format!("it is for Kubernetes {wanted}, and the image has {image}"))
        .with_pointer("/kubernetes/version"))
}

fn skew_of(kubelet: &str, server: &str) -> Option<JoinFailure> {
    let rule = match (minor(kubelet)?, minor(server)?) {
        (old, new) if old > new => "a kubelet may not be newer",
        (old, new) if new - old > OLDEST => "a kubelet may be at most three minors older",
        _ => return None,
    };
    let detail = format!("the kubelet is Kubernetes {kubelet} and the API server {server}: {rule}");
    Some(JoinFailure { code: Code::JoinVersionSkew, detail })
}

/// The second number of a version whose first is 1.
fn minor(version: &str) -> Option<u32> {
    version.strip_prefix("1.")?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minor_is_any_of_its_patches_and_a_whole_version_itself() {
        for (wanted, image) in [("1.37", "1.37.2"), ("1.37.2", "1.37.2")] {
            assert_eq!(compare(wanted, image), Ok(()));
        }
        for (wanted, image) in
            [("1.36", "1.37.2"), ("1.3", "1.37.2"), ("1.37.20", "1.37.2"), ("1.37.2", "1.37.20"), ("1.37", "none")]
        {
            let error = compare(wanted, image).unwrap_err();
            assert_eq!(
                (error.code, error.pointer.as_deref()),
                (Code::KubernetesVersionMismatch, Some("/kubernetes/version"))
            );
            let detail = error.detail.unwrap_or_default();
            assert!(detail.contains(wanted) && detail.contains(image), "{detail}");
        }
    }

    #[test]
    fn a_kubelet_is_as_new_as_its_api_server_or_up_to_three_minors_older() {
        for server in ["1.37.0", "1.37.9", "1.38.0", "1.40.1"] {
            assert_eq!(skew_of("1.37.2", server), None, "{server}");
        }
        for server in ["1.36.3", "1.9.0", "1.41.0"] {
            let JoinFailure { code, detail } = skew_of("1.37.2", server).unwrap();
            assert_eq!(code, Code::JoinVersionSkew);
            assert!(detail.contains("1.37.2") && detail.contains(server), "{detail}");
        }
        for server in ["", "2.0.0", "1", "1.x"] {
            assert_eq!(skew_of("1.37.2", server), None, "{server} says nothing");
        }
    }
}
