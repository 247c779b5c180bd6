//! From the first instruction to the tables of stages, through them, and to the end. Only here the machine is shut down.

use crate::core::error::Error;
use crate::core::event::Body;
use crate::pid1::event_loop::EventLoop;
use crate::pid1::interrupt::{Interrupt, MapFailure};
use crate::pid1::node::{Node, Subject};
use crate::pid1::report::{Handover, Reporter};
use crate::pid1::{console, failed, remedy, shutdown, usage, wait};
use crate::sys::clock::{kernel_release, mono_ms};
use crate::{applets, cli, cluster, net, slots, sys, time, watchdog};
use std::process::ExitCode;

/// A named step of the boot.
pub type Stage = (&'static str, fn(&mut Node) -> Result<(), Interrupt>);

/// The subjects that handle each wakeup, in this order.
const SUBJECTS: [Subject; 6] =
    [watchdog::SUBJECT, usage::SUBJECT, net::SUBJECT, time::SUBJECT, cluster::SUBJECT, slots::SUBJECT];

/// Runs as PID 1 through the stages of `initramfs`, or, once those have handed over, of `boot`; under any other process id
/// as the applet or the command that the arguments name.
pub fn start(initramfs: &[Stage], boot: &[Stage]) -> ExitCode {
    let mut words = std::env::args_os();
    let program = words.next().unwrap_or_default();
    if std::process::id() == 1 {
        // The kernel hands over words of its command line that it does not know itself, whatever their bytes are.
        let arguments: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
        init(&arguments, initramfs, boot);
    }
    let Ok(arguments) = words.map(std::ffi::OsString::into_string).collect::<Result<Vec<_>, _>>() else {
        // Whatever it names, another name would be another thing.
        sys::stdio::complain("keel-init: an argument is not UTF-8\n");
        return ExitCode::from(2);
    };
    let program = program.to_string_lossy();
    ExitCode::from(applets::main(&program, &arguments).unwrap_or_else(|| cli::main(&arguments)))
}

/// PID 1. It never returns: the end of PID 1 is a kernel panic.
fn init(arguments: &[String], initramfs: &[Stage], boot: &[Stage]) -> ! {
    let handover = Handover::from_arguments(arguments);
    let reporter = handover.as_ref().map_or_else(Reporter::begin, Reporter::resume);
    let (stages, mut node) = match EventLoop::open() {
        Ok(events) if handover.is_some() => (boot, Node::new(reporter, events, &SUBJECTS)),
        Ok(events) => (initramfs, Node::new(reporter, events, &SUBJECTS)),
        // Without signals and epoll nothing can be waited for, not even the power button.
        Err(error) => halt(&error),
    };
    if let Some(descriptor) = handover.as_ref().and_then(|handover| handover.watchdog) {
        watchdog::resume(&mut node, descriptor);
    }
    node.emit(match handover {
        Some(handover) => Body::StageFinished { stage: "root", duration_ms: mono_ms().saturating_sub(handover.since) },
        None => Body::BootStarted { init_version: env!("CARGO_PKG_VERSION").into(), kernel_version: kernel_release() },
    });
    let (reason, then) = match boot_through(&mut node, stages) {
        Ok(()) => wait::until_stop(&mut node),
        Err(Interrupt::Failed(error)) => match slots::fail(&mut node, &error) {
            Ok(reboot_after) => failed::run(&mut node, &error, reboot_after),
            Err(Interrupt::Failed(other)) => failed::run(&mut node, &other, None),
            Err(Interrupt::Stop(reason, then)) => (reason, then),
        },
        Err(Interrupt::Stop(reason, then)) => (reason, then),
    };
    shutdown::run(&mut node, reason, then, watchdog::at_the_end)
}

/// All stages, one after the other. Between two of them somebody may want the machine to stop.
fn boot_through(node: &mut Node, stages: &[Stage]) -> Result<(), Interrupt> {
    for (name, stage) in stages {
        run(node, name, *stage)?;
        if let Some((reason, then)) = node.events.stop_requested() {
            return Err(Interrupt::Stop(reason, then));
        }
    }
    Ok(())
}

/// One stage between its two events.
fn run(node: &mut Node, name: &'static str, stage: fn(&mut Node) -> Result<(), Interrupt>) -> Result<(), Interrupt> {
    let started = mono_ms();
    (node.stage, node.boot_stage) = (name, name);
    node.emit(Body::StageStarted { stage: name });
    stage(node).map_failure(|error| error.in_stage(name))?;
    node.emit(Body::StageFinished { stage: name, duration_ms: mono_ms().saturating_sub(started) });
    Ok(())
}

fn halt(error: &Error) -> ! {
    console::shout(&remedy::block(error, "the machine is halted"));
    loop {
        std::thread::park();
    }
}
