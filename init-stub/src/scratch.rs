//! Folders for tests.

use std::ops::Deref;
use std::path::{Path, PathBuf};

/// A new folder that goes away with the test, also with one that fails.
pub struct Scratch(PathBuf);

impl Scratch {
    /// `name` tells tests of one run apart.
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("keel-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Deref for Scratch {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
