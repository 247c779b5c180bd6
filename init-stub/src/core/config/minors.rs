//! The minors of the machine schema. A machine config names the lowest that can say it: `keel/v1`, `keel/v1.1`, …. Whatever
//! an earlier minor could say is applied for as long as the schema still has it.

#[rustfmt::skip]
mod table;

use super::json::{Json, step};
use super::{Flaw, Refusal};
pub use table::MINORS;

/// What every version of this contract begins with.
const MAJOR: &str = "keel/v1";
/// Most digits of a minor: more than there will ever be, and they fit a number.
const DIGITS: usize = 9;

/// What one minor changed.
pub struct Minor {
    /// What no earlier minor can say.
    pub adds: &'static [Place],
    /// What earlier minors could say and this one cannot.
    pub removes: &'static [Place],
}

/// A place in machine configs that has something in it.
pub struct Place {
    /// Its keys; `*` is any item of a list.
    pub path: &'static [&'static str],
    /// Only this text; None: whatever is there.
    pub value: Option<&'static str>,
}

/// Whether the version that a document names fits what it says. Another major and any other form are left to the schema, which
/// refuses them.
pub fn check(document: &Json, minors: &[Minor]) -> Result<(), Refusal> {
    let is_machine_config = document.get("kind").and_then(Json::text) == Some("MachineConfig");
    let named = document.get("apiVersion").and_then(Json::text).and_then(minor_of);
    let Some(named) = named.filter(|_| is_machine_config) else { return Ok(()) };
    let Some(later) = minors.get(named.saturating_add(1)..) else {
        let newest = version_of(minors.len().saturating_sub(1));
        let message = format!("it is of {}, and the newest version known here is {newest}", version_of(named));
        return Err(Refusal { flaw: Flaw::TooNew, ..Refusal::new("/apiVersion", message) });
    };
    let later = || later.iter().zip(named.saturating_add(1)..).map(|(minor, number)| (minor, version_of(number)));
    for (minor, version) in later() {
        if let Some(pointer) = first_of(document, minor.removes) {
            let message = format!("it is of {}, and {version} removed this", version_of(named));
            return Err(Refusal { flaw: Flaw::TooOld, ..Refusal::new(pointer, message) });
        }
    }
    for (minor, version) in later() {
        if let Some(pointer) = first_of(document, minor.adds) {
            let message = format!("this came with {version}, and the document names {}", version_of(named));
            return Err(Refusal::new(pointer, message));
        }
    }
    Ok(())
}

/// How a machine config names a minor.
fn version_of(minor: usize) -> String {
    if minor == 0 { MAJOR.into() } else { format!("{MAJOR}.{minor}") }
}

/// The number after `keel/v1`; None: it has another form.
fn minor_of(version: &str) -> Option<usize> {
    let rest = version.strip_prefix(MAJOR)?;
    if rest.is_empty() {
        return Some(0);
    }
    let digits = rest.strip_prefix('.')?;
    let is_number = digits.len() <= DIGITS && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

fn first_of(document: &Json, places: &[Place]) -> Option<String> {
    places.iter().find_map(|place| find(document, place.path, place.value, ""))
}

/// The JSON pointer of the first value at a path.
fn find(here: &Json, path: &[&str], value: Option<&str>, pointer: &str) -> Option<String> {
    let Some((first, rest)) = path.split_first() else {
        return value.is_none_or(|value| here.text() == Some(value)).then(|| pointer.to_owned());
    };
    match here {
        Json::List(items) if *first == "*" => {
            items.iter().enumerate().find_map(|(i, item)| find(item, rest, value, &step(pointer, &i.to_string())))
        }
        Json::Object(_) => find(here.get(first)?, rest, value, &step(pointer, first)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::read;
    use super::*;

    /// A table of a later time.
    const LATER: [Minor; 3] = [
        Minor { adds: &[], removes: &[] },
        Minor { adds: &[Place { path: &["storage", "filesystems", "*", "label"], value: None }], removes: &[] },
        Minor {
            adds: &[Place { path: &["storage", "filesystems", "*", "format"], value: Some("xfs") }],
            removes: &[Place { path: &["time", "servers"], value: None }],
        },
    ];

    fn check_one(version: &str, filesystem: &str, time: &str) -> Result<(), Refusal> {
        let text = format!(
            r#"{{"apiVersion":"{version}","kind":"MachineConfig","time":{time},"storage":{{"filesystems":[{{"format":"ext4"}},{filesystem}]}}}}"#
        );
        check(&read(text.as_bytes()).unwrap(), &LATER)
    }

    #[test]
    fn each_version_says_what_it_has_and_no_more() {
        for (version, filesystem, time) in [
            ("keel/v1", r#"{"format":"ext4"}"#, "{}"),
            ("keel/v1.1", r#"{"label":"a"}"#, "{}"),
            ("keel/v1.2", r#"{"label":"a","format":"xfs"}"#, r#"{"timeoutMs":1}"#),
        ] {
            assert_eq!(check_one(version, filesystem, time), Ok(()), "{version} {filesystem}");
        }
        for (version, filesystem, time, pointer, flaw) in [
            ("keel/v1", r#"{"label":"a"}"#, "{}", "/storage/filesystems/1/label", Flaw::Wrong),
            ("keel/v1.1", r#"{"format":"xfs"}"#, "{}", "/storage/filesystems/1/format", Flaw::Wrong),
            ("keel/v1", "{}", r#"{"servers":[]}"#, "/time/servers", Flaw::TooOld),
            ("keel/v1.1", "{}", r#"{"servers":[]}"#, "/time/servers", Flaw::TooOld),
            ("keel/v1.3", "{}", "{}", "/apiVersion", Flaw::TooNew),
            ("keel/v1.999999999", "{}", "{}", "/apiVersion", Flaw::TooNew),
        ] {
            let refusal = check_one(version, filesystem, time).unwrap_err();
            assert_eq!((refusal.pointer.as_str(), refusal.flaw), (pointer, flaw), "{version}: {}", refusal.message);
            assert!(refusal.message.contains(version), "{}", refusal.message);
        }
    }

    #[test]
    fn other_majors_other_forms_and_other_documents_are_left_to_the_schema() {
        for version in ["keel/v2", "keel/v1.0", "keel/v1.01", "keel/v1.", "keel/v1.1x", "keel/v11", "keel/v1.+1"] {
            assert_eq!(check_one(version, r#"{"label":"a"}"#, "{}"), Ok(()), "{version}");
        }
        for text in [r#"{"apiVersion":"keel/v1.9"}"#, r#"{"apiVersion":"keel/v1.9","kind":"NodeConfig"}"#, "[]"] {
            assert_eq!(check(&read(text.as_bytes()).unwrap(), &LATER), Ok(()), "{text}");
        }
    }
}
