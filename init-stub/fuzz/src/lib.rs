//! The targets, and what makes one of them a program.

pub mod targets;

/// The program of the target of this name.
#[macro_export]
macro_rules! program {
    ($name:literal) => {
        const TARGET: fn(&[u8]) = $crate::find($name);
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET(bytes));
    };
}

/// The function of a target. A name that is in no row does not compile.
pub const fn find(name: &str) -> fn(&[u8]) {
    let mut at = 0;
    while at < targets::TARGETS.len() {
        let (other, function) = targets::TARGETS[at];
        if is_same(name.as_bytes(), other.as_bytes()) {
            return function;
        }
        at += 1;
    }
    panic!("there is no such target")
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}
