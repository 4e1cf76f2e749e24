//! What a silence calls for: SPEC.md, section 8.

use fanfare_protocol::session::Millis;

/// Since when a peer is silent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Silence {
    interval: u64,
    since: Millis,
    asked: bool,
}

impl Silence {
    pub(crate) fn new(now: Millis, interval: u64) -> Self {
        Self { interval, since: now, asked: false }
    }

    pub(crate) fn ends(&mut self, now: Millis) {
        *self = Self::new(now, self.interval);
    }

    pub(crate) fn deadline(&self) -> Millis {
        self.since + self.interval
    }

    /// Whether it is over for good, if it calls for anything now; otherwise the peer is to be asked.
    pub(crate) fn expire(&mut self, now: Millis) -> Option<bool> {
        let due = now >= self.deadline();
        let over = self.asked;
        if due {
            (self.since, self.asked) = (now, true);
        }
        due.then_some(over)
    }
}
