//! The build date of the image: that of its kernel, which the lock pins. So it is the same in every build of one lock,
//! and no later than any time at which the image can run.

use crate::core::calendar::days;
use rustix::system::uname;

const DAY: i64 = 86_400_000_000_000;

/// Nanoseconds since the Unix epoch at which the kernel's date begins; None: the kernel does not tell one.
pub fn of_kernel() -> Option<i64> {
    date_in(&uname().version().to_string_lossy())
}

/// The kernel's version ends with its date: `#1 SMP PREEMPT_DYNAMIC Debian 6.12.117-1 (2026-11-12)`.
fn date_in(version: &str) -> Option<i64> {
    let (_, date) = version.trim_end().strip_suffix(')')?.rsplit_once('(')?;
    let mut numbers = date.split('-').map(|number| number.parse::<i64>().ok());
    let (year, month, day) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let sane = (2020..2200).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    (sane && numbers.next().is_none()).then(|| days(year, month, day) * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_read_from_the_kernels_version() {
        let date = |version: &str| date_in(version).map(|time| time / 1_000_000_000);
        assert_eq!(date("#1 SMP PREEMPT_DYNAMIC Debian 6.12.117-1 (2026-11-12)"), Some(1_794_441_600));
        assert_eq!(date("#1 SMP Debian 6 (2024-02-29)"), Some(1_709_164_800));
        for other in ["#1 SMP Thu Nov 12 10:00:00 UTC 2026", "(2026-11)", "(2026-13-01)", "(1999-01-01)", ")("] {
            assert_eq!(date(other), None, "{other}");
        }
    }
}
