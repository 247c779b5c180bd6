//! keel-init on a workstation: a table of commands. What a command prints is data on stdout; problems go to stderr.

mod check;
pub mod child;
mod observe;
mod plan;

use crate::sys::stdio::{complain, print};

/// A command: its arguments in, its exit code out.
type Command = fn(&[String]) -> u8;

/// Every command: name, what it does, code.
const COMMANDS: [(&str, &str, Command); 4] = [
    ("check", "[--schema-only] FILE…: does init accept these machine configs, packed or not?", check::run),
    ("observe", "[--disk IMAGE[,serial=SERIAL]]… [--config FILE]: what init would find, as JSON", observe::run),
    ("plan", "--config FILE --observation FILE: what init would do, as JSON", plan::run),
    ("--version", "print the version", version),
];

/// Runs the command that `arguments` (without the program's name) name.
pub fn main(arguments: &[String]) -> u8 {
    let Some((name, rest)) = arguments.split_first() else { return help(2) };
    // The names by which PID 1 starts itself are not commands for people.
    if name == "child" {
        return crate::cli::child::main(rest);
    }
    match COMMANDS.iter().find(|(command, _, _)| command == name) {
        Some((_, _, command)) => command(rest),
        None => help(if name == "--help" || name == "help" { 0 } else { 2 }),
    }
}

fn version(_: &[String]) -> u8 {
    print(concat!("keel-init ", env!("CARGO_PKG_VERSION"), "\n"));
    0
}

fn help(code: u8) -> u8 {
    let mut text = String::from("keel-init is PID 1 of a Keel node. On a workstation it can:\n\n");
    for (name, what, _) in COMMANDS {
        text.push_str(&format!("  keel-init {name:<12} {what}\n"));
    }
    if code == 0 {
        print(&text);
    } else {
        complain(&text)
    }
    code
}
