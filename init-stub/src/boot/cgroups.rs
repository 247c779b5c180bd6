//! Stage `cgroups`: cgroup v2 with its controllers, and the group in which each service gets its own when it starts.

use crate::core::error::{Code, Result, Step};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sys::kernel::{Kernel, Sys};
use rustix::mount::MountFlags as Flags;

const ROOT: &str = "/sys/fs/cgroup";

/// Those that the kubelet asks for. PID 1 stays in the root, which is exempt from the rule that a group with
/// controllers has no processes of its own.
const CONTROLLERS: [&str; 6] = ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"];

/// Mounts cgroup2 and hands the kernel's controllers down to the services.
pub fn run(_: &mut Node) -> std::result::Result<(), Interrupt> {
    let flags = Flags::NOSUID | Flags::NODEV | Flags::NOEXEC | Flags::RELATIME;
    Kernel.mount("cgroup2", ROOT, "cgroup2", flags, "nsdelegate,memory_recursiveprot").step(
        Code::KernelRefused,
        "mount",
        ROOT,
    )?;
    let present =
        std::fs::read_to_string(format!("{ROOT}/cgroup.controllers")).step(Code::KernelRefused, "read", ROOT)?;
    Ok(arrange(&Kernel, &present)?)
}

fn arrange(sys: &dyn Sys, present: &str) -> Result<()> {
    let wanted: Vec<String> = CONTROLLERS
        .iter()
        .filter(|name| present.split_whitespace().any(|other| other == **name))
        .map(|name| format!("+{name}"))
        .collect();
    let hand_down = |group: &str| {
        let path = format!("{group}/cgroup.subtree_control");
        sys.poke(&path, &wanted.join(" ")).step(Code::KernelRefused, "hand controllers to", path)
    };
    hand_down(ROOT)?;
    let services = format!("{ROOT}/system");
    sys.mkdir(&services, 0o755).step(Code::KernelRefused, "make", services.as_str())?;
    hand_down(&services)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::kernel::recorder::Recorder;

    #[test]
    fn only_controllers_that_the_kernel_has_are_handed_down() {
        let sys = Recorder::default();
        arrange(&sys, "cpu memory pids misc\n").unwrap();
        assert_eq!(
            sys.calls.into_inner().first().unwrap(),
            "poke /sys/fs/cgroup/cgroup.subtree_control +cpu +memory +pids"
        );
    }
}
