//! When those who churn are to come, and whose time is over.

use std::collections::{BTreeMap, BTreeSet};

use crate::beside::Churn;
use crate::clock::nanos;

/// The times at which somebody is to come, in nanoseconds: at a rate, and in storms.
#[derive(Debug)]
pub(super) struct Due {
    start: u64,
    end: u64,
    rate: f64,
    /// How many came at the rate.
    came: u64,
    /// How many come in one storm, how long it is to the next, and how many came in storms.
    storm: Option<(u64, u64)>,
    stormed: u64,
}

impl Due {
    pub(super) fn new(churn: &Churn, start: u64, end: u64) -> Self {
        let storm = churn.storm.map(|storm| (storm.joins.into(), nanos(storm.every)));
        Self { start, end, rate: churn.per_second, came: 0, storm, stormed: 0 }
    }

    fn next_of_rate(&self) -> Option<u64> {
        let after = self.came as f64 / self.rate * 1e9;
        (self.rate > 0.0).then(|| self.start.saturating_add(after as u64)).filter(|&next| next < self.end)
    }

    fn next_of_storm(&self) -> Option<u64> {
        let (joins, every) = self.storm?;
        let next = self.start.saturating_add((self.stormed / joins).saturating_mul(every));
        (next < self.end).then_some(next)
    }

    /// When the next one is to come.
    pub(super) fn next(&self) -> Option<u64> {
        match (self.next_of_rate(), self.next_of_storm()) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    /// Takes the next one, if it is to come by now. It returns when it is to come.
    pub(super) fn take(&mut self, now: u64) -> Option<u64> {
        let next = self.next().filter(|&next| next <= now)?;
        *(if self.next_of_storm() == Some(next) { &mut self.stormed } else { &mut self.came }) += 1;
        Some(next)
    }
}

/// For each place, until when it may go on as it does.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    times: BTreeSet<(u64, usize)>,
    of: BTreeMap<usize, u64>,
}

impl Alarms {
    /// Sets the only alarm of a place.
    pub(super) fn set(&mut self, place: usize, time: u64) {
        self.clear(place);
        self.times.insert((time, place));
        self.of.insert(place, time);
    }

    pub(super) fn clear(&mut self, place: usize) {
        if let Some(time) = self.of.remove(&place) {
            self.times.remove(&(time, place));
        }
    }

    /// When the next one goes off.
    pub(super) fn next(&self) -> Option<u64> {
        self.times.first().map(|(time, _)| *time)
    }

    /// Takes a place whose time is over by now.
    pub(super) fn take(&mut self, now: u64) -> Option<usize> {
        let (_, place) = self.times.first().copied().filter(|(time, _)| *time <= now)?;
        self.clear(place);
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::beside::Storm;

    fn taken(due: &mut Due) -> Vec<u64> {
        std::iter::from_fn(|| due.take(u64::MAX)).collect()
    }

    #[test]
    fn they_come_at_the_rate_however_late_it_is_and_storms_come_at_once() {
        let churn = Churn { per_second: 4.0, ..Churn::default() };
        let mut due = Due::new(&churn, 1_000, 1_000_001_000);
        assert_eq!((due.take(999), due.next()), (None, Some(1_000)));
        assert_eq!(taken(&mut due), [1_000, 250_001_000, 500_001_000, 750_001_000]);
        let storm = Some(Storm { joins: 3, every: Duration::from_millis(600) });
        let mut due = Due::new(&Churn { per_second: 0.0, storm, ..churn.clone() }, 0, 1_000_000_000);
        assert_eq!(taken(&mut due), [0, 0, 0, 600_000_000, 600_000_000, 600_000_000]);
        assert_eq!(due.next(), None);
        let mut due = Due::new(&Churn { per_second: 2.0, storm, ..churn }, 0, 600_000_000);
        assert_eq!(taken(&mut due), [0, 0, 0, 0, 500_000_000]);
    }

    #[test]
    fn an_alarm_goes_off_once_and_only_the_last_one_of_a_place() {
        let mut alarms = Alarms::default();
        alarms.set(7, 10);
        alarms.set(7, 30);
        alarms.set(8, 20);
        assert_eq!((alarms.next(), alarms.take(19)), (Some(20), None));
        assert_eq!((alarms.take(30), alarms.take(30), alarms.take(30)), (Some(8), Some(7), None));
        alarms.set(9, 1);
        alarms.clear(9);
        assert_eq!(alarms.next(), None);
    }
}
