//! The pace at which a peer may ask.

use std::time::{Duration, Instant};

/// What the server's rate allows (SPEC.md, 4.2), counted here from the same frames.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: f64,
    units: f64,
    at: Instant,
}

impl Bucket {
    /// Half of what the specification grants: the other half is for what was sent without being paced.
    pub(super) fn full(rate: u64) -> Self {
        Self { rate: rate as f64, units: rate as f64, at: Instant::now() }
    }

    /// Waits until there is a unit, and takes it.
    pub(super) fn take(&mut self) {
        let now = Instant::now();
        self.units = (self.units + now.duration_since(self.at).as_secs_f64() * self.rate).min(self.rate);
        self.at = now;
        if self.units < 1.0 {
            std::thread::sleep(Duration::from_secs_f64((1.0 - self.units) / self.rate));
        }
        // What flows in while this waits is counted with the next one.
        self.units -= 1.0;
    }
}
