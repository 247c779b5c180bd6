//! Whether the kernel takes router advertisements on an interface, and what it makes of them.

use crate::core::plan::network::{ACCEPT_ALWAYS, ACCEPT_NEVER};
use std::io;
use std::path::Path;

const PROC: &str = "/proc/sys/net/ipv6/conf";

/// Says whether the kernel takes router advertisements on an interface, also on a node that forwards packets, as every node with a
/// kubelet does, and whether it makes addresses from them; none of these change for privacy. What it has made so far goes where it is not
/// to make any. An interface on which IPv6 is off stays without it.
///
/// It is not done by `net.ipv6.conf.default`, from which the interfaces of pods are made: a pod could then advertise itself
/// as the node's router.
pub fn set_advertisements(interface: &str, accepted: bool, addresses: bool) -> io::Result<()> {
    set_in(Path::new(PROC), Path::new("/sys/class/net"), interface, accepted, addresses)
}

fn set_in(proc: &Path, sys: &Path, interface: &str, accepted: bool, addresses: bool) -> io::Result<()> {
    let folder = proc.join(interface);
    let is_on = |key: &str| match std::fs::read_to_string(folder.join(key)) {
        Ok(text) => Ok(Some(text.trim() != "0")),
        // The kernel has no IPv6, or not on this interface.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    };
    let write = |key: &str, value: u32| std::fs::write(folder.join(key), format!("{value}\n"));
    let value = if accepted { ACCEPT_ALWAYS } else { ACCEPT_NEVER };
    // Of many links most are like this, and each file takes its time.
    let is_down = !is_up(sys, interface);
    if is_down && !accepted {
        let written = write("accept_ra", value);
        return written.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) });
    }
    let (Some(accepts), Some(makes)) = (is_on("accept_ra")?, is_on("autoconf")?) else { return Ok(()) };
    write("accept_ra", value)?;
    write("autoconf", u32::from(addresses))?;
    write("use_tempaddr", 0)?;
    let is_less = (accepts && !accepted) || (accepts && makes && !addresses);
    if is_less && !is_down && is_on("disable_ipv6")? == Some(false) {
        write("disable_ipv6", 1)?;
        write("disable_ipv6", 0)?;
    }
    Ok(())
}

fn is_up(sys: &Path, interface: &str) -> bool {
    let text = std::fs::read_to_string(sys.join(interface).join("flags")).unwrap_or_default();
    u32::from_str_radix(text.trim().trim_start_matches("0x"), 16).is_ok_and(|flags| flags & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 4] = ["accept_ra", "autoconf", "use_tempaddr", "disable_ipv6"];

    /// What is set on an interface that has these values: accept_ra, autoconf, and whether IPv6 is off and the interface up.
    fn set(before: (&str, &str), (is_off, is_up): (&str, bool), accepted: bool, addresses: bool) -> [String; 4] {
        let folder = crate::scratch::Scratch::new("advertisements");
        let (proc, sys) = (folder.join("conf"), folder.join("net"));
        for of in [&proc, &sys] {
            std::fs::create_dir_all(of.join("enp1s0.40")).unwrap();
        }
        let path = |key: &str| proc.join("enp1s0.40").join(key);
        for (key, value) in KEYS.iter().zip([before.0, before.1, "2", is_off]) {
            std::fs::write(path(key), value).unwrap();
        }
        std::fs::write(sys.join("enp1s0.40/flags"), if is_up { "0x1003\n" } else { "0x1002\n" }).unwrap();
        set_in(&proc, &sys, "enp1s0.40", accepted, addresses).unwrap();
        set_in(&proc, &sys, "without-ipv6", accepted, addresses).unwrap();
        // Only what is written has the end of a line.
        let written = |text: String| text.strip_suffix('\n').unwrap_or("untouched").to_owned();
        KEYS.map(|key| written(std::fs::read_to_string(path(key)).unwrap()))
    }

    #[test]
    fn advertisements_are_taken_as_the_config_says_and_what_came_by_them_goes() {
        let (up, down) = (("0", true), ("0", false));
        assert_eq!(set(("1", "1"), down, true, true), ["2", "1", "0", "untouched"]);
        assert_eq!(set(("0", "1"), up, true, true), ["2", "1", "0", "untouched"]);
        assert_eq!(set(("1", "1"), down, false, false), ["0", "untouched", "untouched", "untouched"]);
        assert_eq!(set(("2", "1"), up, false, false), ["0", "0", "0", "0"]);
        assert_eq!(set(("2", "1"), up, true, false), ["2", "0", "0", "0"]);
        assert_eq!(set(("2", "0"), up, true, false), ["2", "0", "0", "untouched"]);
        // Where IPv6 is off it stays off.
        assert_eq!(set(("1", "1"), ("1", true), false, false), ["0", "0", "0", "untouched"]);
    }
}
