//! The layers of the crate, held by what its files import: boot → subjects → pid1 → {core, sys}; core imports nothing else of
//! Keel. No two modules import each other in a circle, and `unsafe` stands in `sys` alone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// From the top to the bottom: a module imports only from the layers below its own; subjects may import each other, and the
/// programs other than PID 1 are of the top.
const LAYERS: [(&str, &[&str]); 5] = [
    ("boot", &["boot", "cli", "applets"]),
    ("subjects", &["net", "disk", "sources", "cluster", "time", "modules"]),
    ("pid1", &["pid1"]),
    ("sys", &["sys"]),
    ("core", &["core"]),
];

/// Made for tests only.
const OF_TESTS: [&str; 3] = ["scratch", "recorded", "tests"];

/// A file: the module that it is, and its text without comments and tests.
struct Source {
    path: PathBuf,
    module: Vec<String>,
    code: String,
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.extend(source(&path));
            }
        }
    }
    found
}

fn source(path: &Path) -> Option<Source> {
    let inside = path.strip_prefix("src").ok()?.with_extension("");
    let mut module: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if module.iter().any(|part| OF_TESTS.contains(&part.as_str()))
        || matches!(module.join("/").as_str(), "main" | "lib")
    {
        return None;
    }
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    let text = fs::read_to_string(path).unwrap();
    Some(Source { path: path.to_owned(), module, code: code(&text) })
}

/// The text without comments, and without the modules of tests, which stand at the end of a file.
fn code(text: &str) -> String {
    let is_test = |line: &str| line.starts_with("mod tests {") || line.starts_with("pub mod ") && line.ends_with('{');
    let lines: Vec<&str> = text.lines().take_while(|line| !is_test(line)).collect();
    let plain = lines.iter().map(|line| line.split("//").next().unwrap_or_default());
    plain.collect::<Vec<_>>().join("\n")
}

/// Every path that begins with `crate::`, as its parts; a group in braces is as many paths.
fn imports(code: &str) -> BTreeSet<Vec<String>> {
    code.split("crate::").skip(1).flat_map(|rest| paths(rest.trim_start(), &[])).collect()
}

fn paths(text: &str, before: &[String]) -> Vec<Vec<String>> {
    if let Some(group) = text.strip_prefix('{') {
        return members(group).iter().flat_map(|member| paths(member.trim(), before)).collect();
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let path = [before, &[name.to_owned()]].concat();
    match rest.strip_prefix("::") {
        Some(rest) if !rest.starts_with('<') => paths(rest, &path),
        _ => vec![path],
    }
}

/// The members of a group, up to its closing brace.
fn members(group: &str) -> Vec<String> {
    let (mut depth, mut all) = (0, vec![String::new()]);
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => all.push(String::new()),
            _ => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                if let Some(last) = all.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    all
}

fn layer(module: &str) -> usize {
    let at = LAYERS.iter().position(|(_, modules)| modules.contains(&module));
    at.unwrap_or_else(|| unreachable!("{module} is of no layer: say in tests/layers.rs which one"))
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

/// Modules that import each other: the top ones, and inside each of them its parts.
#[test]
fn no_modules_import_each_other_in_a_circle() {
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        let mut paths = imports(&source.code);
        // `super::` of a direct part of a top module is that module, and what follows a part next to it.
        if source.module.len() == 2 {
            let siblings = source.code.split("super::").skip(1).flat_map(|rest| paths_of(rest, &source.module[0]));
            paths.extend(siblings);
        }
        for path in paths {
            let (from, to) = (&source.module, &path);
            if from[0] != to[0] {
                arrows.entry(from[0].clone()).or_default().insert(to[0].clone());
            } else if let ([_, one, ..], [_, other, ..]) = (from.as_slice(), to.as_slice())
                && one != other
                && is_module(&to[0], other)
            {
                arrows.entry(format!("{}::{one}", from[0])).or_default().insert(format!("{}::{other}", to[0]));
            }
        }
    }
    let circles: Vec<String> = arrows.keys().filter_map(|start| circle(start, &arrows)).collect();
    assert_eq!(circles, [""; 0]);
}

fn paths_of(rest: &str, top: &str) -> Vec<Vec<String>> {
    paths(rest.trim_start(), &[top.to_owned()])
}

fn is_module(top: &str, name: &str) -> bool {
    let at = Path::new("src").join(top).join(name);
    at.is_dir() || at.with_extension("rs").exists()
}

/// The way from a module back to itself, if there is one.
fn circle(start: &str, arrows: &BTreeMap<String, BTreeSet<String>>) -> Option<String> {
    let mut ways = vec![vec![start.to_owned()]];
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop() {
        for next in way.last().and_then(|last| arrows.get(last)).into_iter().flatten() {
            if next == start {
                return Some(format!("{} → {start}", way.join(" → ")));
            }
            if seen.insert(next.clone()) {
                ways.push([way.as_slice(), std::slice::from_ref(next)].concat());
            }
        }
    }
    None
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
