//! What others see of a run while it goes on, and how they end it.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use super::counts::{COUNTS, Counts};
use crate::latency::Times;
use crate::series::Moment;
use crate::spread::Spread;

/// How far a run is. It can be read from another thread.
#[derive(Debug, Default)]
pub struct Progress {
    phase: AtomicU8,
    counts: [AtomicU64; COUNTS],
    /// The thread that makes the run; 0 before it has begun.
    thread: AtomicU32,
    /// Whether somebody wants to know how long the deliveries take.
    watched: AtomicBool,
    spread: Mutex<Spread>,
    latest: Mutex<Option<Moment>>,
}

/// What a run does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Clients connect and join.
    Ramp,
    /// All have joined, and the server comes to rest.
    Settle,
    /// It is waited for the start that is to be agreed.
    Ready,
    /// Messages are sent.
    Load,
    /// The last messages are on their way.
    Drain,
    /// The run has ended, and nothing changes any more.
    Over,
}

/// A run's lines to the outside. Each run has its own.
#[derive(Clone, Debug, Default)]
pub struct Controls {
    /// How far it is.
    pub progress: Arc<Progress>,
    /// Set, it ends the run: no more messages are sent, and what is on its way is waited for, 5 seconds at most. Set
    /// while the last deliveries are waited for, it ends the waiting.
    pub stop: Arc<AtomicBool>,
    /// When messages begin, where the plan has [`Start::Agreed`](crate::Start): to be set while the run is
    /// [`Ready`](Phase::Ready), to a moment a second ahead or more.
    pub start: Arc<OnceLock<SystemTime>>,
}

impl Progress {
    /// What the run does.
    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Ramp,
            1 => Phase::Settle,
            2 => Phase::Ready,
            3 => Phase::Load,
            4 => Phase::Drain,
            _ => Phase::Over,
        }
    }

    /// What was counted so far. Counts that belong together can be those of two moments, one right behind the other.
    pub fn counts(&self) -> Counts {
        Counts::new(|at| self.counts[at].load(Ordering::Relaxed))
    }

    /// The thread of this process that makes the run, once it has begun.
    pub fn thread(&self) -> Option<u32> {
        Some(self.thread.load(Ordering::Relaxed)).filter(|thread| *thread > 0)
    }

    /// Has it told from now on how long the deliveries take: see [`spread`](Self::spread).
    pub fn watch(&self) {
        self.watched.store(true, Ordering::Relaxed);
    }

    /// How long the deliveries took, as it was at most about a second ago, and exact when the run is over. Empty
    /// unless somebody [watches](Self::watch).
    pub fn spread(&self) -> Spread {
        *self.spread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed)
    }

    pub(super) fn set_thread(&self, thread: u32) {
        self.thread.store(thread, Ordering::Relaxed);
    }

    /// What happened last: in the part of the run's time that ended last or, where these are longer, in the last second or
    /// so. `None` before there is one. It changes every 100 ms to 1 s, or a little later where the run is busy.
    pub fn latest(&self) -> Option<Moment> {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_phase(&self, phase: Phase) {
        // Who sees that it is over sees all that was told before.
        self.phase.store(phase as u8, Ordering::Release);
    }

    pub(super) fn set_latest(&self, moment: Moment) {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(moment);
    }

    pub(super) fn set(&self, counts: &Counts) {
        for (shared, number) in self.counts.iter().zip(counts.each()) {
            shared.store(*number, Ordering::Relaxed);
        }
    }

    pub(super) fn set_spread(&self, times: &Times) {
        // Who reads it only copies it.
        let spread = Spread::from(times);
        *self.spread.lock().unwrap_or_else(PoisonError::into_inner) = spread;
    }
}

impl Controls {
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
