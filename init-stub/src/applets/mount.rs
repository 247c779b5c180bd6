//! `mount`, in the forms that the kubelet uses: `-t TYPE -o … SOURCE TARGET`, `-o bind …`, `-o bind,remount,ro …`.

use super::failure::Failure;
use rustix::mount::{MountFlags as Flags, MountPropagationFlags as Propagation};
use std::ffi::CString;

/// Options that are flags of mount(2), set or cleared. Every other option goes to the filesystem as it is.
const FLAGS: [(&str, Flags, bool); 22] = [
    ("ro", Flags::RDONLY, true),
    ("rw", Flags::RDONLY, false),
    ("nosuid", Flags::NOSUID, true),
    ("suid", Flags::NOSUID, false),
    ("nodev", Flags::NODEV, true),
    ("dev", Flags::NODEV, false),
    ("noexec", Flags::NOEXEC, true),
    ("exec", Flags::NOEXEC, false),
    ("sync", Flags::SYNCHRONOUS, true),
    ("async", Flags::SYNCHRONOUS, false),
    ("dirsync", Flags::DIRSYNC, true),
    ("noatime", Flags::NOATIME, true),
    ("atime", Flags::NOATIME, false),
    ("nodiratime", Flags::NODIRATIME, true),
    ("diratime", Flags::NODIRATIME, false),
    ("relatime", Flags::RELATIME, true),
    ("norelatime", Flags::RELATIME, false),
    ("strictatime", Flags::STRICTATIME, true),
    ("lazytime", Flags::LAZYTIME, true),
    ("silent", Flags::SILENT, true),
    ("defaults", Flags::empty(), true),
    ("_netdev", Flags::empty(), true),
];

/// A propagation and whether it goes down the tree.
const PROPAGATIONS: [(&str, Propagation, bool); 8] = [
    ("shared", Propagation::SHARED, false),
    ("rshared", Propagation::SHARED, true),
    ("slave", Propagation::DOWNSTREAM, false),
    ("rslave", Propagation::DOWNSTREAM, true),
    ("private", Propagation::PRIVATE, false),
    ("rprivate", Propagation::PRIVATE, true),
    ("unbindable", Propagation::UNBINDABLE, false),
    ("runbindable", Propagation::UNBINDABLE, true),
];

/// What a command line asks for.
#[derive(Debug, PartialEq)]
struct Request {
    fstype: String,
    source: String,
    target: String,
    flags: Flags,
    data: String,
    bind: bool,
    recursive: bool,
    remount: bool,
    propagation: Option<Propagation>,
}

/// Mounts.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let request = parse(arguments)?;
    carry_out(&request).map_err(|e| Failure::refused(&request.target, &e))
}

fn carry_out(request: &Request) -> std::io::Result<()> {
    use rustix::mount::{mount, mount_bind, mount_bind_recursive, mount_change, mount_remount};
    let (source, target) = (request.source.as_str(), request.target.as_str());
    let data = CString::new(request.data.as_str())?;
    match (request.remount, request.bind) {
        (true, bind) => mount_remount(target, if bind { request.flags | Flags::BIND } else { request.flags }, &*data)?,
        (false, true) if request.recursive => mount_bind_recursive(source, target)?,
        (false, true) => mount_bind(source, target)?,
        (false, false) if request.fstype.is_empty() && request.propagation.is_some() => {}
        (false, false) => mount(source, target, request.fstype.as_str(), request.flags, &*data)?,
    }
    if let Some(propagation) = request.propagation {
        let down = if request.recursive { Propagation::REC } else { Propagation::empty() };
        mount_change(target, propagation | down)?;
    }
    Ok(())
}

fn parse(arguments: &[String]) -> Result<Request, Failure> {
    let mut request = Request {
        fstype: String::new(),
        source: String::new(),
        target: String::new(),
        flags: Flags::empty(),
        data: String::new(),
        bind: false,
        recursive: false,
        remount: false,
        propagation: None,
    };
    let mut paths = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = |name: &str| rest.next().ok_or_else(|| Failure::usage(format!("{name} needs a value")));
        match argument.as_str() {
            "-t" | "--types" => request.fstype.clone_from(value("-t")?),
            "-o" | "--options" => value("-o")?.split(',').for_each(|option| add_option(&mut request, option)),
            "--bind" | "-B" => add_option(&mut request, "bind"),
            "--rbind" | "-R" => add_option(&mut request, "rbind"),
            "-r" => add_option(&mut request, "ro"),
            "-n" | "-i" | "-v" | "-w" | "--no-canonicalize" => {}
            "--" => paths.extend(rest.by_ref().cloned()),
            flag if flag.starts_with("--make-") => add_option(&mut request, flag.trim_start_matches("--make-")),
            flag if flag.len() > 1 && flag.starts_with('-') => {
                return Err(Failure::usage(format!("unknown flag {flag}")));
            }
            path => paths.push(path.to_owned()),
        }
    }
    match <[String; 2]>::try_from(paths) {
        Ok([source, target]) => (request.source, request.target) = (source, target),
        Err(paths) => match <[String; 1]>::try_from(paths) {
            Ok([target]) if request.remount || request.propagation.is_some() => request.target = target,
            _ => return Err(Failure::usage("wanted: SOURCE TARGET")),
        },
    }
    if request.fstype.is_empty() && !request.bind && !request.remount && request.propagation.is_none() {
        return Err(Failure::usage("the filesystem type must be given with -t"));
    }
    Ok(request)
}

fn add_option(request: &mut Request, option: &str) {
    if let Some((_, flag, set)) = FLAGS.iter().find(|(name, _, _)| *name == option) {
        request.flags.set(*flag, *set);
    } else if let Some((_, propagation, recursive)) = PROPAGATIONS.iter().find(|(name, _, _)| *name == option) {
        request.propagation = Some(*propagation);
        request.recursive |= recursive;
    } else {
        match option {
            "bind" => request.bind = true,
            "rbind" => (request.bind, request.recursive) = (true, true),
            "remount" => request.remount = true,
            "" => {}
            _ if request.data.is_empty() => request.data = option.into(),
            _ => request.data = format!("{},{option}", request.data),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Request {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        parse(&words).unwrap_or_else(|failure| panic!("{}", failure.message))
    }

    #[test]
    fn the_kubelets_tmpfs_keeps_unknown_options_as_data() {
        let request = parsed("-t tmpfs -o size=1964163072,noswap tmpfs /var/lib/kubelet/x");
        assert_eq!(
            (request.fstype.as_str(), request.data.as_str(), request.flags),
            ("tmpfs", "size=1964163072,noswap", Flags::empty())
        );
    }

    #[test]
    fn a_bind_and_its_remount_are_told_apart() {
        let bind = parsed("-o bind /a /b");
        assert!(bind.bind && !bind.remount);
        let remount = parsed("-o bind,remount,ro,nodev /a /b");
        assert!(remount.bind && remount.remount);
        assert_eq!(remount.flags, Flags::RDONLY | Flags::NODEV);
    }

    #[test]
    fn propagation_needs_a_target_only() {
        let request = parsed("--make-rshared /");
        assert_eq!(
            (request.target.as_str(), request.propagation, request.recursive),
            ("/", Some(Propagation::SHARED), true)
        );
    }

    #[test]
    fn a_mount_without_type_is_refused() {
        let words = ["/dev/vda".to_owned(), "/mnt".to_owned()];
        assert!(parse(&words).is_err_and(|failure| failure.message.contains("-t")));
    }
}
