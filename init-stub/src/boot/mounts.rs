//! Stage `mounts` of the root image: what is writable, and what containers expect.

use crate::core::error::{Code, Result, Step};
use crate::modules;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sys::kernel::{Kernel, Sys};
use rustix::mount::{MountFlags as Flags, MountPropagationFlags as Propagation, mount_change};
use rustix::process::{Resource, Rlimit, setrlimit};

const SAFE: Flags = Flags::NOSUID.union(Flags::NODEV);
const DATA_ONLY: Flags = SAFE.union(Flags::NOEXEC);

/// Filesystem, path, mode of the directory, flags, data. Directories of the image exist; others are made.
const TABLE: [(&str, &str, u32, Flags, &str); 7] = [
    ("devpts", "/dev/pts", 0o755, Flags::NOSUID.union(Flags::NOEXEC), "ptmxmode=0666,mode=0620,gid=5"),
    ("tmpfs", "/dev/shm", 0o1777, DATA_ONLY, "mode=1777"),
    ("mqueue", "/dev/mqueue", 0o1777, DATA_ONLY, ""),
    ("tmpfs", "/tmp", 0o1777, SAFE, "mode=1777"),
    // Containers and the kubelet's volumes live below it: it must allow execution.
    ("tmpfs", "/var", 0o755, SAFE, "mode=0755"),
    (
        "overlay",
        "/etc",
        0o755,
        SAFE,
        "lowerdir=/etc,upperdir=/run/keel/overlay/etc/upper,workdir=/run/keel/overlay/etc/work",
    ),
    // CNI installers put programs into /opt/cni/bin.
    (
        "overlay",
        "/opt",
        0o755,
        SAFE,
        "lowerdir=/opt,upperdir=/run/keel/overlay/opt/upper,workdir=/run/keel/overlay/opt/work",
    ),
];

/// Filesystems without which a node still runs; the kernel may lack them.
const OPTIONAL: [(&str, &str, Flags, &str); 2] =
    [("bpf", "/sys/fs/bpf", DATA_ONLY, "mode=0700"), ("securityfs", "/sys/kernel/security", DATA_ONLY, "")];

/// Directory and mode.
const DIRECTORIES: [(&str, u32); 13] = [
    ("/run/keel/overlay/etc/upper", 0o755),
    ("/run/keel/overlay/etc/work", 0o700),
    ("/run/keel/overlay/opt/upper", 0o755),
    ("/run/keel/overlay/opt/work", 0o700),
    ("/run/lock", 0o755),
    ("/run/keel/notify", 0o700),
    ("/run/keel/kubelet", 0o700),
    ("/var/cache", 0o755),
    ("/var/lib", 0o755),
    ("/var/log", 0o755),
    ("/var/mnt", 0o755),
    ("/var/spool", 0o755),
    ("/var/tmp", 0o1777),
];

/// Link and what it points to.
const LINKS: [(&str, &str); 7] = [
    ("/dev/fd", "/proc/self/fd"),
    ("/dev/stdin", "/proc/self/fd/0"),
    ("/dev/stdout", "/proc/self/fd/1"),
    ("/dev/stderr", "/proc/self/fd/2"),
    ("/dev/core", "/proc/kcore"),
    ("/var/run", "/run"),
    ("/var/lock", "/run/lock"),
];

/// Fails on the first step that the kernel refuses.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    modules::begin(node);
    // The kernel's default is private; the kubelet's mount propagation needs a shared root.
    mount_change("/", Propagation::REC | Propagation::SHARED).step(Code::KernelRefused, "share", "/")?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    mount_all(&Kernel)?;
    let files = Rlimit { current: Some(1_048_576), maximum: Some(1_048_576) };
    setrlimit(Resource::Nofile, files).step(Code::KernelRefused, "set limit", "NOFILE")?;
    // Ctrl-Alt-Del becomes SIGINT, and so an ordered reboot.
    let taken = rustix::system::reboot(rustix::system::RebootCommand::CadOff);
    Ok(taken.step(Code::KernelRefused, "take over", "Ctrl-Alt-Del")?)
}

fn mount_all(sys: &dyn Sys) -> Result<()> {
    let (run, others): (Vec<_>, Vec<_>) = DIRECTORIES.into_iter().partition(|(path, _)| path.starts_with("/run/"));
    make_directories(sys, &run)?;
    for (fstype, target, mode, flags, data) in TABLE {
        // /dev lies in RAM; in the read-only image the directory is there, and making it again would be refused.
        if target.starts_with("/dev/") {
            sys.mkdir(target, mode).step(Code::KernelRefused, "make directory", target)?;
        }
        sys.mount(fstype, target, fstype, flags, data).step(Code::KernelRefused, "mount", target)?;
    }
    for (fstype, target, flags, data) in OPTIONAL {
        // Reported at its use by the stage that needs it.
        let _ = sys.mount(fstype, target, fstype, flags, data);
    }
    make_directories(sys, &others)?;
    for (path, target) in LINKS {
        sys.link(path, target).step(Code::KernelRefused, "link", path)?;
    }
    Ok(())
}

fn make_directories(sys: &dyn Sys, directories: &[(&str, u32)]) -> Result<()> {
    for (path, mode) in directories {
        sys.mkdir(path, *mode).step(Code::KernelRefused, "make directory", *path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::kernel::recorder::Recorder;

    #[test]
    fn an_overlay_is_mounted_after_its_upper_directory_is_made() {
        let sys = Recorder::default();
        mount_all(&sys).unwrap();
        let calls = sys.calls.into_inner();
        let at = |start: &str| calls.iter().position(|call| call.starts_with(start)).unwrap();
        assert!(at("mkdir /run/keel/overlay/etc/upper") < at("mount /etc overlay"));
        assert!(at("mount /var tmpfs") < at("mkdir /var/lib"));
    }

    #[test]
    fn a_missing_bpf_filesystem_is_not_a_failure() {
        mount_all(&Recorder { refuse: Some("mount /sys/fs/bpf"), ..Recorder::default() }).unwrap();
    }
}
