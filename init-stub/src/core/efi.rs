//! Variables of UEFI firmware, as the kernel shows them: four bytes of attributes, then the value.

/// Bytes before the value.
pub const ATTRIBUTE_BYTES: usize = 4;

/// A value that is text: UTF-16 up to a zero, or to its end.
pub fn text(bytes: &[u8]) -> Option<String> {
    let units = bytes.get(ATTRIBUTE_BYTES..)?.chunks_exact(2);
    let units = units.filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)));
    String::from_utf16(&units.take_while(|unit| *unit != 0).collect::<Vec<_>>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_text_behind_its_attributes_whatever_its_end() {
        for end in ["", "\0", "\0rest"] {
            let text_of = format!("keel-2-b.efi{end}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
            assert_eq!(text(&[&[6, 0, 0, 0], text_of.as_slice()].concat()).as_deref(), Some("keel-2-b.efi"));
        }
        assert_eq!(text(&[6, 0]), None);
        assert_eq!(text(&[6, 0, 0, 0, 0, 0xd8]), None);
    }
}
