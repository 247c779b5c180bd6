//! Paths on the node: where something can be put, and nothing in the way of something else.

use super::text::has_control;
use super::verdict::{Verdict, want};
use crate::core::config::{Kubernetes, MachineConfig, Refusal};
use std::collections::BTreeMap;

/// Filled by the kernel at every boot.
const KERNELS: [&str; 3] = ["/proc", "/sys", "/dev"];
/// Keel's own.
const KEELS: [&str; 3] = ["/keel", "/run/keel", "/etc/kubernetes/manifests"];
/// The root is a read-only image; only below these can something be put.
const WRITABLE: [&str; 5] = ["/etc", "/opt", "/var", "/run", "/tmp"];
/// RAM of this boot by their meaning.
const VOLATILE: [&str; 4] = ["/run", "/tmp", "/var/run", "/var/tmp"];
/// What kubeadm writes at the join. Whatever replaced it would change with the next boot.
const KUBEADMS: [&str; 7] = [
    "/etc/kubernetes/bootstrap-kubelet.conf",
    "/etc/kubernetes/kubelet.conf",
    "/etc/kubernetes/pki/ca.crt",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/kubelet/instance-config.yaml",
    "/var/lib/kubelet/kubeadm-flags.env",
    "/var/lib/kubelet/pki",
];
/// Where Keel itself mounts, and the one file that keelctl puts into Keel's own folder.
const KEELS_MOUNTS: [&str; 2] = ["/keel/state", "/keel/data"];
const CLIENT_CA: &str = "/run/keel/kubelet/client-ca.crt";

const LONGEST: usize = 4095;
const LONGEST_NAME: usize = 255;

pub fn check(config: &MachineConfig) -> Verdict {
    let storage = &config.storage;
    let is_worker = matches!(config.kubernetes, Kubernetes::Worker(_));
    for (i, filesystem) in storage.filesystems.iter().enumerate() {
        let (path, at) = (filesystem.mount_path.as_str(), format!("/storage/filesystems/{i}/mountPath"));
        simple(path, &at)?;
        if !KEELS_MOUNTS.contains(&path) {
            placeable(path, &at, is_mount_place(path))?;
        }
    }
    for (i, persist) in storage.persist.iter().enumerate() {
        let (path, at) = (persist.path.as_str(), format!("/storage/persist/{i}/path"));
        simple(path, &at)?;
        placeable(path, &at, false)?;
        want(place_of(path, &VOLATILE).is_none(), format_args!("{at}"), "is emptied at every boot")?;
    }
    let mut entries = BTreeMap::new();
    let directories = storage.directories.iter().map(|one| (&one.path, false)).enumerate();
    let files = storage.files.iter().map(|one| (&one.path, true)).enumerate();
    let links = storage.links.iter().map(|one| (&one.path, false)).enumerate();
    let all = directories
        .map(|found| ("directories", found))
        .chain(files.map(|found| ("files", found)))
        .chain(links.map(|found| ("links", found)));
    for (section, (i, (path, is_file))) in all {
        let at = format!("/storage/{section}/{i}/path");
        entry(path, &at, is_worker)?;
        want(entries.insert(path.as_str(), (at.clone(), is_file)).is_none(), format_args!("{at}"), "occurs twice")?;
    }
    for (i, link) in storage.links.iter().enumerate() {
        let fits = !link.target.contains('\0') && link.target.len() <= LONGEST && link.target != link.path;
        want(fits, format_args!("/storage/links/{i}/target"), "is not the target of a link")?;
    }
    nested(&entries)
}

/// Whether a filesystem can be mounted there although nothing else can be put there.
fn is_mount_place(path: &str) -> bool {
    path == "/mnt"
}

/// An absolute path without `.`, `..` and doubled slashes, in bytes that the kernel takes.
pub fn simple(path: &str, at: &str) -> Verdict {
    want(path.starts_with('/'), format_args!("{at}"), "is not an absolute path")?;
    want(!has_control(path), format_args!("{at}"), "contains a control character")?;
    let mut names = path.split('/').skip(1);
    let is_name = |name: &str| !matches!(name, "" | "." | "..");
    want(names.clone().all(is_name), format_args!("{at}"), "has a name that is empty, . or ..")?;
    want(
        path.len() <= LONGEST && names.all(|name| name.len() <= LONGEST_NAME),
        format_args!("{at}"),
        "is longer than the kernel allows",
    )
}

fn entry(path: &str, at: &str, is_worker: bool) -> Verdict {
    simple(path, at)?;
    if path != CLIENT_CA {
        placeable(path, at, false)?;
    }
    want(
        !is_worker || place_of(path, &KUBEADMS).is_none(),
        format_args!("{at}"),
        "belongs to kubeadm, which writes it when the node joins",
    )
}

fn placeable(path: &str, at: &str, is_mount_place: bool) -> Verdict {
    for (places, whose) in [(&KERNELS[..], "the kernel, which fills it"), (&KEELS[..], "Keel itself")] {
        if let Some(place) = place_of(path, places) {
            return Err(Refusal::new(at, format!("is in {place}, which belongs to {whose}")));
        }
    }
    let fits = is_mount_place || WRITABLE.iter().any(|place| path != *place && place_of(path, &[place]).is_some());
    want(fits, format_args!("{at}"), "is on the read-only image; there is room below /etc, /opt, /var, /run and /tmp")
}

/// The place that the path is, or is in.
fn place_of<'a>(path: &str, places: &[&'a str]) -> Option<&'a str> {
    let is_in = |place: &&str| path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    places.iter().copied().find(|place| is_in(place))
}

/// Nothing is below a file.
fn nested(entries: &BTreeMap<&str, (String, bool)>) -> Verdict {
    for (path, (at, _)) in entries {
        let parents = path.match_indices('/').skip(1).filter_map(|(end, _)| path.get(..end));
        let is_file = |parent: &str| entries.get(parent).is_some_and(|(_, is_file)| *is_file);
        want(!parents.into_iter().any(is_file), format_args!("{at}"), "is below a path that is a file")?;
    }
    Ok(())
}
