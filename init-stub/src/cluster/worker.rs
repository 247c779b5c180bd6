//! `child import`: puts an image archive into containerd's store unless the store has it already: a mark says that it was
//! imported, and the store's blobs that nobody has removed it since, as the kubelet does when the disk is full. A worker,
//! because hashing and importing take long.

mod archive;

use super::store::STORE;
use crate::core::hex::hex;
use crate::pid1::worker::job;
use crate::sys::stdio::{complain, print};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::Command;

/// Where the store has a blob, by its digest.
const BLOBS: &str = "io.containerd.content.v1.content/blobs/sha256";
/// A folder of the store, with which it lives and dies. Its entries are named by the SHA-256 of an archive.
const DONE: &str = "keel-imported";

/// 0: the store has it; stdout says `imported` or `present`. 1: it does not; stderr says why.
pub fn run() -> u8 {
    let Some((archive, _)) = job::<String>(0) else { return 2 };
    // The kubelet goes first. A nice value counts only within a session, and this one is weighed as a whole; a kernel that does
    // not group by session has no such file, and nothing is lost.
    let _ = std::fs::write("/proc/self/autogroup", "10");
    match import(&archive) {
        Ok(word) => {
            print(word);
            0
        }
        Err(e) => {
            complain(&format!("{e}\n"));
            1
        }
    }
}

fn import(archive: &str) -> std::io::Result<&'static str> {
    let done = Path::new(STORE).join(DONE);
    let mark = done.join(digest(archive)?);
    if std::fs::exists(&mark)? && has_all(Path::new(STORE), &archive::images(File::open(archive)?)) {
        return Ok("present");
    }
    let status = Command::new("/bin/ctr")
        .args(["-n", "k8s.io", "images", "import", archive])
        .stdout(std::io::stderr())
        .status()?;
    if !status.success() {
        return Err(std::io::Error::other(format!("ctr ended with {status}")));
    }
    std::fs::create_dir_all(done)?;
    File::create(mark)?.sync_all()?;
    Ok("imported")
}

/// Whether a store has what describes each of these images. It removes that with the image.
fn has_all(store: &Path, images: &[String]) -> bool {
    images.iter().all(|digest| store.join(BLOBS).join(digest).exists())
}

fn digest(path: &str) -> std::io::Result<String> {
    let (mut file, mut hash, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; 64 << 10]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hash.finalize())),
            n => hash.update(buffer.get(..n).unwrap_or_default()),
        }
    }
}
