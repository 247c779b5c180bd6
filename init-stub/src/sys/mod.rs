//! The kernel as init needs it, and the only place with `unsafe`. Each file is one kind of call.

pub mod clock;
pub mod process;
