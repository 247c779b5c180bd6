//! `child node`: asks the API server for the Node of this machine, as its kubelet, and changes the labels that differ.

use super::{NodeJob, NodeReport};
use crate::cluster::join::record::endpoint_in;
use crate::cluster::join::{CERTIFICATE, KUBELET_PKI};
use crate::core::error::{Code, Error};
use crate::pid1::worker::{job, reply};
use crate::sources::worker::fetch::client::{Ask, Client, HttpResponse};
use crate::sources::worker::fetch::outcome::is_passing;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

const KUBECONFIG: &str = "etc/kubernetes/kubelet.conf";
/// The cluster's CA, as kubeadm wrote it down.
const CA: &str = "etc/kubernetes/pki/ca.crt";
/// Less than the task may take.
const TIME: Duration = Duration::from_secs(20);
/// How long a Node is waited for that is not there.
const FOR_THE_NODE: Duration = Duration::from_secs(15);
/// Between two looks.
const AGAIN: Duration = Duration::from_millis(200);
const ACCEPT: (&str, &str) = ("accept", "application/json");
/// Kubernetes takes no longer one.
const LONGEST_REASON: usize = 1024;
/// A Node names up to fifty images and every volume.
const LARGEST: u64 = 4 << 20;

/// 0: a report was written, whatever it says.
pub fn run() -> u8 {
    let Some((job, _)) = job::<NodeJob>(0) else { return 2 };
    let report = look(&job, Path::new("/"))
        .unwrap_or_else(|failure| NodeReport { failure: Some(failure), ..NodeReport::default() });
    reply(&report, &[])
}

/// Does it with the files below `root`.
fn look(job: &NodeJob, root: &Path) -> Result<NodeReport, Error> {
    let error = |code: Code, detail: String| Error::new(code, "ask for", &job.name).with_detail(detail);
    let unreachable = |detail: String| error(Code::ApiServerUnreachable, detail);
    let (client, server) = connect(root, TIME).map_err(unreachable)?;
    let url = match job.waits {
        false => format!("https://{server}/api/v1/nodes/{}", job.name),
        true => format!("https://{server}/api/v1/pods?fieldSelector=spec.nodeName%3D{}", job.name),
    };
    let ask = |body: Option<&Value>| {
        let (method, text) = (if body.is_some() { "PATCH" } else { "GET" }, body.map(Value::to_string));
        let headers = [("content-type", "application/merge-patch+json"), ACCEPT];
        let ask =
            Ask { method, url: &url, headers: &headers, body: text.as_deref().map(str::as_bytes), limit: LARGEST };
        client.ask(&ask).map_err(|failure| unreachable(failure.detail))
    };
    let until = Instant::now() + FOR_THE_NODE;
    let mut answer = ask(None)?;
    // A new kubelet is ready before it has made its Node.
    while is_to_come(job, &answer, until) {
        std::thread::sleep(AGAIN);
        answer = ask(None)?;
    }
    let node: Value = match answer.status {
        200 => serde_json::from_slice(&answer.body).unwrap_or_default(),
        401 => {
            return Err(error(
                Code::NodeCertificateExpired,
                format!("{server} refuses the kubelet's certificate (401)"),
            ));
        }
        status => return Err(error(Code::ApiServerUnreachable, format!("{server} answers {status}"))),
    };
    let wanted = labels_to_change(job, &node);
    let patch = |labels: &Map<String, Value>| json!({ "metadata": { "labels": labels } });
    let mut report = NodeReport { taints: taints_to_change(job, &node), ..NodeReport::default() };
    if wanted.is_empty() || ask(Some(&patch(&wanted)))?.status == 200 {
        return Ok(report);
    }
    // One of them may not be changed; the others may.
    for (name, value) in wanted {
        let one = Map::from_iter([(name.clone(), value.clone())]);
        match ask(Some(&patch(&one)))?.status {
            200 => {}
            // It says nothing about the label.
            status if is_passing(status) => {
                return Err(error(Code::ApiServerUnreachable, format!("{server} answers {status}")));
            }
            _ => {
                let words = value.as_str().map_or_else(|| format!("{name}-"), |value| format!("{name}={value}"));
                report.labels.push(words);
            }
        }
    }
    Ok(report)
}

