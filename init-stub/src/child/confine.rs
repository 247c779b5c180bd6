//! What a child of the network gives up before it reads the first byte from outside.

use rustix::process::{Resource, Rlimit, setrlimit};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities, set_name, set_no_new_privs};
use std::ffi::CStr;

const ADDRESS_SPACE: u64 = 64 << 20;
const FILES: u64 = 256;

/// Keeps only the given capabilities, little memory and few files, and never gets more. `name` is what a list of
/// processes shows: that of the program's link, `exe`, would tell nobody anything.
pub fn keep(name: &CStr, capabilities: CapabilitySet) -> std::io::Result<()> {
    set_name(name)?;
    for (resource, limit) in [(Resource::As, ADDRESS_SPACE), (Resource::Nofile, FILES), (Resource::Core, 0)] {
        setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })?;
    }
    set_no_new_privs(true)?;
    let sets = CapabilitySets { effective: capabilities, permitted: capabilities, inheritable: CapabilitySet::empty() };
    Ok(set_capabilities(None, sets)?)
}
