//! `modprobe`, which the kernel executes as `modprobe -q -- ALIAS` whenever it misses something.

use super::failure::Failure;
use crate::modules::{Index, live, names_of_alias};

/// Loads modules by name or alias. With -q an unknown name is silent, but still exit code 1.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let quiet = arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "-q" || argument == "--quiet");
    let names = arguments.iter().filter(|argument| !argument.starts_with('-'));
    names.into_iter().try_for_each(|name| {
        load(name).map_err(|message| Failure { code: 1, message: if quiet { String::new() } else { message } })
    })
}

fn load(name: &str) -> Result<(), String> {
    // The kernel asks for the same module many times in a row; looking first saves reading the index.
    if live(&name.replace('-', "_")) {
        return Ok(());
    }
    let index = Index::read().map_err(|error| crate::pid1::remedy::sentence(&error))?;
    let names = if index.has(name) { vec![name.to_owned()] } else { names_of_alias(name) };
    if names.is_empty() {
        return Err(format!("module {name} not found in the image"));
    }
    names.iter().try_for_each(|name| index.load(name).map(drop)).map_err(|error| crate::pid1::remedy::sentence(&error))
}
