//! Slots: the images on the ESP, which a boot loader with boot counting starts. The name of a file says everything about it:
//! `keel-<number>-<version>.efi` is good, `…+3.efi` and `…+2-1.efi` are on trial (tries that are left, tries that were made), `…+0-3.efi`
//! is bad. The image that was installed last has the highest number, and starts. Other endings are not listed by the loader.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Where the loader finds images by itself.
pub const FOLDER: &str = "EFI/Linux";
/// How often a new image is tried.
pub const TRIES: u32 = 3;

const PREFIX: &str = "keel-";
const PROGRAM: &str = ".efi";
const UNFINISHED: &str = ".unfinished";
const FAILED: &str = ".failed";
/// The longest version.
const LONGEST: usize = 40;

/// What an image has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SlotState {
    /// A node was steady with it, or healthy where the config says what that is.
    Good,
    /// No boot was that yet.
    Trial {
        /// How many boots are left to it.
        left: u32,
        /// How many it had.
        made: u32,
    },
    /// All its boots failed, and nobody has noted it yet.
    Bad,
    /// It is noted that all its boots failed; it never starts again.
    Failed,
    /// It is being written.
    Unfinished,
}

/// An image on the ESP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotImage {
    /// Its place in the order in which images were installed; 0: it was put there by hand or by an older Keel.
    pub number: u32,
    /// Its version.
    pub version: String,
    /// What it has shown.
    pub state: SlotState,
}

impl SlotImage {
    /// The image of a file name; None: it is not an image of Keel.
    pub fn parse(name: &str) -> Option<Self> {
        let rest = name.strip_prefix(PREFIX)?;
        let (stem, state) = if let Some(stem) = rest.strip_suffix(UNFINISHED) {
            (stem, SlotState::Unfinished)
        } else if let Some(stem) = rest.strip_suffix(FAILED) {
            (stem, SlotState::Failed)
        } else {
            counted(rest.strip_suffix(PROGRAM)?)?
        };
        let numbered = stem.split_once('-').and_then(|(number, version)| Some((number_of(number)?, version)));
        let (number, version) = numbered.unwrap_or((0, stem));
        is_version(version).then(|| Self { number, version: version.into(), state })
    }

    /// Whether it is the image that the loader calls so: the name of its file without the count.
    pub fn is_entry(&self, entry: &str) -> bool {
        let good = Self { state: SlotState::Good, ..self.clone() };
        good.to_string().eq_ignore_ascii_case(entry)
    }

    /// What it is called in sentences and breadcrumbs: its name without count and ending.
    pub fn label(&self) -> String {
        match self.number {
            0 => format!("{PREFIX}{}", self.version),
            number => format!("{PREFIX}{number}-{}", self.version),
        }
    }
}

impl fmt::Display for SlotImage {
    /// The name of its file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = self.label();
        match self.state {
            SlotState::Good => write!(f, "{label}{PROGRAM}"),
            SlotState::Trial { left, made: 0 } => write!(f, "{label}+{left}{PROGRAM}"),
            SlotState::Trial { left, made } => write!(f, "{label}+{left}-{made}{PROGRAM}"),
            SlotState::Bad => write!(f, "{label}+0-{TRIES}{PROGRAM}"),
            SlotState::Failed => write!(f, "{label}{FAILED}"),
            SlotState::Unfinished => write!(f, "{label}{UNFINISHED}"),
        }
    }
}

/// The name before a count, and what the count says.
fn counted(stem: &str) -> Option<(&str, SlotState)> {
    let Some((name, count)) = stem.rsplit_once('+') else { return Some((stem, SlotState::Good)) };
    let (left, made) = count.split_once('-').unwrap_or((count, "0"));
    Some(match (number_of(left)?, number_of(made)?) {
        (0, _) => (name, SlotState::Bad),
        (left, made) => (name, SlotState::Trial { left, made }),
    })
}

/// Whether a text can be the version of an image.
pub fn is_version(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphanumeric())
        && text.len() <= LONGEST
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte))
}

/// As the loader counts: digits only, of which leading zeros mean nothing.
fn number_of(text: &str) -> Option<u32> {
    (text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests;
