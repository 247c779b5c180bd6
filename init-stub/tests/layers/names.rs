//! Which module names what another module defines. Every file is a module of its own, a parent as much as its children. A name
//! is followed through `use`, also through a parent that only passes it on, to the module that defines it. Not seen: a method
//! that another file gives to a type, and names inside macros of other crates.

use crate::source::Source;
use std::collections::{BTreeMap, BTreeSet};

/// A module as a path below `crate`.
pub type Module = Vec<String>;

/// What one module imports, and its text without that.
struct Names {
    uses: Vec<Use>,
    body: String,
    /// Items of its own.
    defines: BTreeSet<String>,
}

struct Use {
    /// Below `crate`; the last part is an item, a module or `*`.
    path: Vec<String>,
    name: String,
    is_public: bool,
}

/// All modules, with what they import.
pub struct Modules(BTreeMap<Module, Names>);

impl Modules {
    /// Reads the imports of all files.
    pub fn of(sources: &[Source]) -> Self {
        let known: BTreeSet<Module> = sources.iter().map(|source| source.module.clone()).collect();
        Self(sources.iter().map(|source| (source.module.clone(), names(source, &known))).collect())
    }

    /// From each module to those that define what it names; itself is not among them.
    pub fn arrows(&self) -> BTreeMap<String, BTreeSet<String>> {
        let all = self.0.iter().map(|(module, names)| {
            let to = self.named(module, names).into_iter().filter(|to| to != module);
            (module.join("::"), to.map(|to| to.join("::")).collect())
        });
        all.collect()
    }

    fn named(&self, module: &[String], names: &Names) -> BTreeSet<Module> {
        let words: BTreeSet<&str> = words(&names.body).collect();
        let mut found = BTreeSet::new();
        for one in &names.uses {
            let is_used = words.contains(one.name.as_str());
            // What a parent only re-exports is not a use of it, and a module counts by what is named in it.
            if one.is_public && !is_used || self.0.contains_key(&one.path) && is_used {
                continue;
            }
            let item = if one.name == "*" { &one.path[..one.path.len() - 1] } else { &one.path[..] };
            found.extend(self.defining(item));
        }
        for path in qualified(&names.body) {
            let imported = names.uses.iter().find(|one| one.name == path[0]);
            let absolute = match imported {
                Some(one) => Some([&one.path[..], &path[1..]].concat()),
                None => absolute(&path, module, &|module| self.0.contains_key(module)),
            };
            found.extend(absolute.and_then(|path| self.defining(&path)));
        }
        found
    }

    /// The module that defines what a path names; None: it is of no module.
    fn defining(&self, path: &[String]) -> Option<Module> {
        let mut path = path.to_vec();
        // Each step follows one `use`; Rust knows no chain that comes back to its start, but a name may hide its own module.
        for _ in 0..16 {
            let length = (1..=path.len()).rev().find(|length| self.0.contains_key(&path[..*length]))?;
            let (module, rest) = path.split_at_checked(length)?;
            let passed_on = rest.first().and_then(|name| self.passed_on(module, name));
            match passed_on {
                Some(item) if item != path => path = [&item[..], &rest[1..]].concat(),
                _ => return Some(module.to_vec()),
            }
        }
        None
    }

    /// What a name of a module means that it does not define itself.
    fn passed_on(&self, module: &[String], name: &str) -> Option<Vec<String>> {
        let names = &self.0[module];
        if names.defines.contains(name) {
            return None;
        }
        if let Some(one) = names.uses.iter().find(|one| one.name == name) {
            return Some(one.path.clone());
        }
        let all = names.uses.iter().filter(|one| one.name == "*").map(|one| &one.path[..one.path.len() - 1]);
        let from = all.into_iter().find(|from| self.0.get(*from).is_some_and(|names| names.defines.contains(name)))?;
        Some([from, &[name.to_owned()]].concat())
    }
}

