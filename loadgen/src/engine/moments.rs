//! What happened in each part of the run's time.

use super::Engine;
use crate::series::{Recorder, Totals};

impl Engine<'_> {
    /// Ends what is over by now of the run's time. What comes now is not to be counted yet.
    pub(super) fn mark_time(&mut self, now: u64) {
        if self.recorder.as_ref().is_none_or(|recorder| now < recorder.next()) {
            return;
        }
        let published = self.verifier.published().count();
        // For its time it is not here, as the totals are the engine's.
        let Some(mut recorder) = self.recorder.take() else { return };
        if let Some(moment) = recorder.record(now, &self.totals(published)) {
            self.controls.progress.set_latest(moment);
        }
        self.recorder = Some(recorder);
    }

    /// When the next part is over.
    pub(super) fn next_mark(&self) -> u64 {
        self.recorder.as_ref().map_or(u64::MAX, Recorder::next)
    }

    /// Everything that was counted so far, of so many messages.
    pub(super) fn totals(&self, published: u64) -> Totals<'_> {
        let tally = self.verifier.tally();
        let refused: u64 = self.speech.refused.values().sum();
        Totals {
            published,
            deliveries: tally.received,
            errors: tally.lost + tally.repeated + tally.reordered + tally.corrupt + tally.cut + refused,
            connected: self.live,
            latencies: self.verifier.corrected(),
        }
    }
}
