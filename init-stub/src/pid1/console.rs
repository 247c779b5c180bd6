//! The console: lines for people. Nothing in init prints in another way.

use rustix::termios::{InputModes, OptionalActions, tcgetattr, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io::{Result, Write};
use std::os::unix::fs::OpenOptionsExt;

/// Opens `path` for writing without making it the controlling terminal.
fn open(path: &str) -> Result<File> {
    let console = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOCTTY).open(path)?;
    never_stops(&console);
    Ok(console)
}

/// Ctrl-S on a terminal, or noise on its line that looks like it, stops what is written there until somebody presses Ctrl-Q:
/// PID 1 would block on its next lines. So the key means nothing here, and what was stopped goes on.
fn never_stops(console: &File) {
    let Ok(mut modes) = tcgetattr(console) else { return };
    if modes.input_modes.contains(InputModes::IXON) {
        modes.input_modes.remove(InputModes::IXON);
        // A console that takes no modes has no such key.
        let _ = tcsetattr(console, OptionalActions::Now, &modes);
    }
}

/// Makes /dev/console stdin, stdout and stderr of PID 1.
pub fn adopt() -> Result<()> {
    let console = open("/dev/console")?;
    rustix::stdio::dup2_stdin(&console)?;
    rustix::stdio::dup2_stdout(&console)?;
    rustix::stdio::dup2_stderr(&console)?;
    Ok(())
}

/// Writes one line to /dev/console. A console that is gone must not stop the boot, so failures are dropped.
pub fn say(line: &str) {
    if let Ok(mut console) = open("/dev/console") {
        let _ = console.write_all(format!("{}\n", printable(line)).as_bytes());
    }
}

/// Writes a block to every active console: a reader of any of them must see why the machine is halted.
pub fn shout(block: &str) {
    for name in active() {
        if let Ok(mut console) = open(&format!("/dev/{name}")) {
            let _ = console.write_all(printable(block).as_bytes());
        }
    }
}

/// Names on disks and output of programs are from outside: what would move the cursor or clear the screen is shown as U+FFFD.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn active() -> Vec<String> {
    let names = std::fs::read_to_string("/sys/class/tty/console/active").unwrap_or_default();
    let names: Vec<String> = names.split_whitespace().map(str::to_owned).collect();
    if names.is_empty() { vec!["console".into()] } else { names }
}
