//! How long to wait before another connection is tried. SPEC.md, section 7.4.

use std::ops::RangeInclusive;
use std::time::Duration;

/// A bound that doubles with each failed attempt; a wait is a random part of it, so that a thousand clients of a server
/// that was restarted don't come back in the same moment.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    bound: Duration,
    bounds: RangeInclusive<Duration>,
}

impl Backoff {
    /// The first wait has the first of these bounds, and none has a greater one than the last.
    pub(super) fn new(bounds: RangeInclusive<Duration>) -> Self {
        Self { bound: *bounds.start(), bounds }
    }

    /// The next wait, of 64 random bits: at least `least`, which the server asked for.
    pub(super) fn wait(&mut self, random: u64, least: Duration) -> Duration {
        //= protocol/SPEC.md#7-4-reconnecting
        //# A client that reconnects by itself SHOULD wait a random time up to 1 second before the first attempt, and
        //# double that bound with each failed attempt up to 60 seconds.
        let part = self.bound.mul_f64(random as f64 / u64::MAX as f64);
        self.bound = (self.bound * 2).min(*self.bounds.end());
        // On top of what was asked for, or all would come back together again.
        //= protocol/SPEC.md#7-4-reconnecting
        //# A client MUST NOT reconnect by itself before the milliseconds of the `retry` of a `BYE` have passed.
        least + part
    }

    /// A connection was good for so long. One that was lost sooner than it was waited for counts as a failed attempt,
    /// so that a server that welcomes and then fails is not asked twice a second.
    pub(super) fn lasted(&mut self, time: Duration) {
        if time >= self.bound {
            self.bound = *self.bounds.start();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff() -> Backoff {
        Backoff::new(Duration::from_secs(1)..=Duration::from_secs(60))
    }

    //= protocol/SPEC.md#7-4-reconnecting
    //= type=test
    //# A client that reconnects by itself SHOULD wait a random time up to 1 second before the first attempt, and double
    //# that bound with each failed attempt up to 60 seconds.
    #[test]
    fn waits_are_random_parts_of_a_bound_that_doubles_up_to_a_minute() {
        let mut backoff = backoff();
        let longest: Vec<_> = (0..8).map(|_| backoff.wait(u64::MAX, Duration::ZERO).as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(backoff.wait(0, Duration::ZERO), Duration::ZERO);
        let half = backoff.wait(u64::MAX / 2, Duration::ZERO).as_millis();
        assert!((29_999..=30_001).contains(&half), "{half}");
    }

    //= protocol/SPEC.md#7-4-reconnecting
    //= type=test
    //# A client MUST NOT reconnect by itself before the milliseconds of the `retry` of a `BYE` have passed.
    #[test]
    fn what_the_server_asks_for_is_waited_for_in_any_case() {
        let mut backoff = backoff();
        assert_eq!(backoff.wait(0, Duration::from_secs(7)), Duration::from_secs(7));
        assert_eq!(backoff.wait(u64::MAX, Duration::from_secs(7)), Duration::from_secs(9));
    }

    #[test]
    fn a_connection_that_lasted_begins_anew_and_one_that_did_not_goes_on() {
        let mut backoff = backoff();
        for _ in 0..3 {
            backoff.wait(0, Duration::ZERO);
        }
        backoff.lasted(Duration::from_secs(7));
        assert_eq!(backoff.wait(u64::MAX, Duration::ZERO), Duration::from_secs(8));
        backoff.lasted(Duration::from_secs(16));
        assert_eq!(backoff.wait(u64::MAX, Duration::ZERO), Duration::from_secs(1));
    }
}
