//! Times as they are where the person is. No clock is read here: the time is an argument.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Local times, and the day that was shown last.
#[derive(Debug)]
pub(crate) struct Clock {
    zone: TimeZone,
    day: Date,
}

impl Clock {
    /// Begins on the day of `now`.
    pub(crate) fn new(zone: TimeZone, now: Timestamp) -> Self {
        let day = now.to_zoned(zone.clone()).date();
        Self { zone, day }
    }

    /// `20:14`.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%H:%M").to_string()
    }

    /// `2026-11-22 20:14`, for a log.
    pub(crate) fn date_and_time(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// The name of the day, if it is another than the one of the time before: backwards too, for what is of the past.
    pub(crate) fn new_day(&mut self, at: Timestamp) -> Option<String> {
        let at = at.to_zoned(self.zone.clone());
        let is_new = std::mem::replace(&mut self.day, at.date()) != at.date();
        is_new.then(|| at.strftime("%A, %-d %B %Y").to_string())
    }
}

/// The time of a message. One that is beyond all calendars is shown at their end.
pub(crate) fn timestamp(millis: u64) -> Timestamp {
    i64::try_from(millis).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn east() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(2))
    }

    #[test]
    fn times_are_local() {
        let clock = Clock::new(east(), at("2026-11-22T21:30:00Z"));
        assert_eq!(clock.time(at("2026-11-22T21:30:00Z")), "23:30");
        assert_eq!(clock.date_and_time(at("2026-11-22T22:30:00Z")), "2026-11-23 00:30");
    }

    #[test]
    fn a_day_changes_at_local_midnight_and_once() {
        let mut clock = Clock::new(east(), at("2026-11-22T21:59:00Z"));
        assert_eq!(clock.new_day(at("2026-11-22T21:59:59Z")), None);
        assert_eq!(clock.new_day(at("2026-11-22T22:00:00Z")).as_deref(), Some("Monday, 23 November 2026"));
        assert_eq!(clock.new_day(at("2026-11-22T22:01:00Z")), None);
    }

    #[test]
    fn what_is_of_the_past_is_of_its_own_day() {
        let mut clock = Clock::new(east(), at("2026-11-22T12:00:00Z"));
        assert_eq!(clock.new_day(at("2026-11-01T12:00:00Z")).as_deref(), Some("Sunday, 1 November 2026"));
        assert_eq!(clock.new_day(at("2026-11-22T12:00:00Z")).as_deref(), Some("Sunday, 22 November 2026"));
    }

    #[test]
    fn any_number_of_the_protocol_is_a_time() {
        assert_eq!(timestamp(0), Timestamp::UNIX_EPOCH);
        assert_eq!(timestamp(u64::MAX), Timestamp::MAX);
        let clock = Clock::new(east(), Timestamp::MAX);
        assert!(!clock.date_and_time(timestamp(9_007_199_254_740_991)).is_empty());
    }
}
