//! base64 as people and platforms write it.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// What the text stands for: both alphabets, with or without padding, with any white space. None when it is not base64.
pub fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [STANDARD, URL_SAFE].iter().find_map(|alphabet| GeneralPurpose::new(alphabet, lenient).decode(&text).ok())
}

#[cfg(test)]
mod tests {
    use super::from_base64;

    #[test]
    fn both_alphabets_are_read_with_or_without_padding_in_any_lines() {
        for text in ["++8=", "--8", " +\r\n+8\n", "++8"] {
            assert_eq!(from_base64(text.as_bytes()), Some(vec![0xfb, 0xef]), "{text}");
        }
        assert_eq!(from_base64(b"%"), None);
    }
}
