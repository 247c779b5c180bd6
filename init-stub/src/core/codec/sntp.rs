//! SNTP (RFC 4330, with the checks of RFC 5905) as bytes: the question, and a judgement of the answer.

use std::time::Duration;

/// Length of a packet without extensions.
pub const PACKET: usize = 48;
/// Seconds from 1900, where NTP begins, to 1970.
const TO_UNIX: i64 = 2_208_988_800;
/// Seconds after which the 32 bits begin again: in February 2036.
const ERA: i64 = 1 << 32;
const SECOND: i64 = 1_000_000_000;
/// A server further than this from its own source is as good as none (RFC 5905, MAXDISP).
const MOST_DISPERSION: u32 = 16 << 16;
/// An answer that was under way longer says little about the time.
const LONGEST_ROUND_TRIP: i64 = 2 * SECOND;

const CLUELESS: &str = "it is not synchronised";

/// Why an answer is not the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is not an answer to our question; the right one may still come.
    NotOurs,
    /// The server sends us away for good: code DENY or RSTR.
    Denied,
    /// The server has an answer, but not the time.
    Unusable(&'static str),
}

/// A question. `token` is random and stands where the own time would stand: the answer must repeat it, so nobody who
/// has not seen the question can answer it, and the question does not contain our clock.
pub fn question(token: [u8; 8]) -> [u8; PACKET] {
    let mut packet = [0; PACKET];
    // No leap warning, version 4, mode 3: client.
    packet.iter_mut().zip([0x23]).for_each(|(to, from)| *to = from);
    packet.iter_mut().skip(40).zip(token).for_each(|(to, from)| *to = from);
    packet
}

/// Nanoseconds by which our clock is behind the server's. `sent` and `received` are our times of question and answer.
pub fn offset(answer: &[u8], token: [u8; 8], sent: i64, received: i64) -> Result<i64, Fault> {
    let field = |at: usize| answer.get(at..at + 8).and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
    let (Some([flags, stratum, ..]), Some(originate), Some(arrived), Some(left)) =
        (field(0), field(24), field(32), field(40))
    else {
        return Err(Fault::NotOurs);
    };
    let (leap, version, mode) = (flags >> 6, flags >> 3 & 7, flags & 7);
    if mode != 4 || !(1..=4).contains(&version) || originate != token {
        return Err(Fault::NotOurs);
    }
    if stratum == 0 {
        return Err(match answer.get(12..16) {
            Some(b"DENY" | b"RSTR") => Fault::Denied,
            Some(b"RATE") => Fault::Unusable("it asks for fewer requests (RATE)"),
            _ => Fault::Unusable(CLUELESS),
        });
    }
    if leap == 3 || stratum > 15 || left == [0; 8] || arrived == [0; 8] {
        return Err(Fault::Unusable(CLUELESS));
    }
    let short =
        |at: usize| answer.get(at..at + 4).and_then(|it| it.try_into().ok()).map_or(u32::MAX, u32::from_be_bytes);
    if short(4) >= MOST_DISPERSION || short(8) >= MOST_DISPERSION {
        return Err(Fault::Unusable("its distance to its own time source is too large"));
    }
    let (arrived, left) = (unix(arrived), unix(left));
    let under_way = (received - sent) - (left - arrived);
    if left < arrived || received < sent || !(-SECOND..=LONGEST_ROUND_TRIP).contains(&under_way) {
        return Err(Fault::Unusable("its timestamps are inconsistent"));
    }
    Ok(((arrived - sent) + (left - received)) / 2)
}

/// An NTP time in nanoseconds since 1970. A time whose first bit is not set is after February 2036 (RFC 4330, 3).
fn unix(time: [u8; 8]) -> i64 {
    let [a, b, c, d, fraction @ ..] = time;
    let seconds = i64::from(u32::from_be_bytes([a, b, c, d]));
    let era = if seconds < ERA / 2 { ERA } else { 0 };
    let nanoseconds = i64::from(u32::from_be_bytes(fraction)).saturating_mul(SECOND) >> 32;
    (seconds + era - TO_UNIX) * SECOND + nanoseconds
}

