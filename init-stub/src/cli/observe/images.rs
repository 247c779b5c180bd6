//! What a boot would find at the paths of a config on disk images, once their filesystems are mounted and what persists is
//! bound to its place. Paths in RAM are not looked at: they are created again at every boot.

use super::debugfs::Ext4;
use crate::core::config::{MachineConfig, Persist};
use crate::core::gpt::MAKING;
use crate::core::observation::{Kind, Observation, Paths, Seen, ancestors};
use crate::core::plan::{Action, Operation, persist_source, select, storage};
use crate::disk::observe::{Wanted, wanted};
use std::collections::{BTreeMap, BTreeSet};

/// As many links as the kernel follows in one path.
const MOST_LINKS: u32 = 40;

/// None: the disks are refused, and nobody gets as far as files.
pub fn paths(config: &MachineConfig, seen: &Observation) -> Result<Option<Paths>, String> {
    let Ok(actions) = storage(config, seen) else { return Ok(None) };
    let mut tree = Tree { config, filesystems: filesystems(config, seen, &actions)?, known: BTreeMap::new() };
    let (mut paths, mut parents) = (Paths { only_disks: true, ..Paths::default() }, BTreeSet::new());
    let sources: Vec<String> =
        config.storage.persist.iter().filter_map(|persist| persist_source(config, persist)).collect();
    let of_sources = sources.iter().map(|path| Wanted { path, size_bytes: None });
    for one in of_sources.chain(wanted(&config.storage)) {
        parents.extend(ancestors(one.path));
        paths.named.extend(tree.look(one.path, false, one.size_bytes)?.map(|seen| (one.path.to_owned(), seen)));
    }
    for parent in parents {
        paths.parents.extend(tree.look(parent, true, None)?.map(|seen| (parent.to_owned(), seen)));
    }
    Ok(Some(paths))
}

/// A filesystem of the config by its mount path.
struct Mounted<'a> {
    path: &'a str,
    /// None: it is made by this boot, and empty.
    content: Option<Ext4>,
    /// For messages.
    image: String,
}

/// Each filesystem, as it is once the storage plan is carried out.
fn filesystems<'a>(
    config: &'a MachineConfig,
    seen: &Observation,
    actions: &[Action],
) -> Result<Vec<Mounted<'a>>, String> {
    let is_made = |wanted: &str| {
        let of =
            |action: &Action| matches!(action.operation, Operation::MakeFilesystem { .. }) && action.object == wanted;
        actions.iter().any(of)
    };
    let mut found = Vec::new();
    for filesystem in &config.storage.filesystems {
        let label = filesystem.partition.as_str();
        let holder = config.storage.disks.iter().find(|disk| disk.partitions.iter().any(|p| p.label == label));
        let Some(disk) = holder.and_then(|disk| select(&disk.selector, seen).ok()) else { continue };
        let mut entries = disk.table.iter().flat_map(|table| &table.partitions).map(|partition| &partition.entry);
        let entry = entries.find(|entry| entry.label == label && entry.type_guid != MAKING);
        let content = match entry.filter(|_| !is_made(label)) {
            Some(entry) => Some(
                Ext4::open(&disk.device, entry.first_sector * disk.geometry.sector())
                    .map_err(|problem| format!("{} ({label}): {problem}", disk.device))?,
            ),
            None => None,
        };
        found.push(Mounted { path: &filesystem.mount_path, content, image: format!("{} ({label})", disk.device) });
    }
    Ok(found)
}

/// The node's tree, as far as it is on disks.
struct Tree<'a> {
    config: &'a MachineConfig,
    filesystems: Vec<Mounted<'a>>,
    /// What was looked at already, without hashes.
    known: BTreeMap<String, Option<Seen>>,
}

