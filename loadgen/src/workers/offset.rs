//! How far another machine's clock is from this one's.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How far a clock is ahead of this machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// By so many nanoseconds; below 0, it is behind.
    pub nanos: i64,
    /// How far that can be wrong, in nanoseconds: half of the time that the question took.
    pub error: u64,
}

impl Offset {
    /// Of a clock that showed `theirs` at some time between two moments of this machine's: it is taken for the middle.
    pub fn between(before: SystemTime, theirs: u64, after: SystemTime) -> Self {
        let (before, after) = (since_1970(before), since_1970(after));
        let half = after.saturating_sub(before) / 2;
        let ahead = i128::from(theirs) - i128::from(before + half);
        // Clocks that are 292 years apart are as good as these.
        let nanos = i64::try_from(ahead).unwrap_or(if ahead > 0 { i64::MAX } else { i64::MIN });
        Self { nanos, error: half.saturating_add(1) }
    }

    /// What that clock shows at a moment of this machine's, in nanoseconds since 1970.
    pub fn theirs(self, moment: SystemTime) -> u64 {
        since_1970(moment).saturating_add_signed(self.nanos)
    }
}

/// In nanoseconds; 0 if it was before.
pub(super) fn since_1970(time: SystemTime) -> u64 {
    crate::clock::nanos(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// The moment that is so many nanoseconds after 1970.
pub(super) fn moment(nanos: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_asked_in_the_middle_of_the_question() {
        let (before, after) = (moment(1_000_000), moment(1_000_200));
        let ahead = Offset::between(before, 6_000_100, after);
        assert_eq!(ahead, Offset { nanos: 5_000_000, error: 101 });
        assert_eq!(ahead.theirs(moment(2_000_000)), 7_000_000);
        let behind = Offset::between(before, 500_100, after);
        assert_eq!((behind.nanos, behind.theirs(moment(2_000_000))), (-500_000, 1_500_000));
    }

    #[test]
    fn a_clock_that_is_absurd_is_still_one() {
        assert_eq!(Offset::between(moment(0), u64::MAX, moment(0)).nanos, i64::MAX);
        assert_eq!(Offset { nanos: i64::MIN, error: 0 }.theirs(moment(5)), 0);
    }
}
