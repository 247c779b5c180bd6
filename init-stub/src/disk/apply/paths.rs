//! Carrying out what a plan wants done to directories, files and links. A file is whole or not there: it is written
//! under another name, flushed, and renamed. Bytes and names are made durable for many files at once, by one sync of each filesystem that was changed.

use super::unfinished;
use crate::core::config::{File as WantedFile, MachineConfig};
use crate::core::error::{Code, Error, Result, Step};
use crate::core::plan::{Action, Operation};
use crate::disk::observe::{open_parent, open_root};
use crate::pid1::interrupt::Interrupt;
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, Uid, chmodat, chownat, fchmod, fchown, fstat, major, mkdirat, openat, renameat,
    symlinkat, unlinkat,
};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// What the name of a file that is being written starts with. No config can name such a file by accident, and one
/// that a power cut left behind is overwritten by the next attempt.
const TEMPORARY: &str = ".keel~new-";
/// Longest name that a filesystem takes.
const NAME_BYTES: usize = 255;

/// Makes everything durable that is on the filesystems of these directories.
pub type SyncAll<'s> = &'s mut dyn FnMut(&[String]) -> std::result::Result<(), Interrupt>;

/// The file system of the node below `/`, or below a folder that stands for it.
pub struct Paths<'a> {
    root: OwnedFd,
    config: &'a MachineConfig,
    /// The directory worked in last: a config names many files of one directory in a row.
    parent: Option<(String, OwnedFd)>,
    /// One directory of each filesystem on a disk that was changed, by device number.
    changed: BTreeMap<u64, String>,
}

impl<'a> Paths<'a> {
    /// Opens the root; nothing is changed yet.
    pub fn new(root: &Path, config: &'a MachineConfig) -> Result<Self> {
        let root = open_root(root).step(Code::PathUnwritable, "open", root.display().to_string())?;
        Ok(Self { root, config, parent: None, changed: BTreeMap::new() })
    }

    /// Carries out one action, or several files at once; `sync` makes the filesystems of directories durable.
    pub fn apply(&mut self, group: &[Action], sync: SyncAll) -> std::result::Result<(), Interrupt> {
        let files: Vec<&WantedFile> = group.iter().filter_map(|action| self.file(&action.operation)).collect();
        match group {
            [one] if files.is_empty() => Ok(self.apply_one(&one.operation)?),
            _ if files.len() == group.len() => {
                let durable = group.iter().filter(|action| action.durable).map(|action| action.object.as_str());
                self.noting(&durable.collect::<Vec<_>>(), sync, |paths, sync| paths.write_files(&files, sync))
            }
            _ => Err(Error::new(Code::Bug, "carry out", "plan").with_detail("it is of another config").into()),
        }
    }

