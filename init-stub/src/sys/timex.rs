//! Setting and steering the clock. All offsets are nanoseconds, positive when the clock is behind.

use rustix::time::{ClockId, Timespec, clock_gettime, clock_settime};
use std::io::{Error, Result};

const SECOND: i64 = 1_000_000_000;
/// The kernel's loop takes no larger offset at once.
const LARGEST_FOR_LOOP: i64 = SECOND / 2;
/// log2 of the time in which the loop corrects: some minutes, for questions that are an hour apart.
const LOOP_CONSTANT: i64 = 8;
/// The error of the clock as set in the kernel, in microseconds.
const ERROR: i64 = 50_000;

/// Nanoseconds since the Unix epoch.
pub fn now() -> i64 {
    let now = clock_gettime(ClockId::Realtime);
    now.tv_sec.saturating_mul(SECOND).saturating_add(now.tv_nsec)
}

/// Sets the clock forward or back at once.
pub fn step(offset: i64) -> Result<()> {
    set(now().saturating_add(offset))
}

/// Sets the clock.
pub fn set(time: i64) -> Result<()> {
    let time = Timespec { tv_sec: time.div_euclid(SECOND), tv_nsec: time.rem_euclid(SECOND) };
    Ok(clock_settime(ClockId::Realtime, time)?)
}

/// Tells the kernel that the clock is right, so that it keeps the machine's own clock right as well, and lets it correct
/// what is left without a jump: a second per half an hour at most.
pub fn slew(offset: i64) -> Result<()> {
    // SAFETY: timex is plain memory for which zero is a value.
    let mut order: libc::timex = unsafe { std::mem::zeroed() };
    order.modes = libc::ADJ_STATUS | libc::ADJ_MAXERROR | libc::ADJ_ESTERROR;
    order.status = libc::STA_PLL;
    (order.maxerror, order.esterror) = (ERROR, ERROR);
    if offset.abs() <= LARGEST_FOR_LOOP {
        order.modes |= libc::ADJ_NANO | libc::ADJ_OFFSET | libc::ADJ_TIMECONST;
        (order.offset, order.constant) = (offset, LOOP_CONSTANT);
        return adjust(&mut order);
    }
    adjust(&mut order)?;
    // SAFETY: as above.
    let mut order: libc::timex = unsafe { std::mem::zeroed() };
    (order.modes, order.offset) = (libc::ADJ_OFFSET_SINGLESHOT, offset / 1000);
    adjust(&mut order)
}

fn adjust(order: &mut libc::timex) -> Result<()> {
    // SAFETY: `order` is a live timex.
    if unsafe { libc::adjtimex(order) } < 0 { Err(Error::last_os_error()) } else { Ok(()) }
}
