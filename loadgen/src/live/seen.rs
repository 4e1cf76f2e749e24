//! What is seen of a run at a moment.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::{Count, Counts, Phase, Progress};
use crate::series::Moment;
use crate::usage::Usage;

/// The time over which rates are taken: a few messages a second do not make them jump.
const WINDOW: Duration = Duration::from_secs(2);

/// A moment of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) phase: Phase,
    pub(super) counts: Counts,
    /// For how long messages have been sent.
    pub(super) sending: Duration,
    /// Messages that were sent a second, lately.
    pub(super) sent_rate: f64,
    /// Deliveries a second, lately.
    pub(super) received_rate: f64,
    /// How much of a core the generator used lately, if that is known.
    pub(super) cpu: Option<f64>,
    /// The newest part of its time, if there is one.
    pub(super) moment: Option<Moment>,
}

/// Looks at a run again and again.
#[derive(Debug)]
pub(super) struct Eye {
    progress: Arc<Progress>,
    /// When it was first seen that messages are sent.
    load: Option<Instant>,
    /// What was seen lately. The first is older than the window, if there is one as old.
    past: VecDeque<Past>,
}

#[derive(Clone, Copy, Debug)]
struct Past {
    at: Instant,
    published: u64,
    received: u64,
    cpu: Option<u64>,
}

impl Eye {
    pub(super) fn new(progress: Arc<Progress>) -> Self {
        Self { progress, load: None, past: VecDeque::new() }
    }

    /// What is to be seen at a time, which is later than those before.
    pub(super) fn look(&mut self, at: Instant) -> Seen {
        let (phase, counts) = (self.progress.phase(), self.progress.counts());
        if phase == Phase::Load && self.load.is_none() {
            self.load = Some(at);
            // Rates are of the time in which messages are sent.
            self.past.clear();
        }
        let cpu = self.progress.thread().and_then(Usage::of_thread).map(|usage| usage.cpu);
        let now = Past { at, published: counts.get(Count::Published), received: counts.get(Count::Received), cpu };
        while self.past.get(1).is_some_and(|second| at.duration_since(second.at) >= WINDOW) {
            self.past.pop_front();
        }
        let before = self.past.front().copied().unwrap_or(now);
        self.past.push_back(now);
        let seconds = at.duration_since(before.at).as_secs_f64();
        let per_second = |more: u64| if seconds > 0.0 { more as f64 / seconds } else { 0.0 };
        Seen {
            phase,
            counts,
            sending: self.load.map_or(Duration::ZERO, |load| at.duration_since(load)),
            sent_rate: per_second(now.published.saturating_sub(before.published)),
            received_rate: per_second(now.received.saturating_sub(before.received)),
            cpu: now.cpu.zip(before.cpu).map(|(now, before)| per_second(now.saturating_sub(before)) / 1e9),
            moment: self.progress.latest(),
        }
    }
}
