//! The power button, as the kernel's input devices show it.

use rustix::fd::OwnedFd;
use rustix::fs::inotify;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;

const DEV: &str = "/dev";
const DEVICES: &str = "/dev/input";
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
                .open(std::path::Path::new(DEVICES).join(device.file_name()))
                .ok()
        })
        .collect()
}

/// Readable when an input device, or the folder of the first one, has appeared. It is used once.
pub fn watch_new() -> std::io::Result<OwnedFd> {
    let watch = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK)?;
    watch_folders(|folder| inotify::add_watch(&watch, folder, inotify::WatchFlags::CREATE).map(drop))?;
    Ok(watch)
}

/// Has the folder of input devices watched, or the one above it until there is one.
fn watch_folders<E>(mut add: impl FnMut(&'static str) -> Result<(), E>) -> Result<(), E> {
    if add(DEVICES).is_err() {
        add(DEV)?;
        // One that was made between the two is announced no more.
        let _ = add(DEVICES);
    }
    Ok(())
}

/// `capabilities` is a list of hexadecimal 64-bit words, the most significant first.
fn has_power_key(capabilities: &str) -> bool {
    let word = capabilities.split_whitespace().rev().nth(usize::from(KEY_POWER) / 64);
    word.and_then(|word| u64::from_str_radix(word, 16).ok()).is_some_and(|word| word >> (KEY_POWER % 64) & 1 == 1)
}

/// Reads what the keys say; true when the power key went down. A device that is gone, such as a keyboard that was pulled out,
/// is closed: it would wake the event loop forever.
pub fn pressed(keys: &mut Vec<File>) -> bool {
    let mut down = false;
    keys.retain_mut(|key| {
        let mut buffer = [0; RECORD * 16];
        loop {
            match key.read(&mut buffer) {
                Ok(0) => return false,
                Ok(n) => down |= buffer.get(..n).unwrap_or_default().chunks_exact(RECORD).any(is_press),
                Err(e) => return e.kind() == ErrorKind::WouldBlock,
            }
        }
    });
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
    fn a_power_button_is_recognised_by_bit_116() {
        assert!(has_power_key("10000000000000 0\n"));
        assert!(!has_power_key("ffffffff\n"));
    }

    #[test]
    fn a_folder_of_devices_that_is_made_meanwhile_is_watched() {
        let mut watched = Vec::new();
        watch_folders(|folder| match (folder, watched.is_empty()) {
            (DEVICES, true) => Err(()),
            _ => {
                watched.push(folder);
                Ok(())
            }
        })
        .unwrap();
        assert_eq!(watched, [DEV, DEVICES]);
    }

    fn record(kind: u16, code: u16, value: i32) -> Vec<u8> {
        [vec![0; 16], kind.to_ne_bytes().to_vec(), code.to_ne_bytes().to_vec(), value.to_ne_bytes().to_vec()].concat()
    }

    #[test]
    fn a_device_that_is_gone_is_closed_and_the_others_stay() {
        let (gone, stays) = (std::io::pipe().unwrap(), std::io::pipe().unwrap());
        let mut keys: Vec<File> = [gone.0, stays.0].map(|end| File::from(std::os::fd::OwnedFd::from(end))).into();
        for key in &keys {
            rustix::io::ioctl_fionbio(key, true).unwrap();
        }
        drop(gone.1);
        assert!(!pressed(&mut keys));
        assert_eq!(keys.len(), 1);
        std::io::Write::write_all(&mut &stays.1, &record(1, 116, 1)).unwrap();
        assert!(pressed(&mut keys));
        assert_eq!(keys.len(), 1);
    }

    #[test]
    fn only_the_press_counts() {
        assert!(is_press(&record(1, 116, 1)));
        assert!(!is_press(&record(1, 116, 0)));
        assert!(!is_press(&record(0, 0, 0)));
    }
}
