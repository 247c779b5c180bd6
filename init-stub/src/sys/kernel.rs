//! The calls that stages share, behind one trait: the boot uses [`Kernel`], tests note them down.

use rustix::mount::{MountFlags, mount};
use std::ffi::CString;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Result, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};

/// What a stage asks of the kernel.
pub trait Sys {
    /// Makes a directory and its parents; one that exists is left as it is.
    fn mkdir(&self, path: &str, mode: u32) -> Result<()>;
    /// mount(2).
    fn mount(&self, source: &str, target: &str, fstype: &str, flags: MountFlags, data: &str) -> Result<()>;
    /// Writes to a file that exists, as those of sysfs, procfs and cgroupfs.
    fn poke(&self, path: &str, text: &str) -> Result<()>;
    /// Makes a symbolic link; one that exists is left as it is.
    fn link(&self, path: &str, target: &str) -> Result<()>;
    /// Writes a whole file in RAM.
    fn write(&self, path: &str, mode: u32, bytes: &[u8]) -> Result<()>;
}

/// Has the kernel shorten the grace periods of RCU, in which it waits until every processor has let go of something: as mounting,
/// loading modules and making cgroups do. That disturbs the processors, so it is for the boot alone; a kernel without that setting takes longer.
pub fn set_rcu_expedited(wanted: bool) {
    let _ = Kernel.poke("/sys/kernel/rcu_expedited", if wanted { "1" } else { "0" });
}

/// The running kernel.
pub struct Kernel;

impl Sys for Kernel {
    fn mkdir(&self, path: &str, mode: u32) -> Result<()> {
        if std::fs::metadata(path).is_ok_and(|found| found.is_dir()) {
            return Ok(());
        }
        DirBuilder::new().recursive(true).create(path)?;
        // Not by the builder, whose mode the umask cuts.
        std::fs::set_permissions(path, Permissions::from_mode(mode))
    }

    fn mount(&self, source: &str, target: &str, fstype: &str, flags: MountFlags, data: &str) -> Result<()> {
        let data = CString::new(data)?;
        Ok(mount(source, target, fstype, flags, data.as_c_str())?)
    }

    fn poke(&self, path: &str, text: &str) -> Result<()> {
        OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes())
    }

    fn link(&self, path: &str, target: &str) -> Result<()> {
        match symlink(target, path) {
            Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(e),
            _ => Ok(()),
        }
    }

    fn write(&self, path: &str, mode: u32, bytes: &[u8]) -> Result<()> {
        // Written under a temporary name and renamed, so that no reader ever sees half a file.
        let (directory, name) = path.rsplit_once('/').unwrap_or((".", path));
        let temporary = format!("{directory}/.{name}.new");
        OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&temporary)?.write_all(bytes)?;
        std::fs::rename(temporary, path)
    }
}

/// Loads a module from its file; the kernel decompresses it.
pub fn load_module(path: &str, parameters: &str) -> Result<()> {
    const COMPRESSED: i32 = 4; // MODULE_INIT_COMPRESSED_FILE
    let flags = if path.ends_with(".ko") { 0 } else { COMPRESSED };
    Ok(rustix::system::finit_module(File::open(path)?, &CString::new(parameters)?, flags)?)
}

#[cfg(test)]
pub mod recorder {
    //! A kernel that does nothing and remembers what it was asked.

    use super::*;
    use std::cell::RefCell;

    /// Calls as readable lines; `refuse` names the first words of a call that fails, with EINVAL where `errno` says nothing else.
    #[derive(Default)]
    pub struct Recorder {
        pub calls: RefCell<Vec<String>>,
        pub refuse: Option<&'static str>,
        pub errno: Option<i32>,
    }

    impl Recorder {
        fn note(&self, call: String) -> Result<()> {
            let refused = self.refuse.is_some_and(|prefix| call.starts_with(prefix));
            self.calls.borrow_mut().push(call);
            if refused { Err(std::io::Error::from_raw_os_error(self.errno.unwrap_or(22))) } else { Ok(()) }
        }
    }

    impl Sys for Recorder {
        fn mkdir(&self, path: &str, mode: u32) -> Result<()> {
            self.note(format!("mkdir {path} {mode:o}"))
        }
        fn mount(&self, source: &str, target: &str, fstype: &str, flags: MountFlags, data: &str) -> Result<()> {
            self.note(format!("mount {target} {fstype} {source} {:#x} {data}", flags.bits()).trim_end().to_owned())
        }
        fn poke(&self, path: &str, text: &str) -> Result<()> {
            self.note(format!("poke {path} {text}"))
        }
        fn link(&self, path: &str, target: &str) -> Result<()> {
            self.note(format!("link {path} {target}"))
        }
        fn write(&self, path: &str, mode: u32, bytes: &[u8]) -> Result<()> {
            self.note(format!("write {path} {mode:o} {}", String::from_utf8_lossy(bytes)))
        }
    }
}
