//! Texts that are handed to the kubelet, to kubeadm and to containerd.

use super::paths::simple;
use super::prefix::network;
use super::text::{has_control, is_ca_hash, is_endpoint, is_json_object, is_label_value};
use super::text::{is_node_name, is_proxy, is_qualified_name, is_token, is_version};
use super::verdict::{Verdict, want};
use crate::core::config::{Cni, Discovery, Kubernetes, Proxy, StaticPod, Worker};
use std::collections::BTreeSet;

const AT: &str = "/kubernetes";
const NO_TOKEN: &str = "is not a bootstrap token: six characters, a dot and sixteen";

pub fn check(kubernetes: &Kubernetes) -> Verdict {
    let version = kubernetes.version().is_none_or(is_version);
    want(version, format_args!("{AT}/version"), "is not two or three numbers with dots between them")?;
    kubernetes.proxy().map_or(Ok(()), proxy)?;
    match kubernetes {
        Kubernetes::None(_) => Ok(()),
        Kubernetes::Standalone(node) => {
            workload(&node.cni, &node.images, &node.static_pods)?;
            want(is_json_object(&node.kubelet_config), format_args!("{AT}/kubeletConfig"), "is not a JSON object")
        }
        Kubernetes::Worker(node) => {
            workload(&node.cni, &node.images, &node.static_pods)?;
            worker(node)?;
            discovery(&node.discovery)
        }
    }
}

fn workload(cni: &Cni, images: &[String], pods: &[StaticPod]) -> Verdict {
    if let Cni::Bridge { pod_cidrs } = cni {
        let cidrs = pod_cidrs.as_deref().unwrap_or_default();
        want(!cidrs.is_empty(), format_args!("{AT}/cni"), "has no podCidrs")?;
        let mut families = BTreeSet::new();
        for (i, cidr) in cidrs.iter().enumerate() {
            let at = format!("{AT}/cni/podCidrs/{i}");
            network(*cidr, &at)?;
            want(families.insert(cidr.address.is_ipv4()), format_args!("{at}"), "is a second network of its family")?;
        }
    }
    images.iter().enumerate().try_for_each(|(i, path)| simple(path, &format!("{AT}/images/{i}")))?;
    let mut names = BTreeSet::new();
    for (i, pod) in pods.iter().enumerate() {
        let at = format!("{AT}/staticPods/{i}");
        // It becomes the name of a file, and the kubelet passes over hidden ones.
        let is_file_name = !pod.name.starts_with('.') && !pod.name.contains('/') && !has_control(&pod.name);
        want(is_file_name && pod.name.len() < 250, format_args!("{at}/name"), "is not the name of a file")?;
        want(names.insert(&pod.name), format_args!("{at}/name"), "occurs twice")?;
        want(is_json_object(&pod.pod), format_args!("{at}/pod"), "is not a JSON object")?;
    }
    Ok(())
}

/// A message names no value, so neither a password.
fn proxy(proxy: &Proxy) -> Verdict {
    let at = format!("{AT}/proxy");
    want(proxy.http.is_some() || proxy.https.is_some(), format_args!("{at}"), "has neither http nor https")?;
    for (key, url) in [("http", &proxy.http), ("https", &proxy.https)] {
        let fits = url.as_deref().is_none_or(is_proxy);
        want(fits, format_args!("{at}/{key}"), "is not http:// or https:// with a host, and at most a port after it")?;
    }
    for (i, entry) in proxy.no_proxy.iter().enumerate() {
        let is_word = !entry.contains(',') && !entry.contains(char::is_whitespace) && !has_control(entry);
        want(is_word, format_args!("{at}/noProxy/{i}"), "contains a comma, white space or a control character")?;
    }
    let Some(credentials) = &proxy.credentials else { return Ok(()) };
    let is_user = !credentials.username.contains(':') && !has_control(&credentials.username);
    want(is_user, format_args!("{at}/credentials/username"), "contains a colon or a control character")?;
    let is_password = !has_control(&credentials.password);
    want(is_password, format_args!("{at}/credentials/password"), "contains a control character")
}

fn worker(node: &Worker) -> Verdict {
    want(is_json_object(&node.kubelet_patch), format_args!("{AT}/kubeletPatch"), "is not a JSON object")?;
    want(
        node.node_name.as_deref().is_none_or(is_node_name),
        format_args!("{AT}/nodeName"),
        "is not the name of a node",
    )?;
    for (i, subnet) in node.node_address.iter().flat_map(|address| &address.subnets).enumerate() {
        network(*subnet, &format!("{AT}/nodeAddress/subnets/{i}"))?;
    }
    for (i, flag) in node.kubelet_extra_args.iter().enumerate() {
        let at = format!("{AT}/kubeletExtraArgs/{i}");
        let is_name = flag.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && !flag.name.starts_with('-');
        want(is_name, format_args!("{at}/name"), "is not the name of a flag")?;
        let is_free = node.node_address.is_none() || flag.name != "node-ip";
        want(is_free, format_args!("{at}/name"), "is what nodeAddress says")?;
        let is_word = !flag.value.contains(char::is_whitespace) && !has_control(&flag.value);
        want(
            is_word,
            format_args!("{at}/value"),
            "contains white space or a control character, which kubeadm's file cannot contain",
        )?;
    }
    for (i, label) in node.labels.iter().enumerate() {
        want(is_qualified_name(&label.name), format_args!("{AT}/labels/{i}/name"), "is not the name of a label")?;
        want(is_label_value(&label.value), format_args!("{AT}/labels/{i}/value"), "is not the value of a label")?;
    }
    for (i, taint) in node.taints.iter().enumerate() {
        want(is_qualified_name(&taint.key), format_args!("{AT}/taints/{i}/key"), "is not the key of a taint")?;
        want(is_label_value(&taint.value), format_args!("{AT}/taints/{i}/value"), "is not the value of a taint")?;
    }
    Ok(())
}

fn discovery(discovery: &Discovery) -> Verdict {
    match discovery {
        Discovery::Joined {} => Ok(()),
        Discovery::Token { endpoint, token, ca_cert_hashes } => {
            want(is_endpoint(endpoint), format_args!("{AT}/discovery/endpoint"), "is not a host and a port")?;
            want(is_token(token), format_args!("{AT}/discovery/token"), NO_TOKEN)?;
            ca_cert_hashes.iter().enumerate().try_for_each(|(i, hash)| {
                let at = format!("{AT}/discovery/caCertHashes/{i}");
                want(is_ca_hash(hash), format_args!("{at}"), "is not sha256: and 64 lower-case hexadecimal digits")
            })
        }
        Discovery::File { kubeconfig, tls_bootstrap_token } => {
            want(!kubeconfig.contains('\0'), format_args!("{AT}/discovery/kubeconfig"), "contains a NUL")?;
            let fits = tls_bootstrap_token.as_deref().is_none_or(is_token);
            want(fits, format_args!("{AT}/discovery/tlsBootstrapToken"), NO_TOKEN)
        }
    }
}
