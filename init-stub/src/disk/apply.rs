//! Carrying out the actions of a plan. A cut of the power between any two writes leaves a state from which the next
//! plan leads to the same end.

mod filesystem;
pub mod kernel_partitions;
mod paths;
mod storage;
pub mod table;
mod unfinished;

pub use paths::Paths;
pub use storage::{Disks, number_of, show};

use crate::core::event::{Body, Phase};
use crate::core::plan::{Action, Operation};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sys::clock::mono_ms;

/// Announces a plan, then carries out its actions in order, each with its event. `apply` gets files that follow each
/// other as one group, so that their bytes can be made durable together; every other action is alone.
pub fn carry_out(
    node: &mut Node,
    phase: Phase,
    actions: &[Action],
    mut apply: impl FnMut(&mut Node, &[Action]) -> Result<(), Interrupt>,
) -> Result<(), Interrupt> {
    let count = |actions: usize| u64::try_from(actions).unwrap_or(u64::MAX);
    let durable = actions.iter().filter(|action| action.durable).count();
    node.emit(Body::PlanMade { phase, actions: count(actions.len()), durable: count(durable) });
    let is_file = |action: &Action| matches!(action.operation, Operation::WriteFile { .. });
    for group in actions.chunk_by(|one, next| is_file(one) && is_file(next)) {
        let started = mono_ms();
        apply(node, group)?;
        let duration_ms = mono_ms().saturating_sub(started).checked_div(count(group.len())).unwrap_or(0);
        for action in group {
            node.emit(Body::ActionFinished {
                action: action.operation.kind(),
                object: action.object.clone(),
                durable: action.durable,
                duration_ms,
            });
        }
    }
    Ok(())
}
