//! When messages are meant to be sent.

use std::time::Duration;

use crate::clock::nanos;
use crate::plan::Load;

/// The times of a run's messages, in nanoseconds.
#[derive(Debug)]
pub(crate) struct Schedule {
    load: Load,
    start: u64,
    duration: Duration,
    sent: u64,
}

impl Schedule {
    pub(crate) fn new(load: Load, start: u64, duration: Duration) -> Self {
        Self { load, start, duration, sent: 0 }
    }

    /// When the next message was meant to be sent, if that is not later than now.
    pub(crate) fn due(&self, now: u64, in_flight: u64) -> Option<u64> {
        match self.load {
            Load::Rate(_) => self.next().filter(|&intended| intended <= now),
            Load::InFlight(window) => (!self.is_over(now) && in_flight < u64::from(window)).then_some(now),
        }
    }

    /// The next message was sent.
    pub(crate) fn sent(&mut self) {
        self.sent += 1;
    }

    /// When something happens without anything being received.
    pub(crate) fn next(&self) -> Option<u64> {
        match self.load {
            Load::Rate(rate) => {
                let after = self.sent as f64 / rate;
                (after < self.duration.as_secs_f64()).then(|| self.start + (after * 1e9) as u64)
            }
            Load::InFlight(_) => Some(self.end()),
        }
    }

    /// Whether all messages were sent.
    pub(crate) fn is_over(&self, now: u64) -> bool {
        match self.load {
            Load::Rate(_) => self.next().is_none(),
            Load::InFlight(_) => now >= self.end(),
        }
    }

    /// How many messages there will be, if that is known.
    pub(crate) fn total(&self) -> Option<u64> {
        match self.load {
            Load::Rate(rate) => Some((rate * self.duration.as_secs_f64()).ceil() as u64),
            Load::InFlight(_) => None,
        }
    }

    fn end(&self) -> u64 {
        self.start.saturating_add(nanos(self.duration))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_kept_from_the_start_however_late_messages_are() {
        let mut schedule = Schedule::new(Load::Rate(4.0), 1_000, Duration::from_secs(1));
        let mut times = Vec::new();
        assert_eq!(schedule.due(999, 0), None);
        while let Some(intended) = schedule.due(u64::MAX, 1_000_000) {
            times.push(intended);
            schedule.sent();
        }
        assert_eq!(times, [1_000, 250_001_000, 500_001_000, 750_001_000]);
        assert!(schedule.is_over(0));
        assert_eq!(schedule.total(), Some(4));
    }

    #[test]
    fn a_window_lets_as_many_go_as_fit_until_the_end() {
        let schedule = Schedule::new(Load::InFlight(2), 10, Duration::from_nanos(5));
        assert_eq!(schedule.due(12, 1), Some(12));
        assert_eq!(schedule.due(12, 2), None);
        assert_eq!(schedule.due(15, 0), None);
        assert!(schedule.is_over(15) && !schedule.is_over(14));
    }
}
