//! Which disk the machine was started from: systemd-boot, and its stub, leave the GUID of their partition in a variable of
//! the firmware.

use crate::core::efi;
use crate::core::gpt::Guid;
use crate::sys::mounted::Mounted;
use std::path::Path;

/// The variable with the GUID of the boot loader interface, which every such loader uses.
const VARIABLE: &str = "LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
const FIRMWARE: &str = "/sys/firmware/efi";
const LIMIT: usize = 4096;

/// The partition; none on a machine without such firmware, or that a network or a hypervisor started.
pub fn partition() -> Option<Guid> {
    let firmware = Path::new(FIRMWARE);
    if !firmware.exists() {
        return None;
    }
    // On a workstation somebody has mounted it; on a node nobody has, and nothing but this needs it.
    let mounted = || Mounted::new("efivarfs", "efivarfs").ok()?.read(VARIABLE, LIMIT).ok()?;
    parse(&std::fs::read(firmware.join("efivars").join(VARIABLE)).ok().or_else(mounted)?)
}

fn parse(bytes: &[u8]) -> Option<Guid> {
    efi::text(bytes)?.to_lowercase().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_is_read_whatever_its_case_and_its_end() {
        let written = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
        let guid = written.to_lowercase().parse().ok();
        for end in ["", "\0"] {
            let text = format!("{written}{end}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
            assert_eq!(parse(&[&[6, 0, 0, 0], text.as_slice()].concat()), guid);
        }
        assert!(guid.is_some());
        assert_eq!(parse(&[6, 0, 0, 0, 0x41, 0]), None);
        assert_eq!(parse(&[6, 0]), None);
    }
}
