use super::*;
use crate::core::config;
use crate::core::plan::{files, persist, persist_source};
use crate::disk::observe::{self, wanted};
use crate::scratch::Scratch;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;

/// A folder that stands for `/` and goes away with the test.
struct Root(Scratch);

impl Root {
    fn new(name: &str) -> Self {
        Self(Scratch::new(&format!("paths-{name}")))
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.join(path.trim_start_matches('/'))
    }

    /// Everything below, sorted: path, kind and permission bits, and content or target.
    fn tree(&self) -> Vec<String> {
        let (mut todo, mut lines) = (vec![self.0.to_path_buf()], Vec::new());
        while let Some(directory) = todo.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                let (seen, name) =
                    (fs::symlink_metadata(&path).unwrap(), path.strip_prefix(&*self.0).unwrap().display().to_string());
                if seen.is_symlink() {
                    lines.push(format!("{name} -> {}", fs::read_link(&path).unwrap().display()));
                } else if seen.is_dir() {
                    lines.push(format!("{name}/ {:o}", seen.mode() & 0o7777));
                    todo.push(path);
                } else {
                    lines.push(format!(
                        "{name} {:o} {}",
                        seen.mode() & 0o7777,
                        fs::read_to_string(&path).unwrap().escape_debug()
                    ));
                }
            }
        }
        lines.sort();
        lines
    }
}

/// A config with these entries of the storage section; `ME` in an entry stands for our own owner.
fn config(directories: &[&str], files: &[&str], links: &[&str]) -> MachineConfig {
    let owner = format!(r#""uid":{},"gid":{}"#, rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    let list = |items: &[&str]| items.join(",").replace("ME", &owner);
    let text = format!(
        r#"{{"apiVersion":"keel/v1.4","kind":"MachineConfig","hostname":{{"type":"fixed","name":"n"}},"kernel":{{"modules":[],"sysctl":[]}},"network":{{"links":[],"nameservers":[],"routeTimeoutMs":60000}},
        "time":{{"servers":[],"timeoutMs":10000}},
"storage":{{"disks":[],"filesystems":[{{"partition":"S","format":"ext4","mountPath":"/keel/state","mountOptions":[]}}],
        "persist":[{{"path":"/var/lib/app","partition":"S","mode":488,{owner}}}],"directories":[{}],"files":[{}],"links":[{}]}},
        "kubernetes":{{"role":"none"}},"onFailure":{{"action":"halt"}}}}"#,
        list(directories),
        list(files),
        list(links)
    );
    config::parse(text.as_bytes()).unwrap()
}

/// As the worker does it.
fn sync(directories: &[String]) -> std::result::Result<(), Interrupt> {
    for directory in directories {
        rustix::fs::syncfs(fs::File::open(directory).unwrap()).unwrap();
    }
    Ok(())
}

fn plan_of(root: &Root, config: &MachineConfig) -> Result<Vec<Action>> {
    files(config, &observe::paths(&root.0, wanted(&config.storage)).unwrap())
}

/// Plans, carries out, and expects the next plan to be empty. Returns what was done.
fn provision(root: &Root, config: &MachineConfig) -> Vec<String> {
    let actions = plan_of(root, config).unwrap();
    let mut paths = Paths::new(&root.0, config).unwrap();
    for group in actions.chunk_by(|a, b| {
        matches!((&a.operation, &b.operation), (Operation::WriteFile { .. }, Operation::WriteFile { .. }))
    }) {
        paths.apply(group, &mut sync).unwrap();
    }
    paths.finish(&mut sync).unwrap();
    assert_eq!(plan_of(root, config).unwrap(), [], "the second plan is empty");
    actions.iter().map(|action| format!("{:?} {}", action.operation.kind(), action.object)).collect()
}

const FILE: &str = r#"{"path":"/a/b/f","mode":416,ME,"contents":{"type":"text","text":"one\n"}}"#;

