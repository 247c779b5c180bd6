//! What the platform tells of a node: the id by which its controllers know the machine, and labels. They become part of what the
//! config asks for, and what it says itself wins.

use super::{Record, change_worker};
use crate::core::config::{Label, Worker};
use crate::core::error::{Code, Error};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sources::metadata::learn_node;
use serde_json::{Map, Value};

const PROVIDER_ID: &str = "providerID";

/// Adds to the node's config what the platform tells, where the config asks for that. A node that has joined has what it registered
/// with; any other machine asks, for a while, and goes on without. So does one whose power was cut before it could write that down.
pub fn add_platform(node: &mut Node, is_joined: bool) -> Result<(), Interrupt> {
    let config = node.config()?;
    if super::worker(&config).is_none_or(|worker| worker.node_labels_from.is_none()) {
        return Ok(());
    }
    let facts = match Record::read().filter(|_| is_joined) {
        Some(record) => record.platform,
        None => learn(node)?,
    };
    drop(config);
    change_worker(node, |worker| apply(worker, facts))
}

fn learn(node: &mut Node) -> Result<Option<String>, Interrupt> {
    let (facts, wrong) = learn_node(node)?;
    if let Some(detail) = wrong {
        let error = Error::new(Code::PlatformFactsMissing, "ask", "platform").with_detail(detail);
        node.warn(error.with_pointer("/kubernetes/nodeLabelsFrom"), None);
    }
    Ok(Some(facts))
}

fn apply(worker: &mut Worker, facts: Option<String>) {
    for (name, value) in &object(facts.as_deref().unwrap_or_default()) {
        if name != PROVIDER_ID {
            if worker.labels.iter().all(|label| label.name != *name) {
                let value = value.as_str().unwrap_or_default().to_owned();
                worker.labels.push(Label { name: name.clone(), value });
            }
        } else if worker.kubelet_extra_args.iter().all(|argument| argument.name != "provider-id") {
            let mut patch = object(&worker.kubelet_patch);
            if !patch.contains_key(PROVIDER_ID) {
                patch.insert(PROVIDER_ID.into(), value.clone());
            }
            worker.kubelet_patch = Value::Object(patch).to_string();
        }
    }
    worker.platform_facts = facts;
}

fn object(text: &str) -> Map<String, Value> {
    serde_json::from_slice(text.as_bytes()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::join::example;
    use crate::core::config::ExtraArg;
    use serde_json::json;

    fn with_facts(mut worker: Worker) -> (Value, Vec<String>) {
        let facts = json!({ "providerID": "aws:///a/i-1", "zone": "b", "region": "r" });
        apply(&mut worker, Some(facts.to_string()));
        let labels = worker.labels.iter().map(|label| format!("{}={}", label.name, label.value)).collect();
        (serde_json::from_slice(worker.kubelet_patch.as_bytes()).unwrap(), labels)
    }

    #[test]
    fn what_the_platform_tells_is_added_and_what_the_config_says_stays() {
        let worker = example(json!({ "type": "joined" }));
        let (patch, labels) = with_facts(worker.clone());
        assert_eq!(patch, json!({ "maxPods": 20, "providerID": "aws:///a/i-1" }));
        assert_eq!(labels, ["zone=a", "empty=", "region=r"]);
        let own = Worker { kubelet_patch: "{\"providerID\":\"mine\"}".into(), ..worker.clone() };
        assert_eq!(with_facts(own).0, json!({ "providerID": "mine" }));
        let flag = ExtraArg { name: "provider-id".into(), value: "mine".into() };
        assert_eq!(with_facts(Worker { kubelet_extra_args: vec![flag], ..worker }).0, json!({ "maxPods": 20 }));
    }
}
