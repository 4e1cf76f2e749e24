//! Letting others see how far a run is.

use super::{Count, Counts, Engine};

/// How often the times of the deliveries are told to who watches them, in nanoseconds. Going through the distributions takes
/// a part of a millisecond.
const SPREAD_EVERY: u64 = 1_000_000_000;

impl Engine<'_> {
    /// Tells what there is to tell now.
    pub(super) fn tell(&mut self) {
        let progress = &self.controls.progress;
        progress.set(&self.counts());
        if progress.is_watched() {
            let now = self.clock.now();
            if now >= self.next_spread {
                self.next_spread = now + SPREAD_EVERY;
                self.controls.progress.set_spread(self.verifier.corrected());
            }
        }
    }

    /// Tells how it was in the end.
    pub(super) fn tell_all(&mut self) {
        self.next_spread = 0;
        self.tell();
    }

    /// How many messages were sent; of another process's, how many were due there, as what it has not sent yet is known too.
    pub(super) fn published(&mut self) -> u64 {
        if self.plan.follows.is_some() { self.speech.accepted } else { self.verifier.published().count() }
    }

    fn counts(&mut self) -> Counts {
        let published = self.published();
        let (speech, tally) = (&self.speech, self.verifier.tally());
        Counts::default()
            .with(Count::Joined, self.joined.into())
            .with(Count::Connected, self.live.into())
            .with(Count::Published, published)
            .with(Count::Accepted, speech.accepted)
            .with(Count::Refused, speech.refused.values().sum())
            .with(Count::Unanswered, speech.awaited as u64)
            .with(Count::Unsettled, published.saturating_sub(speech.refusals).saturating_sub(self.verifier.settled()))
            .with(Count::Held, speech.held)
            .with(Count::Unsent, speech.unsent)
            .with(Count::Received, tally.received)
            .with(Count::Octets, tally.octets)
            .with(Count::Lost, tally.lost)
            .with(Count::Missed, tally.missed)
            .with(Count::Cut, tally.cut)
            .with(Count::Repeated, tally.repeated)
            .with(Count::Reordered, tally.reordered)
            .with(Count::Corrupt, tally.corrupt)
            .with(Count::Disconnected, self.disconnected.values().sum())
            .with(Count::Late, speech.lateness.max())
    }
}
