//! Looking at paths of the node: what is where a directory, file or link must be.

use crate::core::hex::hex;
use crate::core::observation::{Kind, Paths, Seen, ancestors};
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, fstatfs, open, openat2, readlinkat};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Magic numbers of filesystems that keep what they hold: ext, xfs, btrfs, vfat, f2fs. Everything else is RAM or an image.
const DURABLE: [u64; 5] = [0xef53, 0x5846_5342, 0x9123_683e, 0x4d44, 0xf2f5_2010];

/// One path to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Absolute path.
    pub path: &'a str,
    /// Size that a regular file must have to be worth hashing.
    pub size_bytes: Option<u64>,
}

/// The paths of the storage section that the stage `files` makes.
pub fn wanted(storage: &crate::core::config::Storage) -> Vec<Wanted<'_>> {
    let plain = |path| Wanted { path, size_bytes: None };
    let files =
        storage.files.iter().map(|file| Wanted { path: &file.path, size_bytes: Some(file.contents.size_bytes()) });
    let (directories, links) = (storage.directories.iter(), storage.links.iter());
    directories.map(|d| plain(d.path.as_str())).chain(files).chain(links.map(|l| plain(l.path.as_str()))).collect()
}

/// Looks at each path and its parents. `root` stands for the node's `/`, so that a test can use a folder.
pub fn observe<'a>(root: &Path, wanted: impl IntoIterator<Item = Wanted<'a>>) -> Result<Paths, (String, io::Error)> {
    let root = open_root(root).map_err(|e| (root.display().to_string(), e.into()))?;
    let (mut paths, mut parents) = (Paths::default(), BTreeSet::new());
    for one in wanted {
        parents.extend(ancestors(one.path));
        let seen =
            look(&root, one.path, OFlags::NOFOLLOW, one.size_bytes).map_err(|e| (one.path.to_owned(), e.into()))?;
        paths.named.extend(seen.map(|seen| (one.path.to_owned(), seen)));
    }
    for parent in parents {
        let seen = look(&root, parent, OFlags::empty(), None).map_err(|e| (parent.to_owned(), e.into()))?;
        paths.parents.extend(seen.map(|seen| (parent.to_owned(), seen)));
    }
    Ok(paths)
}

/// Opens below `root`, which no link and no `..` can leave.
fn open_below(root: &OwnedFd, path: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    openat2(root, path, flags | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS)
}

fn look(root: &OwnedFd, path: &str, flags: OFlags, hashed_size: Option<u64>) -> rustix::io::Result<Option<Seen>> {
    let fd = match open_below(root, path, OFlags::PATH | flags) {
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        opened => opened?,
    };
    let stat = fstat(&fd)?;
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Directory,
        FileType::Symlink => Kind::Link,
        _ => Kind::Other,
    };
    let hashed = kind == Kind::File && hashed_size == u64::try_from(stat.st_size).ok();
    Ok(Some(Seen {
        kind,
        mode: stat.st_mode & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        durable: is_durable(&fd)?,
        sha256: if hashed { Some(sha256(open_below(root, path, OFlags::RDONLY | OFlags::NOFOLLOW)?)?) } else { None },
        target: if kind == Kind::Link {
            Some(readlinkat(&fd, "", Vec::new())?.to_string_lossy().into_owned())
        } else {
            None
        },
    }))
}

fn is_durable(fd: &OwnedFd) -> rustix::io::Result<bool> {
    let kind = fstatfs(fd)?.f_type;
    Ok(u64::try_from(kind).is_ok_and(|kind| DURABLE.contains(&kind)))
}

fn sha256(fd: OwnedFd) -> rustix::io::Result<String> {
    let (mut file, mut hash, mut buffer) = (File::from(fd), Sha256::new(), vec![0; 64 << 10]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hex(&hash.finalize())),
            Ok(n) => hash.update(buffer.get(..n).unwrap_or_default()),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Errno::from_io_error(&e).unwrap_or(Errno::IO)),
        }
    }
}

/// Opens the directory that stands for `/`.
pub fn open_root(root: &Path) -> rustix::io::Result<OwnedFd> {
    open(root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

/// The directory a path is in, opened so that entries can be made in it; links in it are followed, but not out of `root`.
pub fn open_parent(root: BorrowedFd, path: &str) -> rustix::io::Result<OwnedFd> {
    let parent = path.rsplit_once('/').map_or("/", |(parent, _)| if parent.is_empty() { "/" } else { parent });
    openat2(
        root,
        parent,
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
        ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS,
    )
}
