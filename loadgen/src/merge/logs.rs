//! HDR logs.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::packed::Packed;
use crate::saved::{Interval, Log};

/// Several logs as one. Of each tag, what began in the same stretch of time is added; a stretch is as long as the longest
/// line of that tag, and they are counted from when the first of the logs begins. So a line is at most that much too early.
pub fn logs(logs: impl IntoIterator<Item = Log>) -> Log {
    let logs: Vec<Log> = logs.into_iter().collect();
    let start = logs.iter().map(|log| log.start).min().unwrap_or_default();
    let mut longest: BTreeMap<String, u128> = BTreeMap::new();
    for interval in logs.iter().flat_map(|log| &log.intervals) {
        // A line of no time would never end.
        let length = longest.entry(interval.tag.clone()).or_insert(1);
        *length = (*length).max(interval.length.as_nanos());
    }
    let mut stretches: BTreeMap<(u128, String), (Packed, Duration)> = BTreeMap::new();
    for log in &logs {
        for interval in &log.intervals {
            let begin = (log.start - start).saturating_add(interval.start).as_nanos();
            let slot = begin - begin % longest[&interval.tag];
            let (times, length) = stretches.entry((slot, interval.tag.clone())).or_default();
            *times = times.plus(&interval.times);
            *length = (*length).max(interval.length);
        }
    }
    let intervals = stretches.into_iter().map(|((slot, tag), (times, length))| {
        let start = Duration::from_nanos(u64::try_from(slot).unwrap_or(u64::MAX));
        Interval { tag, start, length, times }
    });
    Log { start, intervals: intervals.collect() }
}
