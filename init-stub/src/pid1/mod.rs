//! PID 1 itself: its event loop, the processes that it runs, the report, and the end. It knows no subject: what the subjects
//! have to say on a wakeup is a list of functions in the [`node::Node`].

pub mod console;
pub mod delays;
pub mod event_loop;
pub mod failed;
pub mod gate;
pub mod interrupt;
pub mod job;
pub mod logs;
pub mod node;
pub mod power_key;
pub mod remedy;
pub mod report;
pub mod service;
pub mod shutdown;
pub mod states;
pub mod status;
pub mod sync;
pub mod task;
pub mod usage;
pub mod wait;
pub mod worker;
