//! The files of `src`, and the paths in them that begin with `crate::`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Made for tests only.
const OF_TESTS: [&str; 3] = ["scratch", "recorded", "tests"];

/// A file: the module that it is, and its text without comments and tests.
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// As a path below `crate`.
    pub module: Vec<String>,
    /// Its text.
    pub code: String,
}

/// All of `src` but what is made for tests.
pub fn sources() -> Vec<Source> {
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
pub fn imports(code: &str) -> BTreeSet<Vec<String>> {
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
pub fn members(group: &str) -> Vec<String> {
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