/// Splits a file into its imports and the rest.
fn names(source: &Source, known: &BTreeSet<Module>) -> Names {
    let (mut uses, mut body) = (Vec::new(), String::new());
    let mut rest = source.code.as_str();
    while let Some((before, statement, after)) = next_use(rest) {
        let is_public = before.trim_end().ends_with("pub") || before.trim_end().ends_with("pub(crate)");
        body.push_str(before);
        for (path, name) in tree(statement, &[]) {
            let absolute = absolute(&path, &source.module, &|module| known.contains(module));
            uses.extend(absolute.map(|path| Use { path, name, is_public }));
        }
        rest = after;
    }
    body.push_str(rest);
    // The word of a declaration is not a use of what has the same name.
    let is_declaration =
        |line: &&str| line.ends_with(';') && line.split_once("mod ").is_some_and(|(start, _)| !start.contains('"'));
    let body = body.lines().filter(|line| !is_declaration(line)).collect::<Vec<_>>().join("\n");
    let defines = defined(&body);
    Names { uses, body, defines }
}

/// The names of the items in a text, and of whatever else is declared in it.
fn defined(text: &str) -> BTreeSet<String> {
    let without_lifetimes = text.replace("'static", "");
    let all: Vec<&str> = words(&without_lifetimes).collect();
    let is_keyword = |word: &str| matches!(word, "struct" | "enum" | "fn" | "const" | "static" | "type" | "trait");
    all.windows(2).filter(|pair| is_keyword(pair[0])).map(|pair| pair[1].to_owned()).collect()
}

/// The text before the next `use`, what it imports, and the text after it.
fn next_use(text: &str) -> Option<(&str, &str, &str)> {
    let is_start = |at: &usize| text[..*at].chars().next_back().is_none_or(char::is_whitespace);
    let at = text.match_indices("use ").map(|(at, _)| at).find(is_start)?;
    let (statement, after) = text[at + 4..].split_once(';')?;
    Some((&text[..at], statement, after))
}

/// Every path of an import, with the name by which it is known.
fn tree(text: &str, before: &[String]) -> Vec<(Vec<String>, String)> {
    let text = text.trim();
    if let Some(group) = text.strip_prefix('{') {
        return crate::source::members(group).iter().flat_map(|member| tree(member, before)).collect();
    }
    if let Some((name, rest)) = text.split_once("::")
        && !name.contains(' ')
    {
        return tree(rest, &[before, &[name.to_owned()]].concat());
    }
    let (item, alias) = text.split_once(" as ").unwrap_or((text, ""));
    let path = if item == "self" { before.to_vec() } else { [before, &[item.to_owned()]].concat() };
    let name = if alias.is_empty() { path.last().cloned().unwrap_or_default() } else { alias.to_owned() };
    if item.is_empty() { Vec::new() } else { vec![(path, name)] }
}

/// A path below `crate`; None: it is of another crate, or of this module itself.
fn absolute(path: &[String], module: &[String], is_module: &dyn Fn(&Module) -> bool) -> Option<Vec<String>> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    let (base, rest) = match path.first()?.as_str() {
        "crate" => (&[][..], &path[1..]),
        "self" => (module, &path[1..]),
        "super" => (&module[..module.len().checked_sub(ups)?], &path[ups..]),
        child => {
            let below = [module, &[child.to_owned()]].concat();
            (is_module(&below).then_some(module)?, path)
        }
    };
    Some([base, rest].concat())
}

/// Every path of at least two parts in a text.
fn qualified(text: &str) -> Vec<Vec<String>> {
    let runs = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    let paths = runs.filter(|run| run.contains("::") && !run.starts_with(':'));
    paths.map(|run| run.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The ways from a module back to itself, one for each circle.
pub fn circles(arrows: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut found: Vec<(BTreeSet<String>, String)> = Vec::new();
    for start in arrows.keys() {
        let Some(way) = circle(start, arrows) else { continue };
        // The same circle from each of its modules is one.
        if !found.iter().any(|(known, _)| way.iter().any(|module| known.contains(module))) {
            found.push((way.iter().cloned().collect(), format!("{} → {start}", way.join(" → "))));
        }
    }
    found.into_iter().map(|(_, text)| text).collect()
}

fn circle(start: &str, arrows: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut ways = std::collections::VecDeque::from([vec![start.to_owned()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in way.last().and_then(|last| arrows.get(last)).into_iter().flatten() {
            if next == start {
                return Some(way);
            }
            if seen.insert(next.clone()) {
                ways.push_back([way.as_slice(), std::slice::from_ref(next)].concat());
            }
        }
    }
    None
}
