//! The HTTP proxy of containerd and the kubelet, as programs in Go read it from their environment. kubeadm and ctr have none.

use super::join::record::servers_in;
use crate::core::codec::percent;
use crate::core::config::{Credentials, Discovery, Proxy, Worker};
use std::path::Path;

/// The kubelet's own, below `/`: which server is in them, the cluster decides.
const KUBECONFIGS: [&str; 2] = ["etc/kubernetes/bootstrap-kubelet.conf", "etc/kubernetes/kubelet.conf"];

/// The variables of a program that uses this proxy, but not for the hosts `direct`.
pub fn environment(proxy: Option<&Proxy>, direct: &[String]) -> Vec<(String, String)> {
    let Some(proxy) = proxy else { return Vec::new() };
    let of = |url: &Option<String>| url.as_deref().map(|url| with_credentials(url, proxy.credentials.as_ref()));
    let none = [&proxy.no_proxy, direct].concat().join(",");
    [("HTTP_PROXY", of(&proxy.http)), ("HTTPS_PROXY", of(&proxy.https)), ("NO_PROXY", Some(none))]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.filter(|value| !value.is_empty())?)))
        .collect()
}

/// The hosts of a worker's API servers, below `root`: those of the config, and those that the kubelet has of its cluster.
pub fn api_servers(root: &Path, worker: &Worker) -> Vec<String> {
    let mut texts: Vec<String> =
        KUBECONFIGS.iter().filter_map(|path| std::fs::read_to_string(root.join(path)).ok()).collect();
    let mut hosts = Vec::new();
    match &worker.discovery {
        Discovery::Token { endpoint, .. } => hosts.push(host_in(endpoint)),
        Discovery::File { kubeconfig, .. } => texts.push(kubeconfig.clone()),
        Discovery::Joined {} => {}
    }
    hosts.extend(texts.iter().flat_map(|text| servers_in(text)).map(host_in));
    hosts.retain(|host| !host.is_empty());
    // In an order that does not depend on where each was found: a kubelet that waits is the same one.
    hosts.sort();
    hosts.dedup();
    hosts
}

/// The host of `host:port`, with a path or without, and also of a URL.
fn host_in(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => authority.split(':').next(),
    };
    host.unwrap_or_default().to_owned()
}

fn with_credentials(url: &str, credentials: Option<&Credentials>) -> String {
    let Some(Credentials { username, password }) = credentials else { return url.to_owned() };
    let user = format!("://{}:{}@", percent::encode(username), percent::encode(password));
    url.replacen("://", &user, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::join::example;
    use crate::scratch::Scratch;
    use serde_json::{Value, json};

    fn variables(proxy: Value, direct: &[&str]) -> Vec<(String, String)> {
        let proxy: Proxy = serde_json::from_value(proxy).unwrap();
        environment(Some(&proxy), &direct.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>())
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_the_config_says_and_the_hosts_without_a_proxy_are_in_the_environment() {
        let both = json!({ "http": "http://p:3128", "https": "https://q", "noProxy": ["10.0.0.0/8", ".lab"] });
        let expected =
            [("HTTP_PROXY", "http://p:3128"), ("HTTPS_PROXY", "https://q"), ("NO_PROXY", "10.0.0.0/8,.lab,cp")];
        assert_eq!(variables(both, &["cp"]), pairs(&expected));
        let one = json!({ "https": "http://p", "noProxy": [] });
        assert_eq!(variables(one, &[]), pairs(&[("HTTPS_PROXY", "http://p")]));
        assert_eq!(environment(None, &["cp".to_owned()]), []);
    }

    #[test]
    fn credentials_are_part_of_the_address_and_percent_encoded() {
        let credentials = json!({ "username": "a b", "password": "p@ss:/%ä" });
        let proxy = json!({ "http": "http://p:3128", "https": "https://q", "noProxy": [], "credentials": credentials });
        let expected = [
            ("HTTP_PROXY", "http://a%20b:p%40ss%3A%2F%25%C3%A4@p:3128"),
            ("HTTPS_PROXY", "https://a%20b:p%40ss%3A%2F%25%C3%A4@q"),
        ];
        assert_eq!(variables(proxy.clone(), &[]), pairs(&expected));
        let shown = format!("{:?}", serde_json::from_value::<Proxy>(proxy).unwrap());
        assert!(shown.contains("http://p:3128") && !shown.contains("p@ss") && !shown.contains("a b"), "{shown}");
    }

    #[test]
    fn the_api_servers_are_those_of_the_config_and_of_the_kubelets_own_kubeconfigs() {
        let root = Scratch::new("api-servers");
        std::fs::create_dir_all(root.join("etc/kubernetes")).unwrap();
        let kubeconfig = |server: &str| format!("clusters:\n- cluster:\n    server: {server}\n  name: a\n");
        let of = |discovery: Value| api_servers(&root, &example(discovery));
        let token = || json!({ "type": "token", "endpoint": "cp.lab:6443", "token": "", "caCertHashes": [] });
        assert_eq!(of(token()), ["cp.lab"]);
        let v6 = json!({ "type": "token", "endpoint": "[2001:db8::1]:6443", "token": "", "caCertHashes": [] });
        assert_eq!(of(v6), ["2001:db8::1"]);
        let two = kubeconfig("https://10.0.0.9:6443") + &kubeconfig("https://cp.lab/path");
        assert_eq!(of(json!({ "type": "file", "kubeconfig": two })), ["10.0.0.9", "cp.lab"]);

        std::fs::write(root.join(KUBECONFIGS[0]), kubeconfig("https://cp.lab:6443")).unwrap();
        assert_eq!(of(token()), ["cp.lab"], "the kubelet that was started early is the right one");
        std::fs::write(root.join(KUBECONFIGS[0]), kubeconfig("https://balancer:6443")).unwrap();
        assert_eq!(of(token()), ["balancer", "cp.lab"]);
        std::fs::write(root.join(KUBECONFIGS[1]), kubeconfig("http://[fd00::1]:6443")).unwrap();
        assert_eq!(of(json!({ "type": "joined" })), ["balancer", "fd00::1"]);
    }
}
