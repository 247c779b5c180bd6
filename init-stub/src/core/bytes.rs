//! Little-endian fields out of bytes that nobody vouches for: whatever is out of range is `None`, never a panic.

/// `N` bytes at `offset`.
pub fn array_at<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..)?.first_chunk().copied()
}

/// A 16-bit number at `offset`.
pub fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    array_at(bytes, offset).map(u16::from_le_bytes)
}

/// A 32-bit number at `offset`.
pub fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    array_at(bytes, offset).map(u32::from_le_bytes)
}

/// A 64-bit number at `offset`.
pub fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    array_at(bytes, offset).map(u64::from_le_bytes)
}

/// Copies `value` to `offset`; what does not fit is a bug of the caller and is left out.
pub fn put(bytes: &mut [u8], offset: usize, value: &[u8]) {
    if let Some(place) = offset.checked_add(value.len()).and_then(|end| bytes.get_mut(offset..end)) {
        place.iter_mut().zip(value).for_each(|(old, new)| *old = *new);
    }
}

/// Whether there is nothing but zeros.
pub fn is_zero(bytes: &[u8]) -> bool {
    const ZEROS: [u8; 4096] = [0; 4096];
    // Comparing slices is one memcmp per block; byte by byte, MiBs take long under emulation and in debug builds.
    bytes.chunks(ZEROS.len()).all(|chunk| ZEROS.get(..chunk.len()) == Some(chunk))
}

/// A size for people: `488 MiB`, `1.5 GiB`, `512 bytes`. Cut, never rounded up.
pub fn size_text(bytes: u64) -> String {
    for (unit, name) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] {
        let (whole, tenths) = (bytes >> unit, ((bytes & ((1 << unit) - 1)) * 10) >> unit);
        match (whole, tenths) {
            (0, _) => {}
            (whole, 0) => return format!("{whole} {name}"),
            (whole, tenths) => return format!("{whole}.{tenths} {name}"),
        }
    }
    format!("{bytes} bytes")
}

/// Two sizes that differ, so that people see it: exact where their short forms are the same.
pub fn two_sizes(one: u64, other: u64) -> (String, String) {
    let short = (size_text(one), size_text(other));
    if short.0 == short.1 { (format!("{one} bytes"), format!("{other} bytes")) } else { short }
}

#[cfg(test)]
mod size_tests {
    use super::*;

    #[test]
    fn a_size_is_short_and_two_that_differ_are_told_apart() {
        let sizes = [0, 512, 1536, 488 << 20, (1 << 30) + (1 << 29), 4 << 30];
        assert_eq!(sizes.map(size_text), ["0 bytes", "512 bytes", "1.5 KiB", "488 MiB", "1.5 GiB", "4 GiB"]);
        assert_eq!(two_sizes(4 << 30, (4 << 30) + 512), ("4294967296 bytes".into(), "4294967808 bytes".into()));
        assert_eq!(two_sizes(488 << 20, 400 << 20), ("488 MiB".into(), "400 MiB".into()));
    }
}
