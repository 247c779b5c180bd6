//! Writing a small file so that a power cut leaves the old one or the new one, and never a half.

use std::fs::{self, File, OpenOptions};
use std::io::{Result, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Writes it, and the folders above it where they are missing; on the disk when this returns.
pub fn write(path: &Path, mode: u32, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut temporary = path.as_os_str().to_owned();
    temporary.push("~new");
    let temporary = PathBuf::from(temporary);
    fs::create_dir_all(folder)?;
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_replaced_whole_and_no_temporary_file_is_left() {
        let root = Scratch::new("durable");
        let path = root.join("a/b");
        for text in ["a long text", "short"] {
            write(&path, 0o600, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(root.join("a")).unwrap().count(), 1);
    }
}
