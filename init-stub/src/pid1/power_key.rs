//! The power button, as the kernel's input devices show it.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;

const EV_KEY: u16 = 1;
const KEY_POWER: u16 = 116;
/// sizeof(struct input_event) with 64-bit time.
const RECORD: usize = 24;

/// Opens every input device that has a power key.
pub fn open_all() -> Vec<File> {
    let Ok(devices) = std::fs::read_dir("/sys/class/input") else { return Vec::new() };
    devices
        .flatten()
        .filter(|device| device.file_name().to_string_lossy().starts_with("event"))
        .filter(|device| {
            has_power_key(&std::fs::read_to_string(device.path().join("device/capabilities/key")).unwrap_or_default())
        })
        .filter_map(|device| {
            File::options()
                .read(true)
                .custom_flags(libc::O_NONBLOCK)
                .open(std::path::Path::new("/dev/input").join(device.file_name()))
                .ok()
        })
        .collect()
}

/// `capabilities` is a list of hexadecimal 64-bit words, the most significant first.
fn has_power_key(capabilities: &str) -> bool {
    let word = capabilities.split_whitespace().rev().nth(usize::from(KEY_POWER) / 64);
    word.and_then(|word| u64::from_str_radix(word, 16).ok()).is_some_and(|word| word >> (KEY_POWER % 64) & 1 == 1)
}

/// Reads what the keys say; true when the power key went down.
pub fn pressed(keys: &[File]) -> bool {
    let mut down = false;
    for mut key in keys {
        let mut buffer = [0; RECORD * 16];
        while let Ok(n) = key.read(&mut buffer) {
            if n == 0 {
                break;
            }
            down |= buffer.iter().take(n).copied().collect::<Vec<u8>>().chunks_exact(RECORD).any(is_press);
        }
    }
    down
}

fn is_press(record: &[u8]) -> bool {
    match record.get(16..) {
        Some(&[a, b, c, d, e, f, g, h]) => {
            u16::from_ne_bytes([a, b]) == EV_KEY
                && u16::from_ne_bytes([c, d]) == KEY_POWER
                && i32::from_ne_bytes([e, f, g, h]) == 1
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_button_is_told_by_bit_116() {
        assert!(has_power_key("10000000000000 0\n"));
        assert!(!has_power_key("ffffffff\n"));
    }

    #[test]
    fn only_the_press_counts() {
        let record = |kind: u16, code: u16, value: i32| {
            [vec![0; 16], kind.to_ne_bytes().to_vec(), code.to_ne_bytes().to_vec(), value.to_ne_bytes().to_vec()]
                .concat()
        };
        assert!(is_press(&record(1, 116, 1)));
        assert!(!is_press(&record(1, 116, 0)));
        assert!(!is_press(&record(0, 0, 0)));
    }
}
