//! How long deliveries took, from when their messages were meant to be sent.

use hdrhistogram::Histogram;

/// The longest time that is told apart from longer ones, in nanoseconds: an hour.
const LONGEST: u64 = 3_600_000_000_000;

/// An empty distribution of nanoseconds, exact to three digits.
pub fn distribution() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, 3).expect("the bounds are in order and three digits are allowed")
}

/// The distributions of a run, in nanoseconds.
#[derive(Clone, Debug)]
pub struct Latencies {
    /// Every delivery.
    pub all: Histogram<u64>,
    /// For every message, its first receiver.
    pub first: Histogram<u64>,
    /// For every message, the receiver in the middle, when half of them have it.
    pub median: Histogram<u64>,
    /// For every message that reached everybody, its last receiver.
    pub last: Histogram<u64>,
}

impl Default for Latencies {
    fn default() -> Self {
        Self { all: distribution(), first: distribution(), median: distribution(), last: distribution() }
    }
}
