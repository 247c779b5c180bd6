use super::*;
use crate::core::error::Code;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../schema/event/v1.json")).unwrap()
}

/// One of each, with every optional field.
fn one_of_each() -> Vec<Body> {
    let error = Error { errno: Some(5), ..Error::new(Code::Bug, "write", "x").with_detail("d").with_pointer("/a") };
    let usage = Usage {
        init_peak_rss_bytes: 1,
        children_peak_rss_bytes: 1,
        mem_total_bytes: 2,
        mem_available_bytes: 1,
        processes: vec!["a".into()],
        listeners: Vec::new(),
    };
    vec![
        Body::BootStarted { init_version: "0".into(), kernel_version: "6".into() },
        Body::StageStarted { stage: "disks" },
        Body::StageFinished { stage: "disks", duration_ms: 1 },
        Body::SourceAnswered {
            source: "fw-cfg",
            answer: SourceVerdict::Config,
            sha256: Some("a".into()),
            bytes: Some(1),
        },
        Body::GenerationChosen {
            generation: Generation::Current,
            source: "state",
            sha256: "a".into(),
            api_version: "keel/v1".into(),
            passed_over: vec![PassedOver { generation: Generation::Staged, why: WhyNot::NotSteady }],
        },
        Body::GenerationStaged { source: "fw-cfg".into(), sha256: "a".into(), api_version: "keel/v1".into() },
        Body::GenerationCommitted { sha256: "a".into() },
        Body::ImageStarted {
            version: "1".into(),
            entry: "keel-2-1.efi".into(),
            state: SlotImageState::Trial,
            boots: Some(1),
        },
        Body::ImageGood { version: "1".into(), entry: "keel-2-1.efi".into() },
        Body::UpdateRolledBack {
            from: "2".into(),
            to: "1".into(),
            cause: Cause::Failed,
            stage: Some("verify".into()),
            code: Some("config-refused".into()),
        },
        Body::PlatformDetected { platform: "aws", by: DetectedBy::Firmware },
        Body::NetworkFound {
            origin: NetworkOrigin::CommandLine,
            used: false,
            left_out: vec!["a".into()],
            only_there: vec!["DHCPv4".into()],
            only_config: vec!["address 192.0.2.10/24".into()],
        },
        Body::WatchdogStarted { device: "/dev/watchdog0".into(), identity: "a".into(), timeout_ms: 1 },
        Body::WatchdogReset { device: "/dev/watchdog0".into(), identity: "a".into() },
        Body::HealthChanged { healthy: true, failing: Vec::new() },
        Body::NodeHealthy { duration_ms: 1 },
        Body::NodeUnhealthy {
            failing: vec![FailingProbe { probe: "node-ready".into(), detail: "a".into() }],
            duration_ms: 1,
        },
        Body::FirewallSet { links: vec!["eth0".into()], rules: 9, guarded: vec!["169.254.169.254".into()] },
        Body::LinkConfigured {
            interface: "eth0".into(),
            method: Method::Dhcp,
            address: "192.0.2.10/24".into(),
            gateway: Some("192.0.2.1".into()),
            nameservers: vec!["192.0.2.53".into()],
            lease_ms: Some(1),
            left_out: Some(1),
        },
        Body::LinkChanged {
            interface: "eth1".into(),
            change: LinkChange::Joined,
            of: Some("bond0".into()),
            left_out: Some(1),
        },
        Body::LeaseLost { interface: "eth0".into(), address: "192.0.2.10".into() },
        Body::LeaseRenewed { interface: "eth0".into(), address: "192.0.2.10".into(), lease_ms: Some(1) },
        Body::WireguardKey { interface: "wg0".into(), public_key: "a".into() },
        Body::ClockSet { by: ClockOrigin::Ntp, server: Some("a".into()), offset_ms: -1 },
        Body::PlanMade { phase: Phase::Storage, actions: 1, durable: 1 },
        Body::SpaceUnused { device: "/dev/vda".into(), partition: "KEEL-DATA".into(), bytes: 1 },
        Body::ActionFinished {
            action: ActionKind::WriteTable,
            object: "/dev/vda".into(),
            durable: true,
            duration_ms: 1,
        },
        Body::ImageReady { path: "/a".into(), imported: true, duration_ms: 1 },
        Body::ProcessStarted { process: Process::Kubelet, pid: 2, restarts: 0 },
        Body::ProcessConfigured { process: Process::Kubeadm },
        Body::ProcessReady { process: Process::Containerd, pid: 2 },
        Body::ProcessExited {
            process: Process::Kubelet,
            pid: 2,
            wanted: false,
            exit_code: Some(1),
            signal: Some(9),
            restart_in_ms: Some(100),
            last_lines: Vec::new(),
        },
        Body::ProcessOutput { process: Process::Kubeadm, line: "a".into() },
        Body::Joined { node_name: "n".into(), attempts: 1, duration_ms: 1 },
        Body::ReadyReported { platform: "azure", attempts: 1 },
        Body::PodsDrained { complete: true, duration_ms: 1 },
        Body::Steady { usage: usage.clone() },
        Body::UsageMeasured { usage },
        Body::Failed { fatal: true, error, retry_in_ms: Some(1) },
        Body::ShutdownStarted { reason: Reason::PowerButton, then: Then::PowerOff },
        Body::ShutdownFinished { then: Then::PowerOff, clean: true },
    ]
}

