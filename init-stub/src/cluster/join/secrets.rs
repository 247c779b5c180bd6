//! Takes the secrets of a join out of what kubeadm and the kubelet write.

use crate::core::config::{Discovery, Worker};
use crate::pid1::logs::redact;

/// A value shorter than this would take ordinary words out with it.
const SHORTEST: usize = 8;

/// The secrets of one config.
#[derive(Clone, Default)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// Those of a worker: its tokens, and whatever a discovery file has.
    pub fn of(worker: &Worker) -> Self {
        let mut all = Vec::new();
        match &worker.discovery {
            Discovery::Token { token, .. } => all.push(token.clone()),
            Discovery::File { kubeconfig, tls_bootstrap_token } => {
                all.extend(tls_bootstrap_token.clone());
                all.extend(redact::values(kubeconfig));
            }
            Discovery::Joined {} => {}
        }
        // The part of a token behind its dot is the secret one.
        let halves: Vec<String> = all.iter().filter_map(|one| Some(one.split_once('.')?.1.to_owned())).collect();
        all.extend(halves);
        all.retain(|one| one.len() >= SHORTEST);
        // The longest first: a part of a secret must not spoil the whole.
        all.sort_by_key(|one| std::cmp::Reverse(one.len()));
        Self(all)
    }

    /// The line without them, and without anything that looks like a secret.
    pub fn redact(&self, line: &str) -> String {
        let known = self.0.iter().fold(line.to_owned(), |text, secret| text.replace(secret.as_str(), "***"));
        redact::line(&known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::join::example;
    use serde_json::json;

    #[test]
    fn a_token_is_taken_out_whole_and_by_its_secret_half() {
        let token =
            json!({ "type": "token", "endpoint": "cp:6443", "token": "abcdef.0123456789abcdef", "caCertHashes": [] });
        let line = Secrets::of(&example(token)).redact("joins with abcdef.0123456789abcdef, that is 0123456789abcdef");
        assert_eq!(line, "joins with ***, that is ***");
    }

    #[test]
    fn the_credentials_of_a_discovery_file_are_secrets_and_its_server_is_none() {
        let kubeconfig =
            "clusters:\n- cluster:\n    server: https://cp:6443\nusers:\n- user:\n    token: s3cr3tbearer\n";
        let secrets = Secrets::of(&example(json!({ "type": "file", "kubeconfig": kubeconfig })));
        assert_eq!(secrets.redact("https://cp:6443 refused s3cr3tbearer"), "https://cp:6443 refused ***");
    }
}
