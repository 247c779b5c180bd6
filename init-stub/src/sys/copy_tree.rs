//! Copying files, links and directories.

use std::fs;
use std::io::Result;
use std::os::unix::fs::{MetadataExt, lchown, symlink};
use std::path::Path;

/// Copies a file, a link, or a directory with everything in it, to that path. `keep`: with mode and owner.
pub fn copy(from: &Path, to: &Path, keep: bool) -> Result<()> {
    let found = fs::symlink_metadata(from)?;
    if found.is_symlink() {
        symlink(fs::read_link(from)?, to)?;
    } else if found.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let name = entry?.file_name();
            copy(&from.join(&name), &to.join(&name), keep)?;
        }
    } else {
        fs::copy(from, to)?;
    }
    if keep {
        lchown(to, Some(found.uid()), Some(found.gid()))?;
        if !found.is_symlink() {
            fs::set_permissions(to, found.permissions())?;
        }
    }
    Ok(())
}
