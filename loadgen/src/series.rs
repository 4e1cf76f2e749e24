//! How a run went on: what happened in each part of its time.

use serde::{Deserialize, Serialize};

/// The parts of a run's time, from the first message on. They are equally long.
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
    /// What was lost, repeated, reordered, corrupt or cut off in it, and what was refused.
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
