//! The kernel's randomness.

use rustix::rand::{GetRandomFlags, getrandom};
use rustix::time::{ClockId, clock_gettime};

/// Bytes that nobody can foresee. Waits until the kernel has enough randomness: a second or so after its start.
pub fn secret<const N: usize>() -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom(&mut bytes, GetRandomFlags::empty())?;
    Ok(bytes)
}

/// Bytes that are not those of the neighbours, at once. Before the kernel has randomness the clock has to do.
pub fn chance<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if getrandom(&mut bytes, GetRandomFlags::NONBLOCK).is_err() {
        let now = clock_gettime(ClockId::Monotonic).tv_nsec.to_ne_bytes();
        bytes.iter_mut().zip(now).for_each(|(to, from)| *to = from);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        assert_ne!(chance::<16>(), chance::<16>());
        assert_ne!(secret::<16>().unwrap(), secret::<16>().unwrap());
    }
}
