//! Clocks.

use rustix::time::{ClockId, clock_gettime};

/// Milliseconds of CLOCK_MONOTONIC, that is since kernel start.
pub fn mono_ms() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1000 + u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000_000
}

/// The release of the running kernel.
pub fn kernel_release() -> String {
    rustix::system::uname().release().to_string_lossy().into_owned()
}
