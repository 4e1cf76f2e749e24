//! Makes a series of what a run has counted so far, at the end of each part.
//!
//! Nothing is counted a second time for it: at the end of a part, what it had is what there is now, less what there was
//! before.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::{MOST_MOMENTS, Moment, Series, Spread};
use crate::clock::nanos;
use crate::latency::{Times, distribution};
use crate::packed::Packer;

/// How many parts the planned time has, unless they would be shorter than [`SHORTEST`].
const PARTS: u64 = 200;

/// The shortest part, in nanoseconds.
const SHORTEST: u64 = 100_000_000;

/// How long somebody who looks on waits for the next moment at most, in nanoseconds.
const LIVE: u64 = 1_000_000_000;

/// Everything that a run has counted so far.
#[derive(Clone, Copy, Debug)]
pub struct Totals<'r> {
    /// Messages that were sent.
    pub published: u64,
    /// Deliveries.
    pub deliveries: u64,
    /// What was lost, repeated, reordered, corrupt, cut off or refused.
    pub errors: u64,
    /// Receivers whose connections stand.
    pub connected: u32,
    /// How long the deliveries took, from when their messages were meant to be sent.
    pub latencies: &'r Times,
}

/// Makes a series. It keeps six distributions at most, and of each part an octet or two for each of its values.
pub struct Recorder {
    start: u64,
    /// When the part ends that goes on.
    end: u64,
    /// What there was when it began.
    before: Before,
    /// Where parts are long: when whoever looks on is to be told next, and what there was when it was told.
    live: Option<(u64, Before)>,
    /// What a part has of its own.
    own: Latest,
    series: Series,
    spreads: Vec<Spread>,
    packer: Packer,
}

/// What a run had counted at a time.
#[derive(Clone)]
struct Before {
    at: u64,
    published: u64,
    deliveries: u64,
    errors: u64,
    all: Histogram<u64>,
    last: Histogram<u64>,
}

/// The distributions of what came on since then.
struct Latest {
    all: Histogram<u64>,
    last: Histogram<u64>,
}

impl Recorder {
    /// One for a run whose first message is meant to be sent at `start`, and its last one before a duration is over. Times
    /// are nanoseconds of one clock.
    pub fn new(start: u64, duration: Duration) -> Self {
        let before =
            Before { at: start, published: 0, deliveries: 0, errors: 0, all: distribution(), last: distribution() };
        let mut recorder = Self {
            start,
            end: 0,
            before,
            live: None,
            own: Latest { all: distribution(), last: distribution() },
            series: Series { interval_ns: (nanos(duration) / PARTS).max(SHORTEST), moments: Vec::new() },
            spreads: Vec::new(),
            packer: Packer::default(),
        };
        recorder.go_on();
        recorder
    }

    /// When [`record`](Self::record) has something to do.
    pub fn next(&self) -> u64 {
        self.live.as_ref().map_or(self.end, |(next, _)| self.end.min(*next))
    }

    /// Ends the parts that are over by now; everything in `totals` was before now. It returns what happened last, if that
    /// is news.
    pub fn record(&mut self, now: u64, totals: &Totals<'_>) -> Option<Moment> {
        let mut newest = None;
        while self.end <= now {
            newest = Some(self.close(self.end, totals));
            self.go_on();
        }
        if let Some((next, before)) = &mut self.live {
            // It is told of this, and not of a part that is long past.
            newest = (*next <= now).then(|| {
                *next = now.saturating_add(LIVE);
                let moment = before.moment(now - self.start, totals, &mut self.own);
                before.advance(now, totals);
                moment
            });
        }
        newest
    }

    /// The run has ended: what was in no part yet is in the last one.
    pub fn finish(mut self, now: u64, totals: &Totals<'_>) -> (Series, Vec<Spread>) {
        self.record(now, totals);
        if now > self.before.at || self.before.is_behind(totals) {
            self.close(now.max(self.before.at), totals);
        }
        (self.series, self.spreads)
    }

    fn close(&mut self, at: u64, totals: &Totals<'_>) -> Moment {
        let moment = self.before.moment(at - self.start, totals, &mut self.own);
        self.before.advance(at, totals);
        self.series.moments.push(moment);
        self.spreads.push(Spread { all: self.packer.pack(&self.own.all), last: self.packer.pack(&self.own.last) });
        moment
    }

    /// Begins the next part.
    fn go_on(&mut self) {
        if self.series.moments.len() == MOST_MOMENTS {
            self.series.halve(&mut self.spreads);
        }
        let interval = self.series.interval_ns;
        self.end = self.start.saturating_add((self.series.moments.len() as u64 + 1).saturating_mul(interval));
        if interval > LIVE && self.live.is_none() {
            self.live = Some((self.before.at.saturating_add(LIVE), self.before.clone()));
        }
    }
}

impl Before {
    fn is_behind(&self, totals: &Totals<'_>) -> bool {
        (self.published, self.deliveries, self.errors) != (totals.published, totals.deliveries, totals.errors)
    }

    /// What came on since, by a time after the start.
    fn moment(&self, at_ns: u64, totals: &Totals<'_>, own: &mut Latest) -> Moment {
        subtract(&totals.latencies.all, &self.all, &mut own.all);
        subtract(&totals.latencies.last, &self.last, &mut own.last);
        Moment {
            at_ns,
            published: totals.published - self.published,
            deliveries: totals.deliveries - self.deliveries,
            errors: totals.errors - self.errors,
            connected: totals.connected,
            all: (&own.all).into(),
            last: (&own.last).into(),
        }
    }

    fn advance(&mut self, at: u64, totals: &Totals<'_>) {
        self.at = at;
        (self.published, self.deliveries, self.errors) = (totals.published, totals.deliveries, totals.errors);
        for (before, now) in [(&mut self.all, &totals.latencies.all), (&mut self.last, &totals.latencies.last)] {
            if before.len() < now.len() {
                before.set_to(now).expect(SAME);
            }
        }
    }
}

/// Why one distribution of times can be added to another, or be taken from a later one.
const SAME: &str = "all have the same bounds, and nothing is ever taken out of one";

/// What `now` has and `before` had not.
fn subtract(now: &Histogram<u64>, before: &Histogram<u64>, own: &mut Histogram<u64>) {
    if now.len() == before.len() {
        own.reset();
    } else {
        own.set_to(now).expect(SAME);
        own.subtract(before).expect(SAME);
    }
}

#[cfg(test)]
mod tests;
