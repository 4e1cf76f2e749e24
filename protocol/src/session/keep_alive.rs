//! When to ask a silent peer whether it is there, and when to give it up. SPEC.md, section 8.

use super::Millis;

/// The silence of one peer.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeepAlive {
    interval: u64,
    heard: Millis,
    /// When it was asked in this silence.
    asked: Option<Millis>,
}

/// What a silence calls for.
pub(super) enum Silence {
    /// One interval has passed: ask.
    Ask,
    /// A second one has passed: end.
    End,
}

impl KeepAlive {
    pub(super) fn new(now: Millis, interval: u64) -> Self {
        Self { interval, heard: now, asked: None }
    }

    /// Octets came, whichever.
    pub(super) fn heard(&mut self, now: Millis) {
        self.heard = now;
        self.asked = None;
    }

    /// When the silence calls for something next.
    pub(super) fn deadline(&self) -> Millis {
        self.asked.unwrap_or(self.heard) + self.interval
    }

    /// What it calls for now.
    pub(super) fn expire(&mut self, now: Millis) -> Option<Silence> {
        if now < self.deadline() {
            None
        } else if self.asked.is_some() {
            Some(Silence::End)
        } else {
            self.asked = Some(now);
            Some(Silence::Ask)
        }
    }
}
