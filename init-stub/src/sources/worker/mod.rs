//! The workers of the sources: what reads the bytes that a source brings.

pub mod canonical;
pub mod fetch;
pub mod meta_data;
pub mod redact;
pub mod state;
pub mod unpack;
pub mod verify;
pub mod volume;
