//! Carrying out the actions of a plan. A cut of the power between any two writes leaves a state from which the next
//! plan leads to the same end.

mod table;

pub use table::{add_partition, finish_partition, repair_table, write_table};
