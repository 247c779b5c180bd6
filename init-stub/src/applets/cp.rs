//! `cp`: files and, with -r or -a, directories. -a keeps mode, owner and links.

use super::Failure;
use std::fs;
use std::io::Result as IoResult;
use std::os::unix::fs::{MetadataExt, lchown, symlink};
use std::path::Path;

/// Copies every source to the target, or into it if it is a directory.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let (flags, paths): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|argument| argument.len() > 1 && argument.starts_with('-'));
    let (mut recursive, mut keep) = (false, false);
    for flag in flags {
        match flag.as_str() {
            "-r" | "-R" | "--recursive" => recursive = true,
            "-a" | "--archive" => (recursive, keep) = (true, true),
            "-p" => keep = true,
            "-f" | "--" => {}
            _ => return Err(Failure::usage(format!("unknown flag {flag}"))),
        }
    }
    let Some((target, sources)) = paths.split_last().filter(|(_, sources)| !sources.is_empty()) else {
        return Err(Failure::usage("wanted: SOURCE… TARGET"));
    };
    let into = Path::new(target).is_dir();
    for source in sources {
        let from = Path::new(source);
        let name = from.file_name().filter(|_| into);
        let to = name.map_or_else(|| Path::new(target).to_path_buf(), |name| Path::new(target).join(name));
        if from.is_dir() && !recursive {
            return Err(Failure::usage(format!("{source} is a directory (-r not given)")));
        }
        copy(from, &to, keep).map_err(|e| Failure { code: 1, message: format!("{source}: {e}") })?;
    }
    Ok(())
}

/// Copies a file, a link, or a directory with everything in it, to that path. `keep`: with mode and owner.
pub fn copy(from: &Path, to: &Path, keep: bool) -> IoResult<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_copied_with_its_links() {
        let root = crate::scratch::Scratch::new("cp");
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join("a/b/file"), "x").unwrap();
        symlink("b/file", root.join("a/link")).unwrap();
        let path = |name: &str| root.join(name).to_string_lossy().into_owned();
        assert!(run(&[path("a"), path("c")]).is_err());
        assert!(run(&["-a".into(), path("a"), path("c")]).is_ok());
        assert_eq!(fs::read_to_string(root.join("c/link")).unwrap(), "x");
        assert!(fs::symlink_metadata(root.join("c/link")).unwrap().is_symlink());
    }
}
