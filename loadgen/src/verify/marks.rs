//! How many have a message, and how many have gone past it.

use super::numbers::{Entry, Meaning};
use crate::latency::Latencies;

/// Enters a delivery of a message among the first, the median and the last ones.
pub(super) fn mark(entry: &mut Entry, nanos: u64, live: u32, latencies: &mut Latencies) {
    entry.received += 1;
    let all = live + entry.gone;
    if entry.received == 1 {
        latencies.first.saturating_record(nanos);
    }
    if entry.received == all.div_ceil(2) {
        latencies.median.saturating_record(nanos);
    }
    if entry.received == all {
        latencies.last.saturating_record(nanos);
    }
}

/// Whether everybody has passed a number.
pub(super) fn is_settled(entry: &Entry, live: u32) -> bool {
    entry.passed == live + entry.gone
}

/// Counts a number that everybody has passed; one that nobody has read counts as a message of the run.
pub(super) fn settle(entry: &Entry, settled: &mut u64) {
    *settled += u64::from(entry.meaning != Meaning::Foreign);
}
