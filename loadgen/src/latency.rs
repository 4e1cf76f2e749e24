//! How long deliveries took: from when their messages were meant to be sent, and from when they were sent.

use hdrhistogram::Histogram;

/// The longest time that is told apart from longer ones, in nanoseconds: an hour.
const LONGEST: u64 = 3_600_000_000_000;

/// An empty distribution of nanoseconds, exact to three digits.
pub fn distribution() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, 3).expect("the bounds are in order and three digits are allowed")
}

/// The distributions of a run, in nanoseconds.
#[derive(Clone, Debug, Default)]
pub struct Latencies {
    /// From when a message was meant to be sent: whatever held it up counts.
    pub corrected: Times,
    /// From when it was handed to the socket: how long it waited before is left out.
    pub uncorrected: Times,
}

/// How long it took to reach the receivers, in nanoseconds.
#[derive(Clone, Debug)]
pub struct Times {
    /// Every delivery.
    pub all: Histogram<u64>,
    /// For every message, its first receiver.
    pub first: Histogram<u64>,
    /// For every message, the receiver in the middle, when half of them have it.
    pub median: Histogram<u64>,
    /// For every message that reached everybody, its last receiver.
    pub last: Histogram<u64>,
}

impl Default for Times {
    fn default() -> Self {
        Self { all: distribution(), first: distribution(), median: distribution(), last: distribution() }
    }
}

/// What is known of when messages are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Each is sent when it is meant to be: there is one time, which is recorded once.
    OnTime,
    /// Each can be sent later than it was meant to be.
    Late,
}

/// How long one delivery took, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Elapsed {
    pub(crate) corrected: u64,
    /// `None` where it is not recorded by itself.
    pub(crate) uncorrected: Option<u64>,
}

/// Which of a message's receivers a delivery is to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Of {
    All,
    First,
    Median,
    Last,
}

impl Latencies {
    pub(crate) fn record(&mut self, of: Of, elapsed: Elapsed) {
        self.corrected.of(of).saturating_record(elapsed.corrected);
        if let Some(nanos) = elapsed.uncorrected {
            self.uncorrected.of(of).saturating_record(nanos);
        }
    }
}

impl Times {
    fn of(&mut self, of: Of) -> &mut Histogram<u64> {
        match of {
            Of::All => &mut self.all,
            Of::First => &mut self.first,
            Of::Median => &mut self.median,
            Of::Last => &mut self.last,
        }
    }
}