impl Tree<'_> {
    /// What is at a path; links in it are followed, one in the last place only if `follow` says so.
    fn look(&mut self, path: &str, follow: bool, hashed_size: Option<u64>) -> Result<Option<Seen>, String> {
        let mut left: Vec<String> = names(path).map(str::to_owned).collect();
        let (mut here, mut links) = (String::new(), 0);
        let mut found = self.entry("/")?;
        while let Some(name) = left.pop() {
            if name == ".." {
                here = here.rsplit_once('/').map(|(above, _)| above.to_owned()).unwrap_or_default();
                found = self.entry(if here.is_empty() { "/" } else { &here })?;
                continue;
            }
            let next = format!("{here}/{name}");
            let Some(seen) = self.entry(&next)? else { return Ok(None) };
            match &seen.target {
                Some(target) if follow || !left.is_empty() => {
                    links += 1;
                    if links > MOST_LINKS {
                        return Ok(None);
                    }
                    if target.starts_with('/') {
                        here.clear();
                    }
                    left.extend(names(target).map(str::to_owned));
                    continue;
                }
                _ if left.is_empty() && hashed_size.is_some() => return self.read(&next, hashed_size),
                _ => {}
            }
            if seen.kind != Kind::Directory && !left.is_empty() {
                return Ok(None);
            }
            (here, found) = (next, Some(seen));
        }
        Ok(found)
    }

    /// What is at a path whose parents are not links.
    fn entry(&mut self, path: &str) -> Result<Option<Seen>, String> {
        if let Some(known) = self.known.get(path) {
            return Ok(known.clone());
        }
        let seen = self.read(path, None)?;
        self.known.insert(path.to_owned(), seen.clone());
        Ok(seen)
    }

    fn read(&self, path: &str, hashed_size: Option<u64>) -> Result<Option<Seen>, String> {
        let bound = self.bound_to(path);
        let place = match bound {
            Some((persist, rest)) => persist_source(self.config, persist).map(|source| format!("{source}{rest}")),
            None => Some(path.to_owned()),
        };
        let on_disk = place.as_deref().and_then(|place| self.mounted_at(place));
        let Some((filesystem, inside)) = on_disk else {
            return Ok(self.leads_to_a_disk(path).then(|| directory([0o755, 0, 0], false)));
        };
        let seen = match &filesystem.content {
            Some(content) => {
                content.look(inside, hashed_size).map_err(|problem| format!("{}: {problem}", filesystem.image))?
            }
            // All that mke2fs makes.
            None if inside == "/" => Some(directory([0o755, 0, 0], true)),
            None if inside == "/lost+found" => Some(directory([0o700, 0, 0], true)),
            None => None,
        };
        // What persists is there once it is bound, made just before if need be.
        let made = bound.filter(|(_, rest)| rest.is_empty()).map(|(persist, _)| persist);
        Ok(seen.or_else(|| made.map(|persist| directory([persist.mode, persist.uid, persist.gid], true))))
    }

    /// The innermost persistent path that a path is in, and what is left of it. What is bound hides what is mounted below.
    fn bound_to<'p>(&self, path: &'p str) -> Option<(&Persist, &'p str)> {
        let inside =
            self.config.storage.persist.iter().filter_map(|persist| Some((persist, below(path, &persist.path)?)));
        inside.min_by_key(|(_, rest)| rest.len())
    }

    /// The innermost filesystem that a path is on, and the path inside of it.
    fn mounted_at<'p>(&self, path: &'p str) -> Option<(&Mounted<'_>, &'p str)> {
        let on = self.filesystems.iter().filter_map(|mounted| Some((mounted, below(path, mounted.path)?)));
        on.min_by_key(|(_, rest)| rest.len()).map(|(mounted, rest)| (mounted, if rest.is_empty() { "/" } else { rest }))
    }

    /// Directories in RAM that are there so that something can be mounted below them.
    fn leads_to_a_disk(&self, path: &str) -> bool {
        let mounts = self.filesystems.iter().map(|mounted| mounted.path);
        let mut all = mounts.chain(self.config.storage.persist.iter().map(|persist| persist.path.as_str()));
        path == "/" || all.any(|mount| below(mount, path).is_some())
    }
}

/// The names of a path, the last one first.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit('/').filter(|name| !matches!(*name, "" | "."))
}

/// What is left of a path in a directory, with the slash in front; empty if it is the directory itself.
fn below<'p>(path: &'p str, directory: &str) -> Option<&'p str> {
    path.strip_prefix(directory).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn directory([mode, uid, gid]: [u32; 3], durable: bool) -> Seen {
    Seen { kind: Kind::Directory, mode, uid, gid, durable, sha256: None, target: None }
}
