//! `losetup`, as far as the kubelet needs it for volumes of raw files.

use super::failure::Failure;
use crate::sys::loopdev;
use crate::sys::stdio::print;

/// Lists, finds, attaches or detaches loop devices.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["-a" | "--all"] => list(|_| true),
        ["-j" | "--associated", file] => {
            let wanted = std::fs::canonicalize(file).map_err(|e| Failure::refused(file, &e))?;
            list(|backing| std::path::Path::new(backing) == wanted)
        }
        ["-f" | "--find"] => {
            let number = loopdev::free_number().map_err(|e| Failure::refused("/dev/loop-control", &e))?;
            print(&format!("/dev/loop{number}\n"));
            Ok(())
        }
        ["-f" | "--find", file] => attach(file, false),
        ["-f" | "--find", "--show", file] | ["--show", "-f" | "--find", file] => attach(file, true),
        ["-d" | "--detach", device] => loopdev::detach(device).map_err(|e| Failure::refused(device, &e)),
        _ => Err(Failure::usage("unknown arguments")),
    }
}

fn attach(path: &str, show: bool) -> Result<(), Failure> {
    let refused = |e| Failure::refused(path, &e);
    let file = std::fs::File::options().read(true).write(true).open(path).map_err(refused)?;
    let device = loopdev::attach(&file, false).map_err(refused)?;
    if show {
        print(&format!("{device}\n"));
    }
    Ok(())
}

/// `DEVICE: [NUMBER]:INODE (FILE)`; callers read up to the first colon.
fn list(wanted: impl Fn(&str) -> bool) -> Result<(), Failure> {
    let mut names: Vec<_> =
        std::fs::read_dir("/sys/block").into_iter().flatten().flatten().map(|device| device.file_name()).collect();
    names.sort();
    for name in names {
        let name = name.to_string_lossy();
        let backing = std::fs::read_to_string(format!("/sys/block/{name}/loop/backing_file")).unwrap_or_default();
        if !backing.is_empty() && wanted(backing.trim_end()) {
            print(&format!("/dev/{name}: []: ({})\n", backing.trim_end()));
        }
    }
    Ok(())
}
