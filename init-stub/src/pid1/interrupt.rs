//! Why a stage ends before its end. Only `main` shuts the machine down: a wait returns this to it.

use crate::core::error::Error;
use crate::core::event::{Reason, Then};

/// Why a stage ends before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interrupt {
    /// A step failed.
    Failed(Error),
    /// Somebody wants the machine to stop: why, and what follows.
    Stop(Reason, Then),
}

impl Interrupt {
    /// The failure; a request to stop goes on up.
    pub fn failure(self) -> Result<Error, Self> {
        match self {
            Self::Failed(error) => Ok(error),
            stop => Err(stop),
        }
    }
}

impl From<Error> for Interrupt {
    #[inline(never)]
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Adds to the failure in a result, as `map_err` does, and lets a request to stop alone.
pub trait MapFailure {
    /// The same with another failure.
    fn map_failure(self, change: impl FnOnce(Error) -> Error) -> Self;
}

impl<T> MapFailure for Result<T, Interrupt> {
    fn map_failure(self, change: impl FnOnce(Error) -> Error) -> Self {
        self.map_err(|interrupt| match interrupt {
            Interrupt::Failed(error) => Interrupt::Failed(change(error)),
            stop => stop,
        })
    }
}