/// A client that is the kubelet with the files below `root`, and its API server; else why there is none.
fn connect(root: &Path, time: Duration) -> Result<(Client, String), String> {
    let read = |path: &Path| std::fs::read(root.join(path)).map_err(|e| format!("{}: {e}", path.display()));
    let identity = read(&Path::new(KUBELET_PKI.trim_start_matches('/')).join(CERTIFICATE))?;
    let kubeconfig = read(Path::new(KUBECONFIG))?;
    let server = endpoint_in(&String::from_utf8_lossy(&kubeconfig)).unwrap_or_default();
    let client = Client::of_node(Instant::now() + time, &read(Path::new(CA))?, &identity);
    Ok((client.map_err(|failure| failure.detail)?, server))
}

/// Why the Node of this name is not Ready; `time` is how long its API server has for an answer.
pub fn not_ready(name: &str, root: &Path, time: Duration) -> Option<String> {
    let answer = connect(root, time).and_then(|(client, server)| {
        let url = format!("https://{server}/api/v1/nodes/{name}");
        let ask = Ask { method: "GET", url: &url, headers: &[ACCEPT], body: None, limit: LARGEST };
        client.ask(&ask).map_err(|failure| failure.detail)
    });
    match answer {
        Err(detail) => Some(detail),
        Ok(HttpResponse { status: 200, body, .. }) => why_not_ready(&serde_json::from_slice(&body).unwrap_or_default()),
        Ok(HttpResponse { status, .. }) => Some(format!("the API server answers {status}")),
    }
}

/// Only the kubelet's own report about the Node counts. Of its words the one that names the reason is shown: the others may be long.
fn why_not_ready(node: &Value) -> Option<String> {
    let conditions = node.pointer("/status/conditions").and_then(Value::as_array);
    let of = |one: &&Value, key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let ready = conditions.into_iter().flatten().find(|one| of(one, "type") == "Ready");
    match ready.map(|one| (of(&one, "status"), of(&one, "reason"))) {
        Some((status, _)) if status == "True" => None,
        Some((_, reason)) if !reason.is_empty() => {
            Some(reason.chars().filter(char::is_ascii_alphanumeric).take(LONGEST_REASON).collect())
        }
        _ => Some("its kubelet has not reported yet".into()),
    }
}

/// Whether the answer will be another one: there is no Node yet, or the pods have not ended yet.
fn is_to_come(job: &NodeJob, answer: &HttpResponse, until: Instant) -> bool {
    match answer.status {
        200 => job.waits && has_running(&serde_json::from_slice(&answer.body).unwrap_or_default()),
        status => status == 404 && Instant::now() < until,
    }
}

/// Whether one of these pods has not ended for the API server. Those of the node itself do not end with a shutdown.
fn has_running(pods: &Value) -> bool {
    let text = |pod: &Value, pointer: &str| pod.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    pods.get("items").and_then(Value::as_array).into_iter().flatten().any(|pod| {
        text(pod, "/status/phase").is_some_and(|phase| phase == "Running")
            && pod.pointer("/metadata/annotations/kubernetes.io~1config.mirror").is_none()
    })
}

/// A merge patch of the labels: null takes one away.
fn labels_to_change(job: &NodeJob, node: &Value) -> Map<String, Value> {
    let now = |name: &str| node.pointer("/metadata/labels").and_then(|labels| labels.get(name));
    let wanted = job.labels.iter().filter(|(name, value)| now(name).and_then(Value::as_str) != Some(value));
    let old = job.old_labels.iter().filter(|name| now(name).is_some());
    wanted
        .map(|(name, value)| (name.clone(), json!(value)))
        .chain(old.map(|name| (name.clone(), Value::Null)))
        .collect()
}

/// What differs, as `kubectl taint` wants it. A taint is its key and its effect; a value of "" and none are the same.
fn taints_to_change(job: &NodeJob, node: &Value) -> Vec<String> {
    let now: Vec<_> = node
        .pointer("/spec/taints")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|taint| {
            let text = |field: &str| taint.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
            (text("key"), text("value"), text("effect"))
        })
        .collect();
    let wanted =
        job.taints.iter().filter(|taint| !now.contains(taint)).map(|(key, value, effect)| match value.as_str() {
            "" => format!("{key}:{effect}"),
            value => format!("{key}={value}:{effect}"),
        });
    let old = now.iter().map(|(key, _, effect)| format!("{key}:{effect}")).filter(|one| job.old_taints.contains(one));
    wanted.chain(old.map(|one| format!("{one}-"))).collect()
}

#[cfg(test)]
mod tests;
