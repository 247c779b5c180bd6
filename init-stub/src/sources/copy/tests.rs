use super::*;
use crate::scratch::Scratch;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

const WORKER: &[u8] = br#"{"apiVersion":"keel/v1","kind":"MachineConfig","kubernetes":{"role":"worker","discovery":{"type":"token","token":"abcdef.0123456789abcdef"},"labels":[]},"hostname":{"type":"fixed","name":"w"}}"#;

fn origin(document: &[u8]) -> Origin {
    let digest = hex(&Sha256::digest(document));
    Origin {
        source: "nocloud".into(),
        sha256: digest.clone(),
        kept_sha256: digest,
        smbios_uuid: Some("4c4c4544-0042".into()),
        instance_id: None,
    }
}

fn inode(state: &Path) -> u64 {
    fs::metadata(state.join("config/machine.json")).unwrap().ino()
}

#[test]
fn a_copy_is_for_root_alone_and_is_not_written_twice() {
    let state = Scratch::new("copy-once");
    update(&state, WORKER, origin(WORKER)).unwrap();
    let (document, kept) = read(&state).unwrap();
    assert_eq!((document.as_slice(), kept), (WORKER, origin(WORKER)));
    assert_eq!(fs::metadata(state.join("config/machine.json")).unwrap().permissions().mode() & 0o7777, 0o600);
    let first = inode(&state);
    update(&state, WORKER, origin(WORKER)).unwrap();
    assert_eq!(inode(&state), first);
}

#[test]
fn a_changed_document_and_a_damaged_copy_are_written_again() {
    let state = Scratch::new("copy-changed");
    update(&state, WORKER, origin(WORKER)).unwrap();
    update(&state, b"{}", origin(b"{}")).unwrap();
    assert_eq!(read(&state).unwrap().0, b"{}");
    fs::write(state.join("config/machine.json"), "{ }").unwrap();
    assert!(read(&state).is_err());
    update(&state, b"{}", origin(b"{}")).unwrap();
    assert_eq!(read(&state).unwrap().0, b"{}");
    assert_eq!(fs::read_dir(&*state).unwrap().count(), 1, "no other file is left");
}

#[test]
fn a_copy_that_is_larger_than_any_document_is_damaged_and_not_read_to_its_end() {
    let state = Scratch::new("copy-large");
    update(&state, b"{}", origin(b"{}")).unwrap();
    fs::File::options().write(true).open(state.join("config/machine.json")).unwrap().set_len(1 << 40).unwrap();
    assert!(read(&state).unwrap_err().to_string().contains("digest"));
}

#[test]
fn after_the_join_the_token_is_in_no_file_and_the_same_config_does_not_bring_it_back() {
    let state = Scratch::new("copy-joined");
    update(&state, WORKER, origin(WORKER)).unwrap();
    forget_discovery(&state).unwrap();
    let (document, kept) = read(&state).unwrap();
    let config: Value = serde_json::from_slice(&document).unwrap();
    assert_eq!(config.pointer("/kubernetes/discovery"), Some(&json!({ "type": "joined" })));
    assert_eq!(config.pointer("/kubernetes/role"), Some(&json!("worker")));
    assert_eq!(kept.sha256, origin(WORKER).sha256);
    let first = inode(&state);
    update(&state, WORKER, origin(WORKER)).unwrap();
    forget_discovery(&state).unwrap();
    assert_eq!(inode(&state), first);
}

#[test]
fn a_state_without_a_copy_has_nothing_to_forget() {
    forget_discovery(&Scratch::new("copy-none")).unwrap();
}

#[test]
fn what_a_cut_left_unfinished_is_removed() {
    let state = Scratch::new("copy-cut");
    update(&state, WORKER, origin(WORKER)).unwrap();
    fs::create_dir(state.join(TEMPORARY)).unwrap();
    fs::write(state.join(TEMPORARY).join(DOCUMENT), "half").unwrap();
    update(&state, WORKER, origin(WORKER)).unwrap();
    assert!(!state.join(TEMPORARY).exists());
    assert_eq!(read(&state).unwrap().0, WORKER);
}