fn keys(object: &Value) -> BTreeSet<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

fn names(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_event_of_the_schema_has_exactly_its_fields() {
    let schema = schema();
    let variants = schema.pointer("/oneOf").unwrap().as_array().unwrap();
    assert_eq!(variants.len(), one_of_each().len());
    for body in one_of_each() {
        let event = serde_json::to_value(Event { v: VERSION, seq: 1, boot_id: "b", mono_ms: 2, body: &body }).unwrap();
        let variant =
            variants.iter().find(|variant| variant.pointer("/properties/type/const") == event.get("type")).unwrap();
        assert_eq!(keys(&event), keys(variant.get("properties").unwrap()), "{event}");
        assert!(names(variant.get("required").unwrap()).is_subset(&keys(&event)));
    }
}

#[test]
fn nested_objects_have_exactly_their_fields() {
    let schema = schema();
    let of = |name: &str| keys(schema.pointer(&format!("/definitions/{name}/properties")).unwrap());
    for body in one_of_each() {
        let event = serde_json::to_value(&body).unwrap();
        for (field, name) in [("usage", "Usage"), ("error", "Error")] {
            if let Some(object) = event.get(field) {
                assert_eq!(keys(object), of(name));
            }
        }
        if let Some(object) = event.pointer("/passedOver/0") {
            assert_eq!(keys(object), of("PassedOver"));
        }
    }
}

#[test]
fn the_error_codes_are_those_of_the_schema_and_each_has_a_remedy() {
    let schema = schema();
    let codes = schema.pointer("/definitions/ErrorCode/oneOf").unwrap().as_array().unwrap().clone();
    for code in &codes {
        let known: Code = serde_json::from_value(code.get("const").unwrap().clone()).unwrap();
        assert!(!crate::pid1::remedy::remedy(known).is_empty());
    }
    // Codes are numbered from 0, so the last one tells how many there are.
    assert_eq!(codes.len(), Code::Bug as usize + 1);
}

#[test]
fn the_values_of_enums_are_those_of_the_schema() {
    let schema = schema();
    let of = |pointer: &str| names(schema.pointer(pointer).unwrap());
    let written =
        |values: &[Value]| values.iter().map(|value| value.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>();
    use ActionKind::*;
    let kinds = [
        RepairTable,
        WriteTable,
        AddPartition,
        MakeFilesystem,
        FinishPartition,
        MakeDirectory,
        WriteFile,
        SetOwnerMode,
        MakeLink,
    ];
    assert_eq!(written(&kinds.map(|kind| json!(kind))), of("/definitions/ActionKind/enum"));
    assert_eq!(
        written(&[Process::Containerd, Process::Kubelet, Process::Kubeadm].map(|process| json!(process))),
        of("/definitions/Process/enum")
    );
    use LinkChange::*;
    let changes = [Appeared, Gone, Joined, Left, CarrierLost, CarrierFound, CarrierMissing].map(|one| json!(one));
    let of_links = schema.pointer("/oneOf").unwrap().as_array().unwrap();
    let of_links = of_links.iter().find(|event| event.get("title") == Some(&json!("LinkChanged"))).unwrap();
    assert_eq!(written(&changes), names(of_links.pointer("/properties/change/enum").unwrap()));
    let generations = [Generation::Staged, Generation::Current, Generation::Previous].map(|one| json!(one));
    assert_eq!(written(&generations), of("/definitions/Generation/enum"));
    let reasons = [WhyNot::NotSteady, WhyNot::Damaged, WhyNot::Refused, WhyNot::TooNew, WhyNot::TooOld];
    assert_eq!(written(&reasons.map(|why| json!(why))), of("/definitions/PassedOver/properties/why/enum"));
    let sources: BTreeSet<String> = crate::sources::all().map(|source| source.name.to_owned()).collect();
    assert_eq!(sources, of("/oneOf/4/properties/source/enum"));
}
