//! The two clocks of a server: one that only goes forward, and the wall's.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fanfare_protocol::Timestamp;
use fanfare_protocol::session::Millis;

/// Reads both clocks. Everything behind it takes time as an argument.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    /// A clock whose origin is now.
    pub(crate) fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Milliseconds since the start.
    pub(crate) fn now(self) -> Millis {
        Millis(millis(self.start.elapsed()))
    }

    /// How long it is until a time of [`Clock::now`].
    pub(crate) fn until(self, time: Millis) -> Duration {
        (self.start + Duration::from_millis(time.0)).saturating_duration_since(Instant::now())
    }

    /// The time of day, for people.
    pub(crate) fn wall(self) -> Timestamp {
        // Before 1970 there is no time: such a wall clock stands at its beginning.
        Timestamp::from_millis(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis))
    }
}

/// A duration in whole milliseconds.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
