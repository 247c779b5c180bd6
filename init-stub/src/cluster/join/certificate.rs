//! Until when the kubelet's client certificate is valid: the end of the validity in an X.509 certificate (RFC 5280, 4.1), and
//! nothing else of it. It only says that the cluster is to be asked.

use crate::core::calendar::days;
use crate::core::from_base64::from_base64;

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;

/// The last second of the first certificate in a PEM text, as Unix time; None: there is none.
pub fn expiry(pem: &str) -> Option<i64> {
    let (base64, _) = pem.split_once("-----BEGIN CERTIFICATE-----")?.1.split_once('-')?;
    let bytes = from_base64(base64.as_bytes())?;
    let (_, certificate, _) = element(&bytes)?;
    let (_, mut rest, _) = element(certificate)?;
    let mut sequences = 0;
    loop {
        let (tag, body, after) = element(rest)?;
        sequences += i32::from(tag == SEQUENCE);
        // After the algorithm and the issuer comes the validity: its beginning and its end.
        if sequences == 3 {
            let (tag, end, _) = element(element(body)?.2)?;
            return time(tag == UTC_TIME, end);
        }
        rest = after;
    }
}

/// Tag and content of the first element, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, length, rest @ ..] = bytes else { return None };
    let (length, rest) = match length {
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(length & 0xF))?;
            (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => (usize::from(*length), rest),
    };
    let (body, after) = rest.split_at_checked(length)?;
    Some((*tag, body, after))
}

/// `YYMMDDhhmmssZ`, where 50 is 1950, or the same with four digits of the year.
fn time(has_short_year: bool, text: &[u8]) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| std::str::from_utf8(text.get(range)?).ok()?.parse::<i64>().ok();
    let at = if has_short_year { 2 } else { 4 };
    let year = match number(0..at)? {
        year if !has_short_year => year,
        year if year < 50 => year + 2000,
        year => year + 1900,
    };
    let two = |n: usize| number(at + 2 * n..at + 2 * n + 2);
    Some(((days(year, two(0)?, two(1)?) * 24 + two(2)?) * 60 + two(3)?) * 60 + two(4)?)
}

#[cfg(test)]
mod tests {
    use super::expiry;
    use crate::core::calendar::date;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    fn pem(year: i32) -> String {
        let mut wanted = CertificateParams::new(vec!["w1".to_owned()]).unwrap();
        wanted.not_after = date_time_ymd(year, 11, 21);
        wanted.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
    }

    #[test]
    fn the_end_of_a_certificate_is_read_in_both_forms_of_a_year() {
        for year in [2027, 2049, 2050, 2451] {
            let end = expiry(&format!("{}-----BEGIN EC PRIVATE KEY-----\n", pem(year))).unwrap();
            assert_eq!(date(u64::try_from(end).unwrap()), format!("{year}-11-21 00:00 UTC"));
        }
    }

    #[test]
    fn what_is_not_a_certificate_has_no_end() {
        let whole = pem(2027);
        for cut in (0..whole.len()).step_by(7) {
            let text = whole.get(..cut).unwrap();
            assert!(expiry(text).is_none_or(|end| Some(end) == expiry(&whole)), "{cut} bytes");
        }
        assert_eq!(expiry("-----BEGIN CERTIFICATE-----\n////////\n-----END CERTIFICATE-----\n"), None);
    }
}
