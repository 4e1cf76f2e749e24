//! What another process publishes, and this one only receives: it is said here too, as the schedule has it, so that what comes
//! can be told and timed.

use super::Engine;
use crate::published::MOST_AHEAD;

/// How long before its time a message is expected, in nanoseconds: the two machines' clocks differ.
pub(super) const AHEAD: u64 = 1_000_000_000;

impl Engine<'_> {
    /// Expects what is due soon, and owes what is due by now.
    pub(super) fn follow(&mut self, now: u64) {
        let Some(schedule) = &mut self.schedule else { return };
        loop {
            let (published, next) = (self.verifier.published(), self.speech.accepted);
            let expected = published.count();
            if expected - next < MOST_AHEAD
                && let Some(intended) = schedule.due(now.saturating_add(AHEAD), 0)
            {
                published.say(intended, intended);
                schedule.sent();
            } else if next < expected && published.times(next).is_none_or(|(intended, _)| intended <= now) {
                self.verifier.accepted(next, None);
                self.speech.accepted += 1;
            } else {
                break;
            }
        }
    }

    /// Whether something is expected that is not due yet.
    pub(super) fn is_behind(&mut self) -> bool {
        self.plan.follows.is_some() && self.speech.accepted < self.verifier.published().count()
    }
}
