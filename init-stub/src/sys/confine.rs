//! What a worker gives up before it reads the first byte from outside.

use rustix::process::{Resource, Rlimit, setrlimit};
use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities, set_name, set_no_new_privs};
use std::ffi::CStr;
use std::io::Result;

/// Most open files of a worker.
const FILES: u64 = 256;

/// What a worker may still do, and never more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confinement {
    /// What a list of processes shows: the name of the program's link, `exe`, would tell nobody anything.
    pub title: &'static CStr,
    /// Its capabilities while it gets ready: to mount a filesystem, for example.
    pub capabilities: CapabilitySet,
    /// Its memory in bytes; None: that of another program which it starts.
    pub address_space: Option<u64>,
}

impl Confinement {
    /// Takes effect for the rest of this process and of whatever it executes. The owner of what it reads is root, as the
    /// worker is, so most need no capability at all.
    pub fn apply(&self) -> Result<()> {
        set_name(self.title)?;
        let limits = [(Resource::As, self.address_space), (Resource::Nofile, Some(FILES)), (Resource::Core, Some(0))];
        for (resource, limit) in limits {
            if limit.is_some() {
                setrlimit(resource, Rlimit { current: limit, maximum: limit })?;
            }
        }
        set_no_new_privs(true)?;
        keep_only(self.capabilities)
    }
}

/// Drops every capability: what was needed to get ready is done.
pub fn drop_capabilities() -> Result<()> {
    keep_only(CapabilitySet::empty())
}

/// Drops every capability but one: to read files whatever their owner and mode are. Those on a medium from outside belong to
/// whatever process made it.
pub fn only_read() -> Result<()> {
    keep_only(CapabilitySet::DAC_READ_SEARCH)
}

fn keep_only(wanted: CapabilitySet) -> Result<()> {
    // Only what is there can be kept: on a workstation that may be nothing.
    let capabilities = capabilities(None)?.permitted & wanted;
    let sets = CapabilitySets { effective: capabilities, permitted: capabilities, inheritable: CapabilitySet::empty() };
    Ok(set_capabilities(None, sets)?)
}
