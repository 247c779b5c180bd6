//! What must be done so that directories, files and links are as the config says.

use super::{Action, Operation};
use crate::core::config::{File, MachineConfig, Persist};
use crate::core::error::{Code, Error, Result};
use crate::core::observation::{Kind, Paths, Seen};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Mode of a parent directory that nobody named.
const PARENT_MODE: u32 = 0o755;

/// Directories, then files, then links, each in the order of the config.
pub fn files(config: &MachineConfig, seen: &Paths) -> Result<Vec<Action>> {
    let mut plan = Plan { seen, made: BTreeMap::new(), actions: Vec::new() };
    let storage = &config.storage;
    for (i, directory) in storage.directories.iter().enumerate() {
        plan.directory(
            &directory.path,
            [directory.mode, directory.uid, directory.gid],
            &format!("/storage/directories/{i}"),
        )?;
    }
    for (i, file) in storage.files.iter().enumerate() {
        plan.file(i, file, &format!("/storage/files/{i}"))?;
    }
    for (i, link) in storage.links.iter().enumerate() {
        plan.link(&link.path, &link.target, &format!("/storage/links/{i}"))?;
    }
    Ok(plan.actions)
}

/// The directories on disks in which persistent paths live. One that is there keeps its mode and owner: from the
/// first boot on they belong to its users.
pub fn persist(config: &MachineConfig, seen: &Paths) -> Result<Vec<Action>> {
    let mut plan = Plan { seen, made: BTreeMap::new(), actions: Vec::new() };
    for (i, persist) in config.storage.persist.iter().enumerate() {
        let pointer = format!("/storage/persist/{i}");
        let source = persist_source(config, persist).ok_or_else(|| {
            Error::new(Code::ConfigRefused, "plan", &persist.path)
                .with_detail("no filesystem is on this partition")
                .with_pointer(format!("{pointer}/partition"))
        })?;
        plan.parents(&source, &pointer)?;
        match plan.seen.named.get(&source) {
            Some(found) if found.kind != Kind::Directory => {
                return Err(plan.occupied(&source, found.kind, "a directory", &pointer));
            }
            Some(_) => {}
            None => plan.make_directory(&source, [persist.mode, persist.uid, persist.gid]),
        }
    }
    Ok(plan.actions)
}

/// Where a persistent path lives: below its filesystem's mount path, in `persist`, under its own path.
pub fn persist_source(config: &MachineConfig, persist: &Persist) -> Option<String> {
    let filesystem = config.storage.filesystems.iter().find(|filesystem| filesystem.partition == persist.partition)?;
    Some(format!("{}/persist{}", filesystem.mount_path, persist.path))
}

struct Plan<'a> {
    seen: &'a Paths,
    /// Directories that this plan makes, and whether on a disk.
    made: BTreeMap<String, bool>,
    actions: Vec<Action>,
}

impl Plan<'_> {
    fn directory(&mut self, path: &str, owner: [u32; 3], pointer: &str) -> Result<()> {
        self.parents(path, pointer)?;
        match self.seen.named.get(path) {
            None if self.made.contains_key(path) => self.set_owner_mode(path, owner),
            None => self.make_directory(path, owner),
            Some(found) if found.kind != Kind::Directory => {
                return Err(self.occupied(path, found.kind, "a directory", pointer));
            }
            Some(found) if [found.mode, found.uid, found.gid] != owner => self.set_owner_mode(path, owner),
            Some(_) => {}
        }
        Ok(())
    }

    fn file(&mut self, index: usize, file: &File, pointer: &str) -> Result<()> {
        self.parents(&file.path, pointer)?;
        let (path, mode, uid, gid) = (file.path.clone(), file.mode, file.uid, file.gid);
        let Some(bytes) = file.contents.bytes() else {
            let pointer = format!("{pointer}/contents/base64");
            return Err(Error::new(Code::ConfigRefused, "decode", path)
                .with_detail("not base64 with padding")
                .with_pointer(pointer));
        };
        match self.seen.named.get(&path) {
            Some(found) if found.kind != Kind::File => return Err(self.occupied(&path, found.kind, "a file", pointer)),
            Some(found)
                if found
                    .sha256
                    .as_deref()
                    .is_some_and(|hash| hash == crate::core::hex::hex(&Sha256::digest(&bytes))) =>
            {
                if [found.mode, found.uid, found.gid] != [mode, uid, gid] {
                    self.set_owner_mode(&path, [mode, uid, gid]);
                }
            }
            _ => {
                let size_bytes = bytes.len() as u64;
                self.push(&path.clone(), Operation::WriteFile { path, mode, uid, gid, index, size_bytes });
            }
        }
        Ok(())
    }

    fn link(&mut self, path: &str, target: &str, pointer: &str) -> Result<()> {
        self.parents(path, pointer)?;
        match self.seen.named.get(path) {
            Some(Seen { kind, .. }) if *kind != Kind::Link => return Err(self.occupied(path, *kind, "a link", pointer)),
            Some(found) if found.target.as_deref() == Some(target) => {}
            found => self
                .push(path, Operation::MakeLink { path: path.into(), target: target.into(), replace: found.is_some() }),
        }
        Ok(())
    }

    /// Every parent is a directory or is made one.
    fn parents(&mut self, path: &str, pointer: &str) -> Result<()> {
        for parent in crate::core::observation::ancestors(path) {
            match self.seen.parents.get(parent) {
                _ if self.made.contains_key(parent) => {}
                Some(found) if found.kind != Kind::Directory => {
                    return Err(self.occupied(parent, found.kind, "a directory", pointer));
                }
                Some(_) => {}
                None => self.make_directory(parent, [PARENT_MODE, 0, 0]),
            }
        }
        Ok(())
    }

    fn make_directory(&mut self, path: &str, [mode, uid, gid]: [u32; 3]) {
        self.push(path, Operation::MakeDirectory { path: path.into(), mode, uid, gid });
        let durable = self.durable(path);
        self.made.insert(path.into(), durable);
    }

    fn set_owner_mode(&mut self, path: &str, [mode, uid, gid]: [u32; 3]) {
        self.push(path, Operation::SetOwnerMode { path: path.into(), mode, uid, gid });
    }

    fn push(&mut self, path: &str, operation: Operation) {
        let durable = self.durable(path);
        self.actions.push(Action { object: path.into(), durable, operation });
    }

    /// Where the path is, else where its nearest parent is.
    fn durable(&self, path: &str) -> bool {
        let here = self.seen.named.get(path).map(|seen| seen.durable);
        let above = || {
            let parents: Vec<&str> = crate::core::observation::ancestors(path).collect();
            parents.iter().rev().find_map(|parent| {
                self.made.get(*parent).copied().or_else(|| self.seen.parents.get(*parent).map(|seen| seen.durable))
            })
        };
        here.or_else(above).unwrap_or(false)
    }

    fn occupied(&self, path: &str, found: Kind, wanted: &str, pointer: &str) -> Error {
        let found = match found {
            Kind::File => "a file",
            Kind::Directory => "a directory",
            Kind::Link => "a link",
            Kind::Other => "a device, socket or pipe",
        };
        Error::new(Code::PathOccupied, "compare", path)
            .with_detail(format!("{found} is where {wanted} must be"))
            .with_pointer(pointer)
    }
}
