//! keel-init: PID 1 of a Keel node.

// Until the last stage is in place, parts wait for their caller.
#![allow(dead_code)]

mod cli;
mod config;
mod error;
mod event;
mod node;
mod report;
mod stages;
mod sys;

use error::Result;
use node::Node;
use std::process::ExitCode;

/// A named step of the boot.
type Stage = (&'static str, fn(&mut Node) -> Result<()>);

/// From the kernel to the root image.
const INITRAMFS: [Stage; 0] = [];

/// From the root image to a steady node.
const BOOT: [Stage; 0] = [];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if std::process::id() != 1 {
        return ExitCode::from(cli::main(&arguments));
    }
    let mut node = Node::new(report::Reporter::new(0));
    for (_name, stage) in INITRAMFS.iter().chain(&BOOT) {
        if stage(&mut node).is_err() {
            break;
        }
    }
    ExitCode::FAILURE
}
