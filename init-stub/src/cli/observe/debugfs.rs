//! An ext4 filesystem inside a disk image, read by debugfs of e2fsprogs: without root, without a mount, and without a reader
//! of filesystems in PID 1's binary.

use crate::core::hex::hex;
use crate::core::observation::{Kind, Seen};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};

/// Where it is if it is not on the PATH: people who are not root often lack these.
const FOLDERS: [&str; 2] = ["/usr/sbin", "/sbin"];
/// The image is its standard input, so no name of a file needs quoting.
const IMAGE: &str = "/proc/self/fd/0";

/// A filesystem inside an image.
pub struct Ext4 {
    image: String,
    offset: u64,
}

impl Ext4 {
    /// The filesystem that begins at `offset` bytes of the file `image`. One that was not unmounted is an error: what a boot
    /// finds there is known only once the kernel has replayed its journal.
    pub fn open(image: &str, offset: u64) -> Result<Self, String> {
        let opened = Self { image: image.into(), offset };
        let features = text(opened.ask("features")?.stdout);
        match features.split_whitespace().any(|feature| feature == "needs_recovery") {
            true => Err("the filesystem was not unmounted: boot the machine and turn it off in order, or let e2fsck replay the journal in a copy".into()),
            false => Ok(opened),
        }
    }

    /// What is at a path, no link followed; `hashed_size` is the size at which a file is worth hashing.
    pub fn look(&self, path: &str, hashed_size: Option<u64>) -> Result<Option<Seen>, String> {
        let answer = self.ask(&format!("stat {}", quoted(path)))?;
        let (output, complaint) = (text(answer.stdout), text(answer.stderr));
        if !output.starts_with("Inode:") {
            // debugfs ends with 0 whatever happened.
            let is_absent = complaint.contains("File not found") || complaint.contains("not a directory");
            return if is_absent { Ok(None) } else { Err(complaint) };
        }
        let found =
            stat(&output).ok_or_else(|| format!("the output of debugfs for {path} cannot be read: {output}"))?;
        let hashed = found.kind == Kind::File && hashed_size == Some(found.size);
        let sha256 = if hashed { Some(hex(&Sha256::digest(self.bytes(found.inode)?))) } else { None };
        let target = match (found.kind, found.target) {
            (Kind::Link, None) => Some(text(self.bytes(found.inode)?)),
            (_, target) => target,
        };
        let Stat { kind, mode, uid, gid, .. } = found;
        Ok(Some(Seen { kind, mode, uid, gid, durable: true, sha256, target }))
    }

    fn bytes(&self, inode: u64) -> Result<Vec<u8>, String> {
        Ok(self.ask(&format!("cat <{inode}>"))?.stdout)
    }

    fn ask(&self, request: &str) -> Result<Output, String> {
        let image = File::open(&self.image).map_err(|e| e.to_string())?;
        let mut command = Command::new(program());
        command.args(["-R", request, &format!("{IMAGE}?offset={}", self.offset)]);
        command.stdin(image).env("LC_ALL", "C").env("DEBUGFS_PAGER", "__none__");
        let answer = command.output().map_err(|e| {
            format!(
                "its files are read by debugfs, which cannot be run ({e}): install e2fsprogs, or leave out --config"
            )
        })?;
        // An image that it cannot open it names and goes on without.
        let complaint = String::from_utf8_lossy(&answer.stderr);
        match complaint.lines().find(|line| line.starts_with(IMAGE)) {
            Some(line) => Err(line.trim_start_matches(IMAGE).trim_start_matches([':', ' ']).to_owned()),
            None => Ok(answer),
        }
    }
}

fn program() -> String {
    let installed = FOLDERS.iter().map(|folder| format!("{folder}/debugfs"));
    installed.into_iter().find(|path| Path::new(path).exists()).unwrap_or_else(|| "debugfs".into())
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

/// In double quotes, in which only they mean something.
fn quoted(path: &str) -> String {
    format!("\"{}\"", path.replace('"', "\"\""))
}

/// What `stat` of debugfs says.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    inode: u64,
    kind: Kind,
    mode: u32,
    uid: u32,
    gid: u32,
    size: u64,
    /// Of a link whose text is short; a longer one is in a block of its own.
    target: Option<String>,
}

fn stat(output: &str) -> Option<Stat> {
    let word = |name: &str| output.split_once(name)?.1.split_whitespace().next();
    let kind = match output.split_once("Type:")?.1.split_once("Mode:")?.0.trim() {
        "regular" => Kind::File,
        "directory" => Kind::Directory,
        "symlink" => Kind::Link,
        _ => Kind::Other,
    };
    let target = output.split_once("Fast link dest: \"").and_then(|(_, rest)| rest.trim_end().strip_suffix('"'));
    Some(Stat {
        inode: word("Inode:")?.parse().ok()?,
        kind,
        mode: u32::from_str_radix(word("Mode:")?, 8).ok()? & 0o7777,
        uid: word("User:")?.parse().ok()?,
        gid: word("Group:")?.parse().ok()?,
        size: word("Size:")?.parse().ok()?,
        target: target.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_link_is_read_with_its_text() {
        let output = "Inode: 16   Type: symlink    Mode:  0777   Flags: 0x0\nUser:     1   Group:     2   Project:     0   Size: 4\nFragment:  Address: 0    Number: 0    Size: 0\nFast link dest: \"mo\"d\"\n";
        let target = Some("mo\"d".to_owned());
        let expected = Stat { inode: 16, kind: Kind::Link, mode: 0o777, uid: 1, gid: 2, size: 4, target };
        assert_eq!(stat(output), Some(expected));
    }

    #[test]
    fn a_path_is_one_word() {
        assert_eq!(quoted("/a \"b"), "\"/a \"\"b\"");
    }
}
