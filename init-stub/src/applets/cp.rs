//! `cp`: files and, with -r or -a, directories. -a keeps mode, owner and links.

use super::failure::Failure;
use crate::sys::copy_tree::copy;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

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
