//! The layers of the crate, held by what its files import: boot → subjects → pid1 → {core, sys}; core imports nothing else of
//! Keel. No modules import each other in a circle, a parent and its child neither, and `unsafe` stands in `sys` alone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod names;
mod source;

use names::{Modules, circles};
use source::{Source, imports, sources};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// From the top to the bottom: a module imports only from the layers below its own; subjects may import each other, and the
/// programs other than PID 1 are of the top.
const LAYERS: [(&str, &[&str]); 5] = [
    ("boot", &["boot", "cli", "applets"]),
    ("subjects", &["net", "disk", "sources", "cluster", "time", "modules", "health", "slots", "watchdog"]),
    ("pid1", &["pid1"]),
    ("sys", &["sys"]),
    ("core", &["core"]),
];

fn layer(module: &str) -> usize {
    let at = LAYERS.iter().position(|(_, modules)| modules.contains(&module));
    at.unwrap_or_else(|| unreachable!("{module} is of no layer: say in tests/layers which one"))
}

#[test]
fn a_group_of_imports_is_read_as_its_paths() {
    let code = "use crate::a::{self, b::{C, D}, e};\nfn f() { crate::g::h::<u8>() }";
    let read: Vec<String> = imports(code).iter().map(|path| path.join("::")).collect();
    assert_eq!(read, ["a::b::C", "a::b::D", "a::e", "a::self", "g::h"]);
}

#[test]
fn no_module_imports_from_a_layer_above_its_own() {
    let mut wrong = Vec::new();
    for source in sources() {
        let from = source.module[0].as_str();
        for path in imports(&source.code) {
            let to = path[0].as_str();
            let (above, below) = (layer(from), layer(to));
            let is_allowed = above < below || from == to || LAYERS[above].0 == "subjects" && above == below;
            let is_of_the_top = LAYERS[above].0 == "boot" && above == below;
            if !is_allowed && !is_of_the_top {
                wrong.push(format!("{} imports {}", source.path.display(), path.join("::")));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn core_touches_nothing_but_what_it_is_handed() {
    let io = ["std::fs", "std::net::UdpSocket", "std::process::Command", "rustix::", "libc::", "std::env"];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.module[0] == "core") {
        wrong.extend(
            io.iter()
                .filter(|name| source.code.contains(**name))
                .map(|name| format!("{}: {name}", source.path.display())),
        );
    }
    assert_eq!(wrong, [""; 0]);
}

/// Text in place of an address may be a name, and so brings the C library's whole look-up of names into the program: 150 KB, for
/// which `sys::name_lookup` is there.
#[test]
fn a_socket_is_given_an_address_and_not_text() {
    let is_text = |code: &str| {
        ["::bind(\"", "connect(\"", "to_socket_addrs", "TcpStream::connect("].iter().any(|one| code.contains(one))
    };
    let all = sources();
    let wrong: Vec<&PathBuf> = all.iter().filter(|source| is_text(&source.code)).map(|source| &source.path).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// From the top modules to those that their files import. Subjects may import each other, and only here a circle of two would show
/// that goes through four files.
fn arrows_of_top(sources: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources {
        let others = imports(&source.code).into_iter().map(|path| path[0].clone()).filter(|to| *to != source.module[0]);
        arrows.entry(source.module[0].clone()).or_default().extend(others);
    }
    arrows
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let sources = sources();
    assert_eq!(circles(&arrows_of_top(&sources)), [""; 0]);
    assert_eq!(circles(&Modules::of(&sources).arrows()), [""; 0]);
}

fn modules(files: &[(&str, &str)]) -> Modules {
    let source = |(path, code): &(&str, &str)| Source {
        path: PathBuf::from(path),
        module: path.split('/').map(str::to_owned).collect(),
        code: (*code).to_owned(),
    };
    Modules::of(&files.iter().map(source).collect::<Vec<_>>())
}

#[test]
fn a_parent_and_a_child_that_name_each_other_are_a_circle_however_they_say_it() {
    let in_child = ["use super::A;", "use crate::p::A;", "fn f() { super::g() }", "use crate::p;\nfn f() { p::g() }"];
    let in_parent =
        ["use c::C;", "use self::c::C;", "fn g() { c::f() }", "pub use c::C;\nfn g(_: C) {}", "use crate::p::c::*;"];
    for child in in_child {
        for parent in in_parent {
            let found = circles(&modules(&[("p", parent), ("p/c", child)]).arrows());
            assert_eq!(found, ["p → p::c → p"], "{parent} | {child}");
        }
        assert!(
            circles(&modules(&[("p", "mod c;\npub use c::{C, D as E};"), ("p/c", child)]).arrows()).is_empty(),
            "{child}"
        );
    }
}

#[test]
fn a_name_counts_where_it_is_defined_and_not_where_it_is_passed_on() {
    let files = [
        ("p", "pub mod a;\npub use a::{A, make as made};\npub use crate::q::deep::Far;\npub use e::*;"),
        ("p/a", "pub struct A;"),
        ("p/e", "pub enum Each {}"),
        ("p/b", "use super::{A, made};\nuse crate::p;\nfn f(_: p::Each) -> p::Far { p::Far(self::own()) }"),
        ("q", ""),
        ("q/deep", "use std::fs;\nuse crate::p::b::f;"),
    ];
    let arrows = modules(&files).arrows();
    let of = |module: &str| arrows[module].iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    assert_eq!((of("p").as_str(), of("p::b").as_str(), of("q::deep").as_str()), ("", "p::a p::e q::deep", "p::b"));
    assert_eq!(circles(&arrows), ["p::b → q::deep → p::b"]);
}

#[test]
fn unsafe_stands_in_sys_alone() {
    let is_unsafe =
        |source: &Source| source.code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe");
    let all = sources();
    let (sys, others): (Vec<_>, Vec<_>) =
        all.iter().filter(|source| is_unsafe(source)).partition(|s| s.module[0] == "sys");
    assert!(!sys.is_empty(), "the test sees no unsafe at all");
    let paths: Vec<&PathBuf> = others.iter().map(|source| &source.path).collect();
    assert!(paths.is_empty(), "{paths:?}");
    // The lint says the same while the code is written.
    let lib = fs::read_to_string("src/lib.rs").unwrap();
    assert!(lib.contains("#![deny(unsafe_code)]"));
    assert_eq!(lib.matches("allow(unsafe_code").count(), 1);
}
