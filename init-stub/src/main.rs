//! keel-init: PID 1 of a Keel node. The boot is the two tables below, read top to bottom.

mod applets;
mod apply;
mod backoff;
mod beside;
mod bytes;
mod child;
mod claim;
mod cli;
mod clock;
mod config;
mod console;
mod copy;
mod delays;
mod device;
mod durable;
mod error;
mod event;
mod failure;
mod from_base64;
mod gpt;
mod join;
mod logind;
mod logs;
mod modules;
mod network;
mod node;
mod observe;
mod plan;
mod power_key;
mod probe;
mod ready;
mod report;
#[cfg(test)]
mod scratch;
mod serving;
mod sources;
mod stages;
mod supervise;
mod sys;
mod usage;
mod volume;
mod wakes;

use error::{Error, Result};
use event::Body;
use node::Node;
use report::{Handover, Reporter};
use std::process::ExitCode;
use sys::clock::{kernel_release, mono_ms};
use wakes::Wakes;

/// A named step of the boot.
type Stage = (&'static str, fn(&mut Node) -> Result<()>);

/// From the kernel to the root image. The last stage does not return: PID 1 goes on as the root image's keel-init.
const INITRAMFS: [Stage; 4] = [
    ("mounts", stages::initramfs_mounts::run),
    ("console", stages::console::run),
    ("modules", stages::modules::run),
    ("root", stages::root::run),
];

/// From the root image to a steady node.
const BOOT: [Stage; 16] = [
    ("mounts", stages::mounts::run),
    ("cgroups", stages::cgroups::run),
    ("modules", stages::modules::run),
    ("observe", stages::observe::run),
    ("source", stages::source::run),
    ("verify", stages::verify::run),
    ("disks", stages::disks::run),
    ("filesystems", stages::filesystems::run),
    ("persist", stages::persist::run),
    ("files", stages::files::run),
    ("system", stages::system::run),
    ("network", stages::network::run),
    ("time", stages::time::run),
    ("runtime", stages::runtime::run),
    ("join", stages::join::run),
    ("steady", stages::steady::run),
];

fn main() -> ExitCode {
    let mut words = std::env::args();
    let program = words.next().unwrap_or_default();
    let arguments: Vec<String> = words.collect();
    if std::process::id() == 1 {
        init(&arguments);
    }
    ExitCode::from(applets::main(&program, &arguments).unwrap_or_else(|| cli::main(&arguments)))
}

/// PID 1. It never returns: the end of PID 1 is a kernel panic.
fn init(arguments: &[String]) -> ! {
    let handover = Handover::from_arguments(arguments);
    let reporter = handover.as_ref().map_or_else(Reporter::begin, Reporter::resume);
    let (stages, mut node) = match Wakes::open() {
        Ok(wakes) if handover.is_some() => (&BOOT[..], Node::new(reporter, wakes)),
        Ok(wakes) => (&INITRAMFS[..], Node::new(reporter, wakes)),
        // Without signals and epoll nothing can be waited for, not even the power button.
        Err(error) => stand_still(&error),
    };
    node.emit(match handover {
        Some(handover) => Body::StageFinished { stage: "root", duration_ms: mono_ms().saturating_sub(handover.since) },
        None => Body::BootStarted { init_version: env!("CARGO_PKG_VERSION").into(), kernel_version: kernel_release() },
    });
    for (name, stage) in stages {
        if let Err(error) = run(&mut node, name, *stage) {
            stages::failed::run(&mut node, &error);
        }
        if let Some((reason, then)) = node.wakes.stop_requested() {
            stages::shutdown::run(&mut node, reason, then);
        }
    }
    supervise::forever(&mut node)
}

/// One stage between its two events.
fn run(node: &mut Node, name: &'static str, stage: fn(&mut Node) -> Result<()>) -> Result<()> {
    let started = mono_ms();
    node.emit(Body::StageStarted { stage: name });
    stage(node)?;
    node.emit(Body::StageFinished { stage: name, duration_ms: mono_ms().saturating_sub(started) });
    Ok(())
}

fn stand_still(error: &Error) -> ! {
    console::shout(&failure::block(error, "the machine stands still"));
    loop {
        std::thread::park();
    }
}
