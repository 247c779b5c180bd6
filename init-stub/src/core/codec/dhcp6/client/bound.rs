//! A lease in force.

use super::super::lease::Lease6;

/// A lease and the time since when it counts, in milliseconds: that of its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundLease {
    /// What the server has given.
    pub lease: Lease6,
    /// Its DUID.
    pub server: Vec<u8>,
    /// When it was asked for.
    pub since: u64,
}

impl BoundLease {
    /// A time of the lease; `u64::MAX`: never.
    pub fn at(&self, seconds: u32) -> u64 {
        match seconds {
            u32::MAX => u64::MAX,
            _ => self.since + u64::from(seconds) * 1000,
        }
    }

    /// When every server is asked.
    pub fn rebind_at(&self) -> u64 {
        self.at(self.lease.rebind_seconds)
    }

    /// When it ends.
    pub fn ends(&self) -> u64 {
        self.lease.seconds.map_or(u64::MAX, |seconds| self.at(seconds))
    }
}
