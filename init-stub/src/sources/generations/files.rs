//! The folder of the generations, as few operations: what a power cut can come between.

use crate::sys::ext4::checkpoint;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Result, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Looks into the folder.
pub trait Reader {
    /// What a file holds, up to `limit` bytes and perhaps a few more; None when there is no such file.
    fn read(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>>;
}

/// Changes the folder. Only what was done before a [`Files::sync`] is there after a power cut for certain; what was done
/// later may be there as far as any moment of it.
pub trait Files: Reader {
    /// Creates a file again, for root only. Its bytes are on the disk afterwards, its name may not be.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<()>;
    /// Gives a file another name; whatever had that name is gone.
    fn rename(&self, from: &str, to: &str) -> Result<()>;
    /// Takes a file away; true when there was one.
    fn remove(&self, name: &str) -> Result<bool>;
    /// Names are on the disk afterwards.
    fn sync(&self) -> Result<()>;
}

/// The folder on a mounted KEEL-STATE.
pub struct Folder(PathBuf);

impl Folder {
    /// The folder in `state`; it is made where there is none.
    pub fn made_in(state: &Path, name: &str) -> Result<Self> {
        let folder = state.join(name);
        match fs::create_dir(&folder) {
            Err(e) if e.kind() != ErrorKind::AlreadyExists => return Err(e),
            Err(_) => {}
            Ok(()) => File::open(state)?.sync_all()?,
        }
        Ok(Self(folder))
    }

    /// The folder in `state`, if there is one.
    pub fn found_in(state: &Path, name: &str) -> Option<Self> {
        Some(Self(state.join(name))).filter(|folder| folder.0.is_dir())
    }
}

impl Reader for Folder {
    fn read(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        match File::open(self.0.join(name)) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            // A larger file must not fill the memory of PID 1.
            file => file?.take(u64::try_from(limit).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?,
        };
        Ok(Some(bytes))
    }
}

impl Files for Folder {
    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.remove(name)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.0.join(name))?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    fn remove(&self, name: &str) -> Result<bool> {
        match fs::remove_file(self.0.join(name)) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
            removed => removed.map(|()| true),
        }
    }

    fn sync(&self) -> Result<()> {
        let folder = File::open(&self.0)?;
        folder.sync_all()?;
        // The next boot reads without replaying the journal, so nothing must be only there. A filesystem that cannot be
        // synced so has no journal.
        let _ = checkpoint(&folder);
        Ok(())
    }
}
