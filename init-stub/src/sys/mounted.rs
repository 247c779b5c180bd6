//! A filesystem that is mounted without a place: only its holder sees it, and it goes away with the holder.

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{
    AtFlags, Dir, FileType, IFlags, Mode, OFlags, ResolveFlags, fstat, ioctl_getflags, ioctl_setflags, openat, openat2,
    unlinkat,
};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsconfig_set_flag, fsconfig_set_string, fsmount, fsopen,
};
use std::fs::File;
use std::io::{self, Read};

/// Options of each filesystem that Keel reads from.
const OPTIONS: [(&str, &[Setting]); 4] = [
    ("iso9660", &[]),
    ("udf", &[]),
    // Names that Keel asks for are ASCII, which every table has: so one table is loaded and not two.
    ("vfat", &[("codepage", "437"), ("iocharset", "cp437")]),
    // Before the machine config is known nothing is written, and replaying a journal is writing.
    ("ext4", &[("noload", "")]),
];

/// How many names of a folder are read.
const MOST_NAMES: usize = 1000;

/// Name and value; without a value it is a flag.
type Setting = (&'static str, &'static str);

/// A filesystem.
pub struct Mounted(OwnedFd);

impl Mounted {
    /// Mounts `device`. The kernel asks for the driver's module by itself.
    pub fn new(device: &str, format: &str) -> io::Result<Self> {
        Self::mount(device, format, true)
    }

    /// The same for writing.
    pub fn writable(device: &str, format: &str) -> io::Result<Self> {
        Self::mount(device, format, false)
    }

    fn mount(device: &str, format: &str, read_only: bool) -> io::Result<Self> {
        let driver = if format.starts_with("ext") { "ext4" } else { format };
        let context = fsopen(driver, FsOpenFlags::FSOPEN_CLOEXEC)?;
        fsconfig_set_string(context.as_fd(), "source", device)?;
        if read_only {
            fsconfig_set_flag(context.as_fd(), "ro")?;
        }
        let settings = OPTIONS.iter().find(|(name, _)| *name == driver).map_or(&[][..], |(_, settings)| settings);
        for (name, value) in settings {
            match *value {
                "" => fsconfig_set_flag(context.as_fd(), *name)?,
                value => fsconfig_set_string(context.as_fd(), *name, value)?,
            }
        }
        fsconfig_create(context.as_fd())?;
        let access = if read_only { MountAttrFlags::MOUNT_ATTR_RDONLY } else { MountAttrFlags::empty() };
        let attributes = access
            | MountAttrFlags::MOUNT_ATTR_NODEV
            | MountAttrFlags::MOUNT_ATTR_NOSUID
            | MountAttrFlags::MOUNT_ATTR_NOEXEC;
        Ok(Self(fsmount(context.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, attributes)?))
    }

    /// A folder in place of a filesystem.
    #[cfg(test)]
    pub fn of_folder(path: &std::path::Path) -> io::Result<Self> {
        Ok(Self(File::open(path)?.into()))
    }

    /// A regular file, up to one byte more than `limit`; None when there is none. No link leads out of the filesystem.
    pub fn read(&self, path: &str, limit: usize) -> io::Result<Option<Vec<u8>>> {
        // Not blocking: a pipe of that name must not hold anybody up.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let inside = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let file = match openat2(&self.0, path.trim_start_matches('/'), flags, Mode::empty(), inside) {
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
            opened => opened?,
        };
        if FileType::from_raw_mode(fstat(&file)?.st_mode) != FileType::RegularFile {
            return Err(io::Error::other("it is not a regular file"));
        }
        let mut bytes = Vec::new();
        let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        File::from(file).take(most).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Writes a variable of the firmware: all of it in one call, as the kernel wants it. The kernel protects those that are there from
    /// being changed by mistake.
    pub fn write_variable(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.unprotect(name)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC;
        let file = openat(&self.0, name, flags, Mode::from_raw_mode(0o644))?;
        if rustix::io::write(&file, bytes)? == bytes.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
    }

    /// Removes a variable of the firmware; one that is not there is no failure.
    pub fn remove_variable(&self, name: &str) -> io::Result<()> {
        self.unprotect(name)?;
        match unlinkat(&self.0, name, AtFlags::empty()) {
            Err(Errno::NOENT) => Ok(()),
            removed => Ok(removed?),
        }
    }

    fn unprotect(&self, name: &str) -> io::Result<()> {
        let file = match openat(&self.0, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) {
            Err(Errno::NOENT) => return Ok(()),
            opened => opened?,
        };
        let flags = ioctl_getflags(&file)?;
        Ok(ioctl_setflags(&file, flags & !IFlags::IMMUTABLE)?)
    }

    /// The names in a folder, in no order; None when there is no such folder. An empty path is the top.
    pub fn names(&self, folder: &str) -> io::Result<Option<Vec<String>>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let inside = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let folder = if folder.is_empty() { "." } else { folder };
        let opened = match openat2(&self.0, folder, flags, Mode::empty(), inside) {
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
            opened => opened?,
        };
        let entries = Dir::new(opened)?.filter_map(Result::ok);
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        Ok(Some(names.filter(|name| name != "." && name != "..").take(MOST_NAMES).collect()))
    }
}
