//! Days of the calendar and days since 1970. The year begins with March here, so that the leap day is its last and every
//! month begins at a fixed day of the year.

const DAY: u64 = 86_400;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Days from 1970-01-01.
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

/// The date of a Unix time, as in 2026-11-21 14:05 UTC.
pub fn date(unix: u64) -> String {
    let (days, minutes) = (unix / DAY, unix % DAY / 60);
    let day = days + 719_468;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let of_400 = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * of_400 + of_400 / 4 - of_400 / 100);
    let month = (5 * of_year + 2) / 153;
    let (day, month, late) =
        (of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 }, u64::from(month >= 10));
    format!("{}-{month:02}-{day:02} {:02}:{:02} UTC", era * 400 + of_400 + late, minutes / 60, minutes % 60)
}

/// The Unix time of a date of HTTP: `Sat, 21 Nov 2026 14:05:09 GMT`, the one form that servers may send (RFC 9110, 5.6.7).
pub fn of_http(text: &str) -> Option<i64> {
    let words: Vec<&str> = text.trim().split(' ').collect();
    let [_, day, month, year, time, "GMT"] = words.as_slice() else { return None };
    let number = |text: &str, most: i64| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten().filter(|number: &i64| *number <= most)
    };
    let month = i64::try_from(MONTHS.iter().position(|name| name == month)?).ok()? + 1;
    let mut parts = time.split(':');
    let (hour, minute) = (number(parts.next()?, 23)?, number(parts.next()?, 59)?);
    // A leap second has the number 60.
    let second = number(parts.next()?, 60)?;
    let days = days(number(year, 9999)?, month, number(day, 31)?);
    parts.next().is_none().then_some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date(0), "1970-01-01 00:00 UTC");
        assert_eq!(date(951_782_400 + 3660), "2000-02-29 01:01 UTC");
        assert_eq!(date(1_798_761_599), "2026-12-31 23:59 UTC");
        assert_eq!((days(1970, 1, 1), days(2024, 2, 29)), (0, 19_782));
    }

    #[test]
    fn a_date_of_http_is_read_and_nothing_else() {
        assert_eq!(of_http("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(of_http("Thu, 31 Dec 2026 23:59:59 GMT"), Some(1_798_761_599));
        for other in [
            "",
            "120",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37:00 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
        ] {
            assert_eq!(of_http(other), None, "{other}");
        }
    }
}
