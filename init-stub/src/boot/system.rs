//! Stage `system`: configured modules, then the sysctl values that may need them.

use crate::core::config::{Network, Sysctl};
use crate::core::error::Result;
use crate::modules;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sys::kernel::{Kernel, Sys};
use crate::sys::sysctl;

/// Loads modules, then sets values.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let config = node.config()?;
    modules::load(node, &config.kernel.modules, Some("/kernel/modules"))?;
    Ok(set_sysctls(&Kernel, &config.kernel.sysctl, &config.network)?)
}

/// Values of a link that the config makes, or gives its name to, are set by the stage `network` once it is there.
fn set_sysctls(sys: &dyn Sys, sysctls: &[Sysctl], network: &Network) -> Result<()> {
    let is_of_link = |name: &str| {
        let interface = sysctl::interface_of(name);
        interface.is_some() && network.links().iter().any(|link| link.name == interface)
    };
    for (at, one) in sysctls.iter().enumerate() {
        match sysctl::set(sys, at, one) {
            Err(error) if error.errno == Some(libc::ENOENT) && is_of_link(&one.name) => {}
            done => done?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
