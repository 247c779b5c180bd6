//! The store of containerd that the image brings: what importing its own archives would leave behind, made when it was built.

use crate::core::error::{Code, Error, Step};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::Call;
use crate::pid1::node::Node;
use crate::pid1::wait;
use crate::pid1::worker::{ended, job};
use crate::sys::atomic_write;
use crate::sys::copy_tree::copy;
use rustix::fs::syncfs;
use std::fs::{self, File};
use std::io::Result;
use std::path::Path;
use std::time::Duration;

/// Where containerd has its store.
pub const STORE: &str = "/var/lib/containerd";
const BROUGHT: &str = "/usr/lib/keel/store";
/// By it containerd knows its images. It is written last, so that where it is the store is whole, and containerd's own.
const DATABASE: &str = "io.containerd.metadata.v1.bolt/meta.db";

const COPY: &str = "copy the image's store to";

/// How long a copy may take, on the slowest disk.
const DEADLINE: Duration = Duration::from_secs(600);

/// Copies the image's store to where containerd has none: to a new disk, and to RAM at every boot. A worker does it, and the
/// event loop goes on.
pub fn ensure(node: &mut Node) -> std::result::Result<(), Interrupt> {
    if Path::new(STORE).join(DATABASE).exists() {
        return Ok(());
    }
    let call = Call::to_do("store", &(), DEADLINE, STORE);
    wait::work(node, &call, Error::new(Code::DiskIo, COPY, call.object))
}

/// `child store`: copies the store. 0: it is there. 1: an error.
pub fn run() -> u8 {
    let Some(((), _)) = job(0) else { return 2 };
    let copied = ensure_in(Path::new(BROUGHT), Path::new(STORE));
    ended(copied.step(Code::PathUnwritable, COPY, STORE))
}

fn ensure_in(brought: &Path, store: &Path) -> Result<()> {
    if store.join(DATABASE).try_exists()? {
        return Ok(());
    }
    let database = fs::read(brought.join(DATABASE))?;
    for entry in fs::read_dir(brought)? {
        let name = entry?.file_name();
        // The database is the only file in its folder. What an interrupted boot has left of the others is written again.
        if !Path::new(DATABASE).starts_with(&name) {
            copy(&brought.join(&name), &store.join(&name), false)?;
        }
    }
    syncfs(File::open(store)?)?;
    atomic_write::write(&store.join(DATABASE), 0o600, &database)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use std::os::unix::fs::PermissionsExt;

    const PROGRAM: &str = "snapshots/1/fs/pause";

    /// A store as an image brings it, and a disk without one.
    fn places(name: &str) -> (Scratch, std::path::PathBuf, std::path::PathBuf) {
        let root = Scratch::new(name);
        let (brought, store) = (root.join("brought"), root.join("store"));
        for (path, mode) in [(DATABASE, 0o600), (PROGRAM, 0o755)] {
            atomic_write::write(&brought.join(path), mode, b"new").unwrap();
        }
        (root, brought, store)
    }

    fn text(path: std::path::PathBuf) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn an_empty_disk_gets_the_whole_store_with_its_modes() {
        let (_root, brought, store) = places("store-new");
        ensure_in(&brought, &store).unwrap();
        assert_eq!(text(store.join(DATABASE)), "new");
        let mode = |path: &str| fs::metadata(store.join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(PROGRAM), mode(DATABASE)), (0o755, 0o600));
    }

    #[test]
    fn a_store_that_is_there_stays_as_it_is() {
        let (_root, brought, store) = places("store-old");
        atomic_write::write(&store.join(DATABASE), 0o600, b"old").unwrap();
        ensure_in(&brought, &store).unwrap();
        assert_eq!(text(store.join(DATABASE)), "old");
        assert!(!store.join(PROGRAM).exists());
    }

    #[test]
    fn what_an_interrupted_boot_has_left_is_written_again() {
        let (_root, brought, store) = places("store-cut");
        atomic_write::write(&store.join(PROGRAM), 0o755, b"").unwrap();
        ensure_in(&brought, &store).unwrap();
        assert_eq!(text(store.join(PROGRAM)), "new");
    }

    #[test]
    fn an_image_without_the_database_copies_nothing() {
        let (_root, brought, store) = places("store-none");
        fs::remove_file(brought.join(DATABASE)).unwrap();
        assert!(ensure_in(&brought, &store).is_err());
        assert!(!store.exists());
    }
}
