//! The watchdogs of this machine, as sysfs shows them: without opening any, because an open one runs.

use crate::core::config::WatchdogDevice;
use std::fs;
use std::path::Path;

/// Where the kernel lists them.
pub const CLASS: &str = "/sys/class/watchdog";
/// What the driver `softdog` calls itself.
const SOFTWARE: &str = "Software Watchdog";
/// `WDIOF_CARDRESET`: it has reset the machine before this boot.
const RESET: u32 = 0x20;

/// One watchdog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its number, which its device has in its name.
    pub number: u32,
    /// What its driver calls it.
    pub identity: String,
    /// Whether it is the reason for this boot.
    pub has_reset: bool,
    /// The shortest and the longest time that it takes, in seconds; 0: it does not say.
    limits: (u32, u32),
    /// The time that it has now, in seconds.
    pub timeout: u32,
}

impl Found {
    /// Its device.
    pub fn device(&self) -> String {
        format!("/dev/watchdog{}", self.number)
    }

    /// Whether it is the kernel's own, which cannot end a hang of the kernel.
    pub fn is_software(&self) -> bool {
        self.identity == SOFTWARE
    }

    /// A time that it takes, in seconds, as near as can be to `milliseconds`.
    pub fn seconds(&self, milliseconds: u64) -> u32 {
        let wanted = u32::try_from(milliseconds.div_ceil(1000)).unwrap_or(u32::MAX);
        let (shortest, longest) = self.limits;
        let longest = if longest == 0 { u32::MAX } else { longest };
        wanted.min(longest).max(shortest)
    }
}

/// All of them, by their number. `class` is [`CLASS`]; a machine without any may not have it.
pub fn all(class: &Path) -> Vec<Found> {
    let entries = fs::read_dir(class).into_iter().flatten().flatten();
    let mut all: Vec<Found> = entries.filter_map(|entry| one(&entry.path())).collect();
    all.sort_by_key(|found| found.number);
    all
}

fn one(folder: &Path) -> Option<Found> {
    let number = folder.file_name()?.to_str()?.strip_prefix("watchdog")?.parse().ok()?;
    let text = |name: &str| fs::read_to_string(folder.join(name)).ok().map(|text| text.trim().to_owned());
    let value = |name: &str| text(name).and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
    Some(Found {
        number,
        identity: text("identity")?,
        has_reset: value("bootstatus") & RESET != 0,
        limits: (value("min_timeout"), value("max_timeout")),
        timeout: value("timeout"),
    })
}

/// The one that is meant; None: there is none, or none yet.
pub fn choose(all: &[Found], device: WatchdogDevice) -> Option<&Found> {
    let own = || all.iter().find(|found| !found.is_software());
    let software = || all.iter().find(|found| found.is_software());
    match device {
        WatchdogDevice::Auto => own().or_else(software),
        WatchdogDevice::Software => software(),
        WatchdogDevice::Off => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn class(name: &str) -> Scratch {
        let class = Scratch::new(name);
        for (name, identity, bootstatus, longest) in [
            ("watchdog10", "i6300ESB timer", "32", "2046"),
            ("watchdog2", "Software Watchdog", "0", "65535"),
            ("watchdog3", "iTCO_wdt", "0", "0"),
        ] {
            fs::create_dir_all(class.join(name)).unwrap();
            for (file, text) in
                [("identity", identity), ("bootstatus", bootstatus), ("max_timeout", longest), ("min_timeout", "2")]
            {
                fs::write(class.join(name).join(file), format!("{text}\n")).unwrap();
            }
        }
        class
    }

    #[test]
    fn the_machine_s_own_come_before_that_of_the_kernel_in_the_order_of_their_numbers() {
        let class = class("watchdogs");
        let all = all(&class);
        let number = |all: &[Found], device| choose(all, device).map(|found| found.number);
        assert_eq!(all.iter().map(|found| found.number).collect::<Vec<_>>(), [2, 3, 10]);
        assert_eq!(number(&all, WatchdogDevice::Auto), Some(3));
        assert_eq!(number(&all, WatchdogDevice::Software), Some(2));
        assert_eq!(number(&all, WatchdogDevice::Off), None);
        assert_eq!(number(all.get(..1).unwrap(), WatchdogDevice::Auto), Some(2));
        assert_eq!(number(all.get(1..).unwrap(), WatchdogDevice::Software), None);
        let reset: Vec<bool> = all.iter().map(|found| found.has_reset).collect();
        assert_eq!(reset, [false, false, true]);
    }

    #[test]
    fn a_time_stays_within_what_the_driver_takes() {
        let class = class("watchdog-limits");
        let all = all(&class);
        let seconds = |at: usize, ms| all.get(at).unwrap().seconds(ms);
        assert_eq!((seconds(2, 60_000), seconds(2, 10_500)), (60, 11));
        assert_eq!((seconds(2, 9_000_000), seconds(2, 1)), (2046, 2));
        // It does not say how long it can wait.
        assert_eq!(seconds(1, 9_000_000), 9000);
    }

    #[test]
    fn a_machine_without_any_has_none() {
        assert_eq!(all(Path::new("/nowhere")), []);
    }
}
