//! The time of a run.

use std::time::{Duration, Instant, SystemTime};

/// How often two clocks are read one behind the other: who is interrupted between the two is out by as long as that lasted.
const READINGS: u32 = 10;

/// Nanoseconds since a moment before the first connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).expect("no run lasts 500 years")
    }

    /// When a moment of the machine's clock will be.
    ///
    /// # Errors
    ///
    /// It has been, and how long ago.
    pub(crate) fn at(&self, moment: SystemTime) -> Result<u64, Duration> {
        let reading = |_| {
            let (before, today, after) = (self.now(), SystemTime::now(), self.now());
            (after - before, before, today)
        };
        let best = (0..READINGS).map(reading).min_by_key(|(gap, ..)| *gap);
        let (_, now, today) = best.expect("there are some readings");
        let ahead = moment.duration_since(today).map_err(|past| past.duration())?;
        Ok(now.saturating_add(nanos(ahead)))
    }
}

/// A duration in nanoseconds.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_as_far_ahead_on_both_clocks_or_past() {
        let clock = Clock::start();
        let hour = Duration::from_secs(3_600);
        let at = clock.at(SystemTime::now() + hour).expect("it is ahead");
        assert!(at <= clock.now() + nanos(hour), "it can't be further");
        assert!(at > nanos(hour) / 2);
        assert!(clock.at(SystemTime::now() - hour).expect_err("it is past") >= hour);
    }
}