#[test]
fn directories_files_and_links_are_made_once() {
    let root = Root::new("once");
    let binary = r#"{"path":"/a/empty","mode":2541,ME,"contents":{"type":"base64","base64":""}}"#;
    let all =
        config(&[r#"{"path":"/a","mode":448,ME}"#], &[FILE, binary], &[r#"{"path":"/a/l","target":"../nowhere"}"#]);
    // A parent that nobody named belongs to root, so only root can make it.
    if !rustix::process::getuid().is_root() {
        fs::create_dir_all(root.at("/a/b")).unwrap();
        fs::set_permissions(root.at("/a"), fs::Permissions::from_mode(0o755)).unwrap();
        provision(&root, &all);
        return;
    }
    assert_eq!(
        provision(&root, &all),
        ["MakeDirectory /a", "MakeDirectory /a/b", "WriteFile /a/b/f", "WriteFile /a/empty", "MakeLink /a/l"]
    );
    assert_eq!(root.tree(), ["a/ 700", "a/b/ 755", "a/b/f 640 one\\n", "a/empty 4755 ", "a/l -> ../nowhere"]);
}

#[test]
fn only_what_differs_is_changed() {
    let root = Root::new("differs");
    fs::create_dir_all(root.at("/a/b")).unwrap();
    let link = r#"{"path":"/a/l","target":"new"}"#;
    let all = config(&[], &[FILE], &[link]);
    provision(&root, &all);
    fs::write(root.at("/a/b/f"), "two\n").unwrap();
    assert_eq!(provision(&root, &all), ["WriteFile /a/b/f"]);
    fs::write(root.at("/a/b/f"), "longer\n").unwrap();
    assert_eq!(provision(&root, &all), ["WriteFile /a/b/f"]);
    fs::set_permissions(root.at("/a/b/f"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(provision(&root, &all), ["SetOwnerMode /a/b/f"]);
    fs::remove_file(root.at("/a/l")).unwrap();
    symlink("old", root.at("/a/l")).unwrap();
    assert_eq!(provision(&root, &all), ["MakeLink /a/l"]);
}

#[test]
fn a_temporary_file_that_a_cut_left_is_replaced() {
    let root = Root::new("cut");
    fs::create_dir_all(root.at("/a/b/.keel~new-f")).unwrap();
    fs::write(root.at("/a/.keel~new-l"), "half").unwrap();
    provision(&root, &config(&[], &[FILE], &[r#"{"path":"/a/l","target":"x"}"#]));
    assert!(!root.tree().iter().any(|line| line.contains("keel~new")), "{:?}", root.tree());
}

#[test]
fn what_a_cut_left_goes_although_the_next_config_does_not_name_it() {
    let root = Root::new("dropped");
    fs::create_dir_all(root.at("/keel/state/lost+found")).unwrap();
    fs::create_dir_all(root.at("/a/b")).unwrap();
    let wanted = config(&[], &[FILE], &[]);
    let file = wanted.storage.files.first().unwrap();
    // Cut off between the bytes and the name.
    let mut paths = Paths::new(&root.0, &wanted).unwrap();
    let cut = paths.noting(&["/a/b/f"], &mut sync, |paths, _| {
        paths.write_temporary(file).unwrap();
        Err(Error::new(Code::Bug, "cut", "here").into())
    });
    assert!(cut.is_err());
    assert!(root.at("/a/b/.keel~new-f").exists());
    let next = config(&[], &[], &[]);
    Paths::new(&root.0, &next).unwrap().sweep(&mut sync).unwrap();
    assert!(!root.at("/a/b/.keel~new-f").exists());
    assert!(!root.at("/keel/state/unfinished").exists());
    provision(&root, &wanted);
    assert!(!root.at("/keel/state/unfinished").exists());
}

#[test]
fn another_kind_in_the_way_is_refused_and_a_link_is_not_followed() {
    let root = Root::new("occupied");
    fs::create_dir_all(root.at("/a/b/f")).unwrap();
    fs::write(root.at("/file"), "").unwrap();
    symlink("/a", root.at("/link")).unwrap();
    let refusal = |config: &MachineConfig| {
        let error = plan_of(&root, config).unwrap_err();
        (error.code, error.object, error.detail.unwrap_or_default(), error.pointer.unwrap_or_default())
    };
    let occupied = |object: &str, detail: &str, pointer: &str| {
        (Code::PathOccupied, object.to_owned(), detail.to_owned(), pointer.to_owned())
    };
    assert_eq!(
        refusal(&config(&[], &[FILE], &[])),
        occupied("/a/b/f", "a directory is where a file must be", "/storage/files/0")
    );
    assert_eq!(
        refusal(&config(&[r#"{"path":"/link","mode":493,ME}"#], &[], &[])),
        occupied("/link", "a link is where a directory must be", "/storage/directories/0")
    );
    assert_eq!(
        refusal(&config(&[], &[], &[r#"{"path":"/file/l","target":"x"}"#])),
        occupied("/file", "a file is where a directory must be", "/storage/links/0")
    );
    // A parent may be a link, and it leads to a place below the root.
    provision(&root, &config(&[], &[r#"{"path":"/link/f","mode":420,ME,"contents":{"type":"text","text":"x"}}"#], &[]));
    assert_eq!(fs::read_to_string(root.at("/a/f")).unwrap(), "x");
}

#[test]
fn bad_base64_is_refused_with_its_place() {
    let root = Root::new("base64");
    let error = plan_of(
        &root,
        &config(&[], &[r#"{"path":"/f","mode":420,ME,"contents":{"type":"base64","base64":"a"}}"#], &[]),
    )
    .unwrap_err();
    assert_eq!((error.code, error.pointer.as_deref()), (Code::ConfigRefused, Some("/storage/files/0/contents/base64")));
}

#[test]
fn a_persistent_directory_is_made_once_and_then_left_alone() {
    let root = Root::new("persist");
    fs::create_dir_all(root.at("/keel/state/persist/var/lib")).unwrap();
    let config = config(&[], &[], &[]);
    let source = persist_source(&config, &config.storage.persist[0]).unwrap();
    assert_eq!(source, "/keel/state/persist/var/lib/app");
    let plan = || {
        persist(&config, &observe::paths(&root.0, [observe::Wanted { path: &source, size_bytes: None }]).unwrap())
            .unwrap()
    };
    let mut paths = Paths::new(&root.0, &config).unwrap();
    plan().chunks(1).for_each(|action| paths.apply(action, &mut sync).unwrap());
    assert_eq!(fs::metadata(root.at(&source)).unwrap().mode() & 0o7777, 0o750);
    fs::set_permissions(root.at(&source), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(plan(), []);
}

#[test]
fn a_plan_of_another_config_is_a_fault_of_keels_and_changes_nothing() {
    let root = Root::new("other-config");
    let planned = config(&[], &[FILE], &[]);
    let actions = plan_of(&root, &planned).unwrap();
    let write = actions.iter().position(|action| matches!(action.operation, Operation::WriteFile { .. })).unwrap();
    let without = config(&[], &[], &[]);
    let error = Paths::new(&root.0, &without).unwrap().apply(&actions[write..=write], &mut sync);
    assert_eq!(error.unwrap_err().failure().unwrap().code, Code::Bug);
    assert!(root.tree().is_empty());
}