/// How long one server may take to answer.
pub const REPLY_TIMEOUT: Duration = Duration::from_millis(1500);

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: [u8; 8] = *b"8 random";
    const NOW: i64 = 1_795_000_000 * SECOND;

    fn ntp(time: i64) -> [u8; 8] {
        let seconds = u32::try_from((time / SECOND + TO_UNIX) % ERA).unwrap();
        let fraction = u32::try_from(((time % SECOND) << 32) / SECOND).unwrap();
        [seconds.to_be_bytes(), fraction.to_be_bytes()].concat().try_into().unwrap()
    }

    /// A good answer of a server whose clock is `ahead` of ours; the way is 10 ms each.
    fn answer(ahead: i64) -> Vec<u8> {
        let mut packet = vec![0; PACKET];
        packet[..2].copy_from_slice(&[0x24, 2]);
        packet[24..32].copy_from_slice(&TOKEN);
        packet[32..40].copy_from_slice(&ntp(NOW + ahead));
        packet[40..48].copy_from_slice(&ntp(NOW + ahead));
        packet
    }

    fn check(answer: &[u8]) -> Result<i64, Fault> {
        offset(answer, TOKEN, NOW - 10_000_000, NOW + 10_000_000)
    }

    #[test]
    fn the_offset_is_the_middle_of_both_ways() {
        assert_eq!(check(&answer(0)), Ok(0));
        assert_eq!(check(&answer(3600 * SECOND)), Ok(3600 * SECOND));
        assert_eq!(check(&answer(-3600 * SECOND)), Ok(-3600 * SECOND));
        assert_eq!(check(&answer(400_000_000 * SECOND)), Ok(400_000_000 * SECOND), "after February 2036");
        let from_1970 = offset(&answer(0), TOKEN, 0, 20_000_000).unwrap();
        assert_eq!(from_1970, NOW - 10_000_000);
    }

    #[test]
    fn an_answer_to_another_question_is_not_ours() {
        let mut other = answer(0);
        other[24] ^= 1;
        assert_eq!(check(&other), Err(Fault::NotOurs));
        for flags in [0x23, 0x25, 0x04, 0x3c] {
            let mut other = answer(0);
            other[0] = flags;
            assert_eq!(check(&other), Err(Fault::NotOurs), "{flags:#x}");
        }
        for cut in 0..PACKET {
            assert_eq!(check(&answer(0)[..cut]), Err(Fault::NotOurs));
        }
    }

    #[test]
    fn a_server_that_does_not_know_the_time_is_unfit() {
        let with = |at: usize, bytes: &[u8]| {
            let mut packet = answer(0);
            packet[at..at + bytes.len()].copy_from_slice(bytes);
            check(&packet)
        };
        assert!(matches!(with(0, &[0xe4]), Err(Fault::Unusable(_))), "leap 3");
        assert!(matches!(with(1, &[16]), Err(Fault::Unusable(_))), "stratum 16");
        assert!(matches!(with(4, &[0, 16, 0, 0]), Err(Fault::Unusable(_))), "root delay");
        assert!(matches!(with(8, &[0, 16, 0, 0]), Err(Fault::Unusable(_))), "root dispersion");
        assert!(matches!(with(40, &[0; 8]), Err(Fault::Unusable(_))), "no time");
        assert!(matches!(with(32, &ntp(NOW + SECOND)), Err(Fault::Unusable(_))), "it left before it came");
    }

    #[test]
    fn a_kiss_of_death_is_followed() {
        let kiss = |code: &[u8]| {
            let mut packet = answer(0);
            packet[1] = 0;
            packet[12..16].copy_from_slice(code);
            check(&packet)
        };
        assert_eq!(kiss(b"DENY"), Err(Fault::Denied));
        assert_eq!(kiss(b"RSTR"), Err(Fault::Denied));
        assert!(matches!(kiss(b"RATE"), Err(Fault::Unusable(_))));
    }

    #[test]
    fn a_question_does_not_contain_our_clock() {
        let packet = question(TOKEN);
        assert_eq!((packet[0], &packet[40..], &packet[1..40]), (0x23, &TOKEN[..], &[0; 39][..]));
    }

    #[test]
    fn no_bytes_are_a_danger() {
        let mut random = 1u32;
        for _ in 0..20_000 {
            let mut packet = answer(0);
            for at in (0..24).chain(32..48) {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                packet[at] = if random & 1 == 0 { random.to_le_bytes()[2] } else { packet[at] };
            }
            let _ = offset(&packet, TOKEN, i64::from(random), NOW);
        }
    }
}