    /// The file that an action writes.
    fn file(&self, operation: &Operation) -> Option<&'a WantedFile> {
        let Operation::WriteFile { path, index, .. } = operation else { return None };
        self.config.storage.files.get(*index).filter(|file| file.path == *path)
    }

    fn apply_one(&mut self, operation: &Operation) -> Result<()> {
        match operation {
            Operation::MakeDirectory { path, mode, uid, gid } => {
                self.make_directory(path, *mode, *uid, *gid).step(Code::PathUnwritable, "make directory", path)
            }
            Operation::SetOwnerMode { path, mode, uid, gid } => {
                self.set_owner_mode(path, *mode, *uid, *gid).step(Code::PathUnwritable, "set owner and mode of", path)
            }
            Operation::MakeLink { path, target, .. } => {
                self.make_link(path, target).step(Code::PathUnwritable, "link", path)
            }
            other => {
                Err(Error::new(Code::Bug, "carry out", format!("{:?}", other.kind()))
                    .with_detail("not an action on paths"))
            }
        }
    }

    /// Does something to paths that are kept, and notes them for as long as it takes.
    fn noting(
        &mut self,
        kept: &[&str],
        sync: SyncAll,
        work: impl FnOnce(&mut Self, SyncAll) -> std::result::Result<(), Interrupt>,
    ) -> std::result::Result<(), Interrupt> {
        if kept.is_empty() {
            return work(self, sync);
        }
        unfinished::note(self.root.as_fd(), kept).step(Code::PathUnwritable, "note", "unfinished files")?;
        work(self, &mut *sync)?;
        // Their names are durable before the note goes.
        self.sync(sync)?;
        Ok(unfinished::forget(self.root.as_fd()).step(Code::PathUnwritable, "forget", "unfinished files")?)
    }

    /// Removes what an attempt that was cut off left next to its files, whether or not this config names them.
    pub fn sweep(&mut self, sync: SyncAll) -> std::result::Result<(), Interrupt> {
        let paths = unfinished::noted(self.root.as_fd());
        for path in &paths {
            // A directory that is gone has nothing left in it; anything else is said when the path is written.
            if let Ok((parent, name)) = self.parent(path) {
                let _ = remove(parent, &temporary(name));
            }
        }
        if !paths.is_empty() {
            self.sync(sync)?;
        }
        Ok(unfinished::forget(self.root.as_fd()).step(Code::PathUnwritable, "forget", "unfinished files")?)
    }

    /// Writes all files under other names, makes their bytes durable, and only then gives them their names: after a
    /// cut a name never stands for bytes that are not there.
    fn write_files(&mut self, files: &[&WantedFile], sync: SyncAll) -> std::result::Result<(), Interrupt> {
        files.iter().try_for_each(|file| self.write_temporary(file).step(Code::PathUnwritable, "write", &file.path))?;
        self.sync(sync)?;
        let mut names = files.iter();
        Ok(names.try_for_each(|file| self.rename(&file.path).step(Code::PathUnwritable, "rename", &file.path))?)
    }

    /// Makes everything durable that was done.
    pub fn finish(self, sync: SyncAll) -> std::result::Result<(), Interrupt> {
        self.sync(sync)
    }

    fn sync(&self, sync: SyncAll) -> std::result::Result<(), Interrupt> {
        let directories: Vec<String> = self.changed.values().cloned().collect();
        if directories.is_empty() { Ok(()) } else { sync(&directories) }
    }

    fn make_directory(&mut self, path: &str, mode: u32, uid: u32, gid: u32) -> rustix::io::Result<()> {
        let (parent, name) = self.parent(path)?;
        let temporary = temporary(name);
        remove(parent, &temporary)?;
        // It gets its name last: after a cut, a directory that is there has its mode and owner.
        mkdirat(parent, &temporary, Mode::RWXU)?;
        let directory = openat(
            parent,
            &temporary,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        give(&directory, mode, uid, gid)?;
        renameat(parent, &temporary, parent, name)
    }

    fn write_temporary(&mut self, wanted: &WantedFile) -> std::io::Result<()> {
        let bytes = wanted.contents.bytes().ok_or(Errno::INVAL)?;
        let (parent, name) = self.parent(&wanted.path)?;
        let temporary = temporary(name);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        remove(parent, &temporary)?;
        let mut file = File::from(openat(parent, &temporary, flags, Mode::RUSR | Mode::WUSR)?);
        file.write_all(&bytes)?;
        Ok(give(&file, wanted.mode, wanted.uid, wanted.gid)?)
    }

    fn rename(&mut self, path: &str) -> rustix::io::Result<()> {
        let (parent, name) = self.parent(path)?;
        renameat(parent, temporary(name), parent, name)
    }

    fn set_owner_mode(&mut self, path: &str, mode: u32, uid: u32, gid: u32) -> rustix::io::Result<()> {
        let (parent, name) = self.parent(path)?;
        // A change of owner clears the set-id bits, so the mode comes second.
        chownat(parent, name, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)), AtFlags::SYMLINK_NOFOLLOW)?;
        chmodat(parent, name, Mode::from_raw_mode(mode), AtFlags::empty())
    }

    fn make_link(&mut self, path: &str, target: &str) -> rustix::io::Result<()> {
        let (parent, name) = self.parent(path)?;
        let temporary = temporary(name);
        remove(parent, &temporary)?;
        symlinkat(target, parent, &temporary)?;
        renameat(parent, &temporary, parent, name)
    }

    /// The directory of a path, opened, and the last name of the path.
    fn parent<'p>(&mut self, path: &'p str) -> rustix::io::Result<(&OwnedFd, &'p str)> {
        let (above, name) = path.rsplit_once('/').ok_or(Errno::INVAL)?;
        if self.parent.as_ref().is_none_or(|(open, _)| open != above) {
            let directory = open_parent(self.root.as_fd(), path)?;
            let device = fstat(&directory)?.st_dev;
            // What lies in RAM, also below an overlay, has no disk that could be slow, and is gone after a cut in any case.
            if major(device) != 0
                && let Entry::Vacant(first) = self.changed.entry(device)
            {
                first.insert(path_of(&directory)?);
            }
            self.parent = Some((above.to_owned(), directory));
        }
        match &self.parent {
            Some((_, directory)) => Ok((directory, name)),
            None => Err(Errno::INVAL),
        }
    }
}

/// Where an open directory is, without any link.
fn path_of(directory: &OwnedFd) -> rustix::io::Result<String> {
    let found = std::fs::read_link(format!("/proc/self/fd/{}", directory.as_raw_fd()));
    found.map(|path| path.display().to_string()).map_err(|e| Errno::from_io_error(&e).unwrap_or(Errno::INVAL))
}

fn give(fd: impl AsFd, mode: u32, uid: u32, gid: u32) -> rustix::io::Result<()> {
    fchown(&fd, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))?;
    fchmod(fd, Mode::from_raw_mode(mode))
}

/// The name under which `name` is written; cut where a filesystem would refuse it.
fn temporary(name: &str) -> String {
    let room = NAME_BYTES - TEMPORARY.len();
    let end = (0..=room.min(name.len())).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    format!("{TEMPORARY}{}", name.get(..end).unwrap_or_default())
}

/// Removes what an earlier attempt left.
fn remove(parent: &OwnedFd, name: &str) -> rustix::io::Result<()> {
    let removed = match unlinkat(parent, name, AtFlags::empty()) {
        Err(Errno::ISDIR) => unlinkat(parent, name, AtFlags::REMOVEDIR),
        other => other,
    };
    if removed == Err(Errno::NOENT) { Ok(()) } else { removed }
}

#[cfg(test)]
mod tests;
