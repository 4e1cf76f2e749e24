//! After the last message: waiting for the last deliveries, for a bounded time.

use std::time::Duration;

use mio::Events;

use super::{EVENTS, Engine, Phase, TICK};
use crate::clock::nanos;
use crate::error::RunError;
use crate::usage::Usage;

/// How long a run that was told to stop waits at most.
pub(super) const STOPPED: Duration = Duration::from_secs(5);

impl Engine<'_> {
    /// It returns what the thread had used up to the last delivery, or little later.
    pub(super) fn drain(&mut self) -> Result<Option<Usage>, RunError> {
        self.controls.progress.set_phase(Phase::Drain);
        let (mut used, mut now) = (Usage::of_this_thread(), self.clock.now());
        let mut used_at = now;
        let stopped = self.controls.is_stopped();
        let most = if stopped { self.plan.drain.min(STOPPED) } else { self.plan.drain };
        let deadline = now.saturating_add(nanos(most));
        let mut events = Events::with_capacity(EVENTS);
        let mut look = now;
        while now < deadline && self.live > 0 {
            // The count is exact unless something was lost; then everybody is looked at, now and then.
            if self.speech.awaited == 0 && self.verifier.settled() == self.speech.accepted {
                break;
            }
            if !stopped && self.controls.is_stopped() {
                break;
            }
            if now >= look {
                if self.speech.awaited == 0 && self.has_everything() {
                    break;
                }
                if self.last_delivery >= used_at {
                    (used, used_at) = (Usage::of_this_thread(), now);
                }
                look = now + TICK;
            }
            self.turn(deadline.min(look), &mut events)?;
            now = self.clock.now();
        }
        // What the waiting for nothing takes would hide in how busy it was before.
        Ok(if self.last_delivery >= used_at { Usage::of_this_thread() } else { used })
    }

    /// Whether everybody is past the newest number of its room.
    fn has_everything(&self) -> bool {
        self.clients
            .iter()
            .filter_map(|client| client.receiver())
            .all(|receiver| self.verifier.has_everything(receiver))
    }
}
