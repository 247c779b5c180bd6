//! SMBIOS, table entries of type 11: strings that the operator of the machine may add. One of them may be
//! `keel.config=` with the machine config, plain or packed.

use super::SourceAnswer;
use super::platform::firmware;
use crate::core::error::{Code, Error, Step};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

const ENTRIES: &str = "/sys/firmware/dmi/entries";
const PREFIX: &[u8] = b"keel.config=";
/// What people call it.
pub const PLACE: &str = "SMBIOS type 11 keel.config=";
/// The type number and the dash after it, as the kernel names its folders: `11-0`.
const TYPE: &str = "11-";
/// Where a type 11 entry says how long its fixed part is; its strings come after that part.
const LENGTH_AT: usize = 1;

/// Reads all entries. A machine without SMBIOS has no config there.
pub fn ask(_: &mut Node) -> Result<SourceAnswer, Interrupt> {
    Ok(match strings(Path::new(ENTRIES)) {
        Err(e) if e.kind() == ErrorKind::NotFound => SourceAnswer::NoConfig,
        read => read.step(Code::KernelRefused, "read", PLACE).map_or_else(SourceAnswer::Fatal, choose),
    })
}

/// The one string with our name. Two are a mistake, and neither is chosen silently.
fn choose(strings: Vec<Vec<u8>>) -> SourceAnswer {
    let mut configs = strings.into_iter().filter_map(|text| text.strip_prefix(PREFIX).map(<[u8]>::to_vec));
    match (configs.next(), configs.next()) {
        (None, _) => SourceAnswer::NoConfig,
        (Some(config), None) => SourceAnswer::Config(config.into()),
        (Some(_), Some(_)) => SourceAnswer::Fatal(
            Error::new(Code::SourceAmbiguous, "choose between", PLACE)
                .with_detail("more than one string of type 11 begins with keel.config="),
        ),
    }
}

fn strings(entries: &Path) -> std::io::Result<Vec<Vec<u8>>> {
    let mut names: Vec<String> =
        fs::read_dir(entries)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.retain(|name| name.starts_with(TYPE));
    names.sort_unstable_by_key(|name| (name.len(), name.clone()));
    let mut found = Vec::new();
    for name in names {
        found.extend(strings_of(&fs::read(entries.join(name).join("raw"))?));
    }
    Ok(found)
}

/// What an entry ends with: strings that each end with a zero, and one more zero.
pub fn strings_of(entry: &[u8]) -> Vec<Vec<u8>> {
    let fixed = entry.get(LENGTH_AT).copied().map_or(0, usize::from);
    let text = entry.get(fixed..).unwrap_or_default();
    text.split(|byte| *byte == 0).take_while(|one| !one.is_empty()).map(<[u8]>::to_vec).collect()
}

/// The machine's UUID in lower case; None when the firmware has none worth the name.
pub fn machine_uuid() -> Option<String> {
    known_uuid(&firmware("product_uuid"))
}

/// Nobody's: what the makers of boards leave in firmware that was never given a UUID, and all of one digit.
const NO_UUID: [&str; 5] = [
    "03000200-0400-0500-0006-000700080009",
    "00020003-0004-0005-0006-000700080009",
    "12345678-1234-5678-90ab-cddeefaabbcc",
    "4c4c4544-0000-2010-8020-80c04f202020",
    "fefefefe-fefe-fefe-fefe-fefefefefefe",
];

/// A UUID in lower case; None for one that many machines have.
pub fn known_uuid(text: &str) -> Option<String> {
    let uuid = text.trim().to_ascii_lowercase();
    let mut digits = uuid.bytes().filter(|byte| *byte != b'-');
    let first = digits.next()?;
    (!digits.all(|digit| digit == first) && !NO_UUID.contains(&uuid.as_str())).then_some(uuid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn entry(strings: &[&str]) -> Vec<u8> {
        let mut bytes = vec![11, 5, 0, 0x0e, u8::try_from(strings.len()).unwrap()];
        for text in strings {
            bytes.extend(text.as_bytes());
            bytes.push(0);
        }
        bytes.push(0);
        bytes
    }

    #[test]
    fn the_string_with_the_name_is_found_in_any_entry_of_the_type() {
        let root = Scratch::new("smbios");
        for (name, bytes) in [
            ("1-0", entry(&["keel.config=no"])),
            ("11-0", entry(&["io.systemd.credential:a=b"])),
            ("11-1", entry(&["x", "keel.config={}", "y"])),
        ] {
            fs::create_dir_all(root.join(name)).unwrap();
            fs::write(root.join(name).join("raw"), bytes).unwrap();
        }
        assert!(matches!(choose(strings(&root).unwrap()), SourceAnswer::Config(found) if found.bytes == b"{}"));
    }

    #[test]
    fn two_strings_with_the_name_are_refused_and_none_means_no_config() {
        let chosen = |texts: &[&str]| choose(strings_of(&entry(texts)));
        assert!(
            matches!(chosen(&["keel.config=a", "keel.config=b"]), SourceAnswer::Fatal(e) if e.code == Code::SourceAmbiguous)
        );
        assert!(matches!(chosen(&["keel.configx"]), SourceAnswer::NoConfig));
        assert!(matches!(chosen(&[]), SourceAnswer::NoConfig));
    }

    #[test]
    fn a_truncated_entry_does_not_panic() {
        let whole = entry(&["keel.config={}"]);
        for length in 0..whole.len() {
            let _ = strings_of(&whole[..length]);
        }
        assert!(strings_of(&[11, 255, 0]).is_empty());
    }

    #[test]
    fn a_uuid_that_every_second_machine_has_is_none() {
        assert_eq!(known_uuid("4C4C4544-0042").as_deref(), Some("4c4c4544-0042"));
        for text in [
            "",
            "00000000-0000-0000-0000-000000000000",
            "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
            "11111111-1111-1111-1111-111111111111",
            "03000200-0400-0500-0006-000700080009",
            "4C4C4544-0000-2010-8020-80C04F202020",
        ] {
            assert_eq!(known_uuid(text), None);
        }
    }
}
