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
            Load::Rate(_) | Load::Burst { .. } => self.next().filter(|&intended| intended <= now),
            Load::InFlight(window) => (!self.is_over(now) && in_flight < u64::from(window)).then_some(now),
            Load::Idle => None,
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
            Load::Burst { messages, every } => {
                let after = (self.sent / u64::from(messages)).saturating_mul(nanos(every));
                (after < nanos(self.duration)).then(|| self.start.saturating_add(after))
            }
            Load::InFlight(_) | Load::Idle => Some(self.end()),
        }
    }

    /// Whether all messages were sent.
    pub(crate) fn is_over(&self, now: u64) -> bool {
        match self.load {
            Load::Rate(_) | Load::Burst { .. } => self.next().is_none(),
            Load::InFlight(_) | Load::Idle => now >= self.end(),
        }
    }

    /// How many messages there will be, if that is known.
    pub(crate) fn total(&self) -> Option<u64> {
        match self.load {
            Load::Rate(rate) => Some((rate * self.duration.as_secs_f64()).ceil() as u64),
            Load::Burst { messages, every } => {
                Some(nanos(self.duration).div_ceil(nanos(every).max(1)).saturating_mul(messages.into()))
            }
            Load::InFlight(_) => None,
            Load::Idle => Some(0),
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
    fn the_messages_of_a_burst_have_one_time_and_bursts_theirs() {
        let load = Load::Burst { messages: 3, every: Duration::from_nanos(40) };
        let mut schedule = Schedule::new(load, 1_000, Duration::from_nanos(100));
        let mut times = Vec::new();
        assert_eq!(schedule.due(999, 0), None);
        for now in [1_000, 1_039, 1_085] {
            while let Some(intended) = schedule.due(now, 1_000_000) {
                times.push(intended);
                schedule.sent();
            }
        }
        assert_eq!(times, [1_000, 1_000, 1_000, 1_040, 1_040, 1_040, 1_080, 1_080, 1_080]);
        assert!(schedule.is_over(0));
        assert_eq!(schedule.total(), Some(9));
        // A burst that would be at the end is none of it.
        let schedule = Schedule::new(load, 1_000, Duration::from_nanos(80));
        assert_eq!(schedule.total(), Some(6));
    }

    #[test]
    fn who_is_idle_says_nothing_until_the_end() {
        let schedule = Schedule::new(Load::Idle, 10, Duration::from_nanos(5));
        assert_eq!((schedule.due(12, 0), schedule.next(), schedule.total()), (None, Some(15), Some(0)));
        assert!(schedule.is_over(15) && !schedule.is_over(14));
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
