//! How a run went on: what happened in each part of its time.

mod recorder;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::packed::Packed;

pub use recorder::{Recorder, Totals};

/// The parts of a run's time, from the first message on. They are equally long, but for the last, which ends with the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// How long each is, in nanoseconds.
    pub interval_ns: u64,
    /// One after the other. There are at most [`MOST_MOMENTS`].
    pub moments: Vec<Moment>,
}

/// The most parts that are kept. A run that goes on longer has longer parts.
pub const MOST_MOMENTS: usize = 400;

/// What happened in one part of a run's time. Times are nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// When it ended, from when the first message was meant to be sent.
    pub at_ns: u64,
    /// Messages that were sent in it.
    pub published: u64,
    /// Deliveries in it.
    pub deliveries: u64,
    /// What was lost, repeated, reordered, corrupt or cut off in it, and what was refused. What never came is known, and
    /// counted, in the last part.
    pub errors: u64,
    /// Receivers whose connections stood at its end.
    pub connected: u32,
    /// The deliveries in it, from when their messages were meant to be sent.
    pub all: Brief,
    /// The messages that reached their last receiver in it, from when they were meant to be sent.
    pub last: Brief,
}

/// A few percentiles, in nanoseconds; all 0 where there is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// How many times these are of.
    pub count: u64,
    /// Half of them are at most this.
    pub p50_ns: u64,
    /// 99 of a hundred are at most this.
    pub p99_ns: u64,
    /// All are at most this.
    pub max_ns: u64,
}

/// All that a [`Moment`] sums up, so that moments can be put together without a loss.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// The deliveries in it.
    pub all: Packed,
    /// The messages that reached their last receiver in it.
    pub last: Packed,
}

impl From<&Histogram<u64>> for Brief {
    fn from(times: &Histogram<u64>) -> Self {
        if times.is_empty() {
            return Self::default();
        }
        Self {
            count: times.len(),
            p50_ns: times.value_at_quantile(0.5),
            p99_ns: times.value_at_quantile(0.99),
            max_ns: times.max(),
        }
    }
}

impl Spread {
    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self { all: self.all.plus(&other.all), last: self.last.plus(&other.last) }
    }
}

impl Moment {
    /// This one and the next as one: what it spreads over is `spread`.
    #[must_use]
    pub fn with_next(&self, next: &Self, spread: &Spread) -> Self {
        Self {
            at_ns: next.at_ns,
            published: self.published + next.published,
            deliveries: self.deliveries + next.deliveries,
            errors: self.errors + next.errors,
            connected: next.connected,
            all: (&spread.all.unpack()).into(),
            last: (&spread.last.unpack()).into(),
        }
    }
}

impl Series {
    /// Puts each two parts together, which makes them twice as long. `spreads` has that of each moment.
    pub fn halve(&mut self, spreads: &mut Vec<Spread>) {
        self.interval_ns = self.interval_ns.saturating_mul(2);
        *spreads = spreads
            .chunks(2)
            .map(|pair| pair[1..].iter().fold(pair[0].clone(), |one, other| one.plus(other)))
            .collect();
        let pairs = self.moments.chunks(2).zip(&*spreads);
        self.moments =
            pairs.map(|(pair, spread)| pair.get(1).map_or(pair[0], |next| pair[0].with_next(next, spread))).collect();
    }
}
