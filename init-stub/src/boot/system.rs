//! Stage `system`: configured modules, then the sysctl values that may need them.

use crate::core::config::Sysctl;
use crate::core::error::{Code, Error, Result, Step};
use crate::modules;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sys::kernel::{Kernel, Sys};

/// Loads modules, then sets values.
pub fn run(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let config = node.config()?;
    modules::load(node, &config.kernel.modules, Some("/kernel/modules"))?;
    Ok(set_sysctls(&Kernel, &config.kernel.sysctl)?)
}

fn set_sysctls(sys: &dyn Sys, sysctls: &[Sysctl]) -> Result<()> {
    for (at, sysctl) in sysctls.iter().enumerate() {
        let refused = |error: Error| error.with_pointer(format!("/kernel/sysctl/{at}"));
        let path = sysctl_path(&sysctl.name).ok_or_else(|| {
            refused(
                Error::new(Code::SysctlRefused, "set", &sysctl.name).with_detail("this is not the name of a sysctl"),
            )
        })?;
        // The newline makes an empty value a value, too.
        sys.poke(&path, &format!("{}\n", sysctl.value))
            .step(Code::SysctlRefused, "set", &sysctl.name)
            .map_err(refused)?;
    }
    Ok(())
}

/// Dots separate, and a slash stands for a dot inside a part, as in `net.ipv4.conf.eth0/100.rp_filter`.
fn sysctl_path(name: &str) -> Option<String> {
    let parts: Vec<String> = name.split('.').map(|part| part.replace('/', ".")).collect();
    let fit = parts.iter().all(|part| !matches!(part.as_str(), "" | "." | ".."));
    fit.then(|| format!("/proc/sys/{}", parts.join("/")))
}

#[cfg(test)]
mod tests;
