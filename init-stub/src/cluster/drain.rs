//! Draining: the kubelet stops the pods, because only it knows their order, hooks and grace periods. It is notified over the
//! bus and holds a lock until it is done.

use super::{containers, logind, node_object};
use crate::core::event::Body;
use crate::pid1::event_loop::Wakeup;
use crate::pid1::node::Node;
use crate::pid1::wait::dispatch;
use crate::sys::clock::mono_ms;

/// The kubelet keeps the grace period by a clock of its own, and has some work before and after.
const MARGIN: u64 = 5_000;

/// Drains the pods, if somebody holds a lock. Returns how long what is left of them may still take, in milliseconds:
/// `most`, or the rest of the grace period.
pub fn run(node: &mut Node, most: u64) -> u64 {
    let Some(grace) = logind::announce_shutdown(node) else { return most };
    let began = mono_ms();
    let end = wait(node, grace + MARGIN);
    let duration_ms = mono_ms().saturating_sub(began);
    node.emit(Body::PodsDrained { complete: end == End::Released && containers::empty(), duration_ms });
    if end == End::Released {
        node_object::wait_for_ends(node);
    }
    // A kubelet that died gave its lock back too, and its pods have not been notified yet.
    if end == End::Released { grace.saturating_sub(duration_ms).min(most) } else { 0 }
}

/// Why the wait is over.
#[derive(PartialEq, Eq)]
enum End {
    /// The kubelet gave its lock back.
    Released,
    TooLate,
    /// Somebody does not want to wait.
    Pressed,
}

fn wait(node: &mut Node, limit: u64) -> End {
    let mut requests = Requests { last: mono_ms() };
    let timer = node.events.token();
    node.events.set_timer(timer, limit);
    let end = loop {
        if !logind::is_locked(node) {
            break End::Released;
        }
        match node.events.next_wakeup() {
            Wakeup::Due(token) if token == timer => break End::TooLate,
            Wakeup::Stop(..) if requests.insist(mono_ms()) => break End::Pressed,
            Wakeup::Stop(..) => {}
            wakeup => dispatch(node, wakeup),
        }
    };
    node.events.clear_timer(timer);
    end
}

/// Requests to stop a machine that is stopping already.
struct Requests {
    last: u64,
}

impl Requests {
    /// One press of a button can be reported by two devices.
    const SAME: u64 = 250;
    /// Some clouds ask again every ten seconds until the machine is off; they do not shorten the drain.
    const AGAIN: u64 = 5_000;

    /// Whether two requests follow each other as those of a person who does not want to wait.
    fn insist(&mut self, now: u64) -> bool {
        let since = now.saturating_sub(self.last);
        if since >= Self::SAME {
            self.last = now;
        }
        (Self::SAME..Self::AGAIN).contains(&since)
    }
}

#[cfg(test)]
mod tests {
    use super::Requests;

    fn answers(times: &[u64]) -> Vec<bool> {
        let mut requests = Requests { last: 0 };
        times.iter().map(|now| requests.insist(*now)).collect()
    }

    #[test]
    fn a_second_press_is_heard_and_an_echo_of_the_first_is_not() {
        assert_eq!(answers(&[3, 1_200]), [false, true]);
    }

    #[test]
    fn who_asks_again_every_ten_seconds_may_wait_and_who_then_presses_twice_may_not() {
        assert_eq!(answers(&[10_000, 20_000, 20_001, 30_000, 31_000]), [false, false, false, false, true]);
    }
}
