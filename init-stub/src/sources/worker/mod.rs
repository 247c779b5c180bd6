//! The workers of the sources: what reads the bytes that a source brings.

pub mod fetch;
pub mod state;
pub mod unpack;
pub mod verify;
pub mod volume;
