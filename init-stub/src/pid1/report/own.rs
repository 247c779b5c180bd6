//! The node's own copy of the report, for nodes whose host does not listen.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Most bytes of a file. A process that ends every ten seconds for weeks must not fill the memory, so there are two
/// files, and the older events go first.
const LONGEST: u64 = 2 << 20;

/// A file that events are appended to, and its predecessor.
pub struct Own {
    path: PathBuf,
    file: Option<File>,
    size: u64,
}

impl Own {
    /// A copy at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), file: None, size: 0 }
    }

    /// Adds a line. What cannot be written is lost to this copy only.
    pub fn add(&mut self, line: &[u8]) {
        if self.file.is_none() {
            // The directory is there already, but for the first event.
            let _ = std::fs::create_dir_all(self.path.parent().unwrap_or(Path::new("/")));
            self.file = File::options().append(true).create(true).open(&self.path).ok();
            self.size = self.file.as_ref().and_then(|file| file.metadata().ok()).map_or(0, |now| now.len());
        }
        let Some(file) = &mut self.file else { return };
        let _ = file.write_all(line);
        self.size += u64::try_from(line.len()).unwrap_or(0);
        if self.size >= LONGEST && std::fs::rename(&self.path, self.path.with_extension("1.jsonl")).is_ok() {
            self.file = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn the_newest_events_are_kept_in_two_files_of_bounded_size() {
        let folder = Scratch::new("own-report");
        let mut own = Own::new(folder.join("run/events.jsonl"));
        let line = [vec![b'x'; 1023], b"\n".to_vec()].concat();
        for _ in 0..5000 {
            own.add(&line);
        }
        own.add(b"last\n");
        let size = |name: &str| std::fs::metadata(folder.join("run").join(name)).unwrap().len();
        assert_eq!(size("events.1.jsonl"), LONGEST);
        assert!(size("events.jsonl") < LONGEST);
        assert!(std::fs::read(folder.join("run/events.jsonl")).unwrap().ends_with(b"\nlast\n"));
        assert_eq!(std::fs::read_dir(folder.join("run")).unwrap().count(), 2);
    }

    #[test]
    fn a_copy_that_was_begun_before_goes_on() {
        let folder = Scratch::new("own-report-goes-on");
        for line in ["a\n", "b\n"] {
            Own::new(folder.join("events.jsonl")).add(line.as_bytes());
        }
        assert_eq!(std::fs::read(folder.join("events.jsonl")).unwrap(), b"a\nb\n");
    }
}
