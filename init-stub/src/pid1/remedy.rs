//! The failure block: what a person sees on every console when a boot ends. Code, stage, object, cause, what to do.

#[rustfmt::skip]
mod table;

use crate::core::error::{Code, Error};
use std::fmt::Write;
pub use table::remedy;

/// The failure in one sentence.
pub fn sentence(error: &Error) -> String {
    let mut text = format!("{} {}: {}", error.verb, error.object, code_name(error.code));
    if let Some(errno) = error.errno {
        let _ = write!(text, ": {}", std::io::Error::from_raw_os_error(errno));
    }
    if let Some(detail) = &error.detail {
        let _ = write!(text, ": {detail}");
    }
    text
}

/// The block for the consoles. `then` says what init does now.
pub fn block(error: &Error, then: &str) -> String {
    const RULE: &str = "========================================================================";
    let mut text = format!("\n{RULE}\nKEEL: THE BOOT ENDS HERE: {}\n\n", code_name(error.code));
    let mut fact = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "  {name:<10} {}", value.trim_end().replace('\n', "\n             "));
        }
    };
    fact("stage", &error.stage);
    fact("step", &format!("{} {}", error.verb, error.object));
    fact("kernel", &error.errno.map(|errno| std::io::Error::from_raw_os_error(errno).to_string()).unwrap_or_default());
    fact("cause", error.detail.as_deref().unwrap_or_default());
    fact(
        "at",
        error
            .pointer
            .as_deref()
            .map(|pointer| if pointer.is_empty() { "/ (the whole machine config)" } else { pointer })
            .unwrap_or_default(),
    );
    fact("what to do", remedy(error.code));
    fact("now", then);
    text.push_str(RULE);
    text.push('\n');
    text
}

/// The code as it is written in events and docs.
pub fn code_name(code: Code) -> String {
    serde_json::to_value(code).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_names_stage_object_cause_place_and_remedy() {
        let error = Error::new(Code::DiskForeign, "claim", "/dev/vda")
            .with_detail("it holds an ext4 filesystem\nlabelled backup")
            .with_pointer("/storage/disks/0")
            .in_stage("disks");
        let text = block(&error, "the machine stays as it is");
        for part in [
            "disk-foreign",
            "disks",
            "claim /dev/vda",
            "ext4",
            "\n             labelled backup",
            "/storage/disks/0",
            "wipe: true",
            "stays",
        ] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
    }

    #[test]
    fn the_block_in_operations_is_what_init_prints() {
        let error = Error::new(Code::DiskForeign, "partition", "/dev/vda")
            .with_detail("it holds ext4")
            .with_pointer("/storage/disks/0/wipe")
            .in_stage("disks");
        let text = block(&error, "the machine stays as it is; the power button turns it off");
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md");
        assert!(std::fs::read_to_string(page).unwrap().contains(&text), "operations.md does not have {text}");
    }
}
