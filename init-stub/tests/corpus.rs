//! Replays the inputs of fuzz/corpus: what once went wrong, and what leads through every branch.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic")]

#[path = "../fuzz/src/targets/mod.rs"]
mod targets;

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use targets::TARGETS;

const MOST_FILES: usize = 40;
const MOST_BYTES: usize = 2048;

fn names(folder: &str) -> BTreeSet<String> {
    fs::read_dir(Path::new("fuzz").join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn what_fuzzing_has_found_is_handled() {
    let mut refused = Vec::new();
    for (name, target) in TARGETS {
        for file in names(&format!("corpus/{name}")) {
            let path = format!("fuzz/corpus/{name}/{file}");
            let bytes = fs::read(&path).unwrap();
            assert!(bytes.len() <= MOST_BYTES, "{path} has more than {MOST_BYTES} bytes");
            if catch_unwind(|| target(&bytes)).is_err() {
                refused.push(path);
            }
        }
    }
    assert_eq!(refused, [""; 0]);
}

#[test]
fn every_target_has_a_program_and_a_small_corpus() {
    let manifest = fs::read_to_string("fuzz/Cargo.toml").unwrap();
    for (name, _) in TARGETS {
        assert!((1..=MOST_FILES).contains(&names(&format!("corpus/{name}")).len()), "corpus of {name}");
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")), "{name}");
        let program = fs::read_to_string(format!("fuzz/fuzz_targets/{name}.rs")).unwrap();
        assert!(program.contains(&format!("program!(\"{name}\")")), "{name}");
    }
    let of_targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("corpus"), of_targets);
    assert_eq!(names("fuzz_targets").len(), TARGETS.len());
}
